package decision

import (
	"context"
	"errors"
)

// errEnough ends a visit.
var errEnough = errors.New("enough")

// Undelivered lists at most n decisions of a tenant that are neither delivered nor dismissed, oldest first. It reads an
// index that may trail by a second.
func (s *Service) Undelivered(ctx context.Context, tenant string, n int) ([]Decision, error) {
	return s.some(ctx, tenant, n, func(Decision) bool { return true })
}

// Stuck lists at most n decisions of a tenant that are undeliverable and not dismissed, oldest first. It reads an index
// that may trail by a second.
func (s *Service) Stuck(ctx context.Context, tenant string, n int) ([]Decision, error) {
	return s.some(ctx, tenant, n, func(d Decision) bool { return d.State == Undeliverable })
}

func (s *Service) some(ctx context.Context, tenant string, n int, wanted func(Decision) bool) ([]Decision, error) {
	found := []Decision{}
	err := s.open(ctx, tenant, func(d Decision) error {
		if !wanted(d) {
			return nil
		}
		if len(found) == n {
			return errEnough
		}
		found = append(found, d)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

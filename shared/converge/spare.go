package converge

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// Spares takes the faults of single objects in a walk over many, so that one sick object does not hold the others up.
// It is safe for concurrent use.
type Spares struct {
	connection  string
	mu          sync.Mutex
	taken, most int
}

// Spare makes the allowance for a walk over n objects of a connection: when more than a quarter of them fail, the fault is not
// theirs.
func Spare(connection string, n int) *Spares {
	return &Spares{connection: connection, most: max(1, n/4)}
}

// After begins the count with the faults that the same walk had before, in an earlier slice of it.
func (s *Spares) After(taken int) *Spares {
	s.taken = taken
	return s
}

// Take keeps the fault of one object and returns nil, or returns it when the walk must stop: the rate is spent, the
// connection has ended, our own stores fail, or too many objects failed.
func (s *Spares) Take(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var answered *lever.Error
	if !errors.As(err, &answered) || fault.KindOf(err) == fault.RateLimited || fault.KindOf(err) == fault.Unauthorized || connection.IsNotConnected(err) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken++; s.taken > s.most {
		return err
	}
	slog.WarnContext(ctx, "object passed over", "connection", s.connection, "error", err.Error())
	return nil
}

// Taken counts the faults kept.
func (s *Spares) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// Unreadable tells the log of objects in a list of Lever's that could not be read, by their ids, and counts them.
func Unreadable(ctx context.Context, connection string, kind mirror.Kind, broken []lever.Broken) int {
	for _, b := range broken {
		slog.WarnContext(ctx, "record not readable", "connection", connection, "kind", string(kind), "target", b.ID, "error", b.Err.Error())
	}
	return len(broken)
}

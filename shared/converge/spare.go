package converge

import (
	"errors"
	"log/slog"
	"sync"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// Spares takes the faults of single objects in a walk over many, so that one sick object does not hold the others up.
// It is safe for concurrent use.
type Spares struct {
	mu    sync.Mutex
	taken int
	most  int
}

// Spare makes the allowance for a walk over n objects: when more than a quarter of them fail, the fault is not theirs.
func Spare(n int) *Spares { return &Spares{most: max(1, n/4)} }

// After begins the count with the faults that the same walk had before, in an earlier slice of it.
func (s *Spares) After(taken int) *Spares {
	s.taken = taken
	return s
}

// Take keeps the fault of one object and returns nil, or returns it when the walk must stop: the rate is spent, the
// connection has ended, our own stores fail, or too many objects failed.
func (s *Spares) Take(err error) error {
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
	slog.Warn("object passed over", "error", err.Error())
	return nil
}

// Taken counts the faults kept.
func (s *Spares) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

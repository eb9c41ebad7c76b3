package connection

import (
	"context"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// Lane is how urgent calls to Lever are; see package budget.
type Lane = budget.Lane

// Access is a connection that may call Lever now.
type Access struct {
	Connection Connection
	Lever      *lever.Client
	limiter    lever.Limiter
}

// Together takes the permits of the next n calls, to be made at once, in one go; it is false when there are not as many at this
// moment.
func (a *Access) Together(ctx context.Context, n int) (bool, error) {
	l, ok := a.limiter.(interface {
		Together(ctx context.Context, n int) (bool, error)
	})
	if !ok {
		return false, nil
	}
	return l.Together(ctx, n)
}

// Open gives access to a connected connection. The caller holds a claimed work item of it, taken before Open, and stops
// when the claim is over: that is what the end of a connection waits for. Any other state is fault.Conflict with the
// code "not-connected".
func (s *Service) Open(ctx context.Context, connection string, lane Lane) (*Access, error) {
	return s.open(ctx, connection, lane, Connected)
}

// Stands says whether a connection may still call Lever. Long work asks between its steps, so that a disconnect need not
// wait for its end; a store that does not answer counts as yes.
func (s *Service) Stands(ctx context.Context, connection string) bool {
	c, _, err := s.Load(ctx, connection)
	return err != nil || c.State == Connected
}

func (s *Service) open(ctx context.Context, connection string, lane Lane, states ...State) (*Access, error) {
	c, found, err := s.Load(ctx, connection)
	if err != nil {
		return nil, err
	}
	for _, state := range states {
		if found && c.State == state {
			limiter := s.Limiter(connection, lane)
			return &Access{c, s.Client(newTokens(s, connection), limiter), limiter}, nil
		}
	}
	return nil, errNotConnected
}

// IsNotConnected says whether an error means that the connection may not call Lever (any more).
func IsNotConnected(err error) bool {
	code := fault.CodeOf(err)
	return code == "not-connected" || code == "grant-dead"
}

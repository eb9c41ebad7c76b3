package converge

import (
	"context"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// Looked is what a sweep tells the first delta besides records: how far Lever's clock is behind ours, and when the complete
// list of users was read, so that the delta need not ask for either again.
type Looked struct {
	table.Meta       // PK is the connection's id, SK "looked"
	Behind     int64 `dynamodbav:"behind"`            // milliseconds; Lever tells whole seconds, so up to a second too much
	At         int64 `dynamodbav:"at"`                // when Lever told its time last, milliseconds since the epoch
	Users      int   `dynamodbav:"users,omitempty"`   // how many users there were
	UsersAt    int64 `dynamodbav:"usersAt,omitempty"` // start of the last complete reading, milliseconds since the epoch
}

// Looked reads what was noted of a connection; zero when nothing was.
func (c *Converger) Looked(ctx context.Context, a *connection.Access) (Looked, error) {
	l, _, err := table.Get[Looked](ctx, c.DB, table.Connections, lookedKey(a))
	return l, err
}

// ManyUsers is from how many users on they are not read each minute.
const ManyUsers = 500

// UserList applies a complete list of the users that was read from the given time on.
func (c *Converger) UserList(ctx context.Context, a *connection.Access, list []lever.User, fetched time.Time) error {
	all := make([]mirror.Observation, len(list))
	for i, u := range list {
		var err error
		if all[i], err = mirror.FromUser(u, fetched); err != nil {
			return err
		}
	}
	return c.Mirror.ApplyList(ctx, a.Connection.Tenant, a.Connection.ID(), all, fetched)
}

// NoteUsers notes a complete reading of the users that began at the given time, with Lever's time in its last answer.
func (c *Converger) NoteUsers(ctx context.Context, a *connection.Access, n int, began, served time.Time) error {
	now := c.Now()
	_, err := table.Update(ctx, c.DB, table.Connections, lookedKey(a), func(l *Looked) error {
		l.Users, l.UsersAt = n, began.UnixMilli()
		if !served.IsZero() {
			l.Behind, l.At = now.Sub(served).Milliseconds(), now.UnixMilli()
		}
		return nil
	})
	return err
}

func lookedKey(a *connection.Access) table.Key {
	return table.Key{PK: a.Connection.ID(), SK: "looked"}
}

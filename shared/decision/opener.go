package decision

import (
	"context"
	"fmt"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
)

// notes are the calls to Lever that a delivery makes.
type notes interface {
	Notes(ctx context.Context, opportunity, offset string) (lever.Page[lever.Note], error)
	Note(ctx context.Context, opportunity, id string) (lever.Single[lever.Note], error)
	CreateNote(ctx context.Context, opportunity string, note lever.NewNote) (string, error)
	UpdateNote(ctx context.Context, opportunity, id string, values []lever.NoteValue) error
	DeleteNote(ctx context.Context, opportunity, id string) error
}

// opener finds connections and opens them for calls in the decision lane.
type opener interface {
	tenants
	Load(ctx context.Context, conn string) (connection.Connection, bool, error)
	// Open fails with an error for which connection.IsNotConnected holds unless the connection can be used.
	Open(ctx context.Context, conn string) (notes, connection.Settings, error)
}

// connections is what Opener needs of connection.Service.
type connections interface {
	tenants
	Load(ctx context.Context, conn string) (connection.Connection, bool, error)
	Open(ctx context.Context, conn string, lane connection.Lane) (*connection.Access, error)
	Tenant(ctx context.Context, tenant string) (connection.Tenant, bool, error)
}

// Opener gives a Deliverer its way to Lever over connection.Service.
type Opener struct{ Connections connections }

// Current returns the connection that a tenant uses now.
func (o Opener) Current(ctx context.Context, tenant string) (connection.Connection, bool, error) {
	return o.Connections.Current(ctx, tenant)
}

// Load reads a connection in whatever state.
func (o Opener) Load(ctx context.Context, conn string) (connection.Connection, bool, error) {
	return o.Connections.Load(ctx, conn)
}

// Open opens a connection in the most urgent lane, with the settings of its tenant.
func (o Opener) Open(ctx context.Context, conn string) (notes, connection.Settings, error) {
	access, err := o.Connections.Open(ctx, conn, budget.DecisionLane)
	if err != nil {
		return nil, connection.Settings{}, err
	}
	tenant, _, err := o.Connections.Tenant(ctx, access.Connection.Tenant)
	if err != nil {
		return nil, connection.Settings{}, fmt.Errorf("read settings of tenant %q: %w", access.Connection.Tenant, err)
	}
	return access.Lever, tenant.Settings, nil
}

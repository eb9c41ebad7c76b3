package connection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// oauth is Lever's side of connecting and refreshing.
type oauth interface {
	AuthorizeURL(state, challenge string, scopes []string) string
	Exchange(ctx context.Context, code, verifier string) (lever.Grant, error)
	Refresh(ctx context.Context, refreshToken secret.String) (lever.Grant, error)
}

// purger removes what the mirror holds of a connection.
type purger interface {
	Purge(ctx context.Context, connection string) error
}

// Service keeps connections. It is safe for concurrent use by any number of processes.
type Service struct {
	DB        table.DB
	Work      *work.List
	Nudge     work.Nudger
	Box       *seal.Box
	OAuth     oauth
	Mirror    purger
	Client    func(auth lever.Authorizer, limit lever.Limiter) *lever.Client
	Limiter   func(connection string, lane Lane) lever.Limiter
	Forget    func(ctx context.Context, connection string) error // drops the rate budget of an ended connection
	Released  func(ctx context.Context, tenant, connection string) error
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Rand      io.Reader // cryptographic
	NewID     func() string
	PublicURL string // address of this API, without a slash at its end
}

var (
	errUnknownTenant = fault.New(fault.NotFound, "unknown-tenant", "No portal session was ever opened for this tenant; create one first.")
	errNotConnected  = fault.New(fault.Conflict, "not-connected", "This organisation is not connected to Lever. An admin can connect it under Integrations, Lever.")
)

// Tenant reads a tenant; found is false when no portal session was ever opened for it.
func (s *Service) Tenant(ctx context.Context, tenant string) (t Tenant, found bool, err error) {
	return table.Get[Tenant](ctx, s.DB, table.Connections, tenantKey(tenant))
}

// Welcome makes sure that a tenant is known, with the name the platform gives it now.
func (s *Service) Welcome(ctx context.Context, tenant, name string) error {
	_, err := table.Update(ctx, s.DB, table.Connections, tenantKey(tenant), func(t *Tenant) error {
		if t.Rev > 0 && t.Name == name {
			return table.ErrKeep
		}
		t.Name = name
		return nil
	})
	return err
}

// Current reads the connection that a tenant uses now, in whatever state; found is false before the first connect.
func (s *Service) Current(ctx context.Context, tenant string) (c Connection, found bool, err error) {
	t, found, err := s.Tenant(ctx, tenant)
	if err != nil || !found || t.Current == "" {
		return Connection{}, false, err
	}
	return s.Load(ctx, t.Current)
}

// Load reads a connection by its id.
func (s *Service) Load(ctx context.Context, connection string) (c Connection, found bool, err error) {
	return table.Get[Connection](ctx, s.DB, table.Connections, stateKey(connection))
}

// SaveSettings stores what a tenant chose.
func (s *Service) SaveSettings(ctx context.Context, tenant string, settings Settings) error {
	t, err := table.Update(ctx, s.DB, table.Connections, tenantKey(tenant), func(t *Tenant) error {
		if t.Rev == 0 {
			return errUnknownTenant
		}
		t.Settings = settings
		return nil
	})
	if err != nil || t.Current == "" {
		return err
	}
	return s.Record(ctx, t.Current, "settings-saved")
}

// Progress reads how far the resync of a connection is, and when its last delta ended.
func (s *Service) Progress(ctx context.Context, connection string) (Progress, error) {
	p, _, err := table.Get[Progress](ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "progress"})
	if err != nil {
		return p, err
	}
	delta, _, err := s.Work.Find(ctx, work.Ref{Connection: connection, Kind: work.Delta, Target: "all"})
	p.DeltaAt = max(p.DeltaAt, delta.DoneAt)
	return p, err
}

// SaveProgress changes how far the resync of a connection is.
func (s *Service) SaveProgress(ctx context.Context, connection string, change func(*Progress)) error {
	_, err := table.Update(ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "progress"}, func(p *Progress) error {
		change(p)
		p.UpdatedAt = s.Now().UnixMilli()
		return nil
	})
	return err
}

// activityFor is how long a line of the activity list is kept.
const activityFor = 90 * 24 * time.Hour

// Record adds a line to the activity list of a connection.
func (s *Service) Record(ctx context.Context, connection, code string, args ...string) error {
	line, err := s.line(connection, code, args...)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, line)
}

// line plans a line of the activity list, to be written with what it tells of.
func (s *Service) line(connection, code string, args ...string) (table.Change, error) {
	now := s.Now()
	a := Activity{At: now.UnixMilli(), Code: code, Args: args}
	a.PK, a.SK, a.TTL = connection, fmt.Sprintf("activity#%015d#%s", a.At, s.NewID()), now.Add(activityFor).Unix()
	return table.Encode(table.Connections, &a)
}

// Activities lists the newest n lines, newest first.
func (s *Service) Activities(ctx context.Context, connection string, n int) ([]Activity, error) {
	list, _, err := table.List[Activity](ctx, s.DB, table.Query{
		Table: table.Connections, PK: connection, From: "activity#", To: "activity#~", Descending: true, Limit: n,
	})
	return list, err
}

// Resync asks for a complete sweep of a tenant's connection now.
func (s *Service) Resync(ctx context.Context, tenant string) error {
	c, err := s.syncing(ctx, tenant)
	if err != nil {
		return err
	}
	if err := s.Record(ctx, c.ID(), "resync-asked"); err != nil {
		return err
	}
	return s.ask(ctx, work.Ref{Connection: c.ID(), Kind: work.Resync, Target: "all"})
}

// ResyncOne asks for a fresh look at one candidate with its interviews.
func (s *Service) ResyncOne(ctx context.Context, tenant, candidate string) error {
	c, err := s.syncing(ctx, tenant)
	if err != nil {
		return err
	}
	for _, target := range []string{"opportunity/", "interviews/"} {
		if err := s.ask(ctx, work.Ref{Connection: c.ID(), Kind: work.Hint, Target: target + candidate}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) syncing(ctx context.Context, tenant string) (Connection, error) {
	c, found, err := s.Current(ctx, tenant)
	if err != nil {
		return c, err
	}
	if !found || c.State != Connected {
		return c, errNotConnected
	}
	return c, nil
}

// ask stores a wish and nudges its worker.
func (s *Service) ask(ctx context.Context, ref work.Ref) error {
	if err := s.Work.Ask(ctx, ref, s.Now(), nil); err != nil {
		return err
	}
	s.nudge(ctx, ref)
	return nil
}

// together plans some writes and makes them all or none, again from the plan when something changed meanwhile.
func (s *Service) together(ctx context.Context, plan func() ([]table.Change, error)) error {
	for range 20 {
		changes, err := plan()
		if err != nil || len(changes) == 0 {
			return err
		}
		if err = s.DB.Write(ctx, changes...); err == nil || !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("write together: %w", table.ErrConflict)
}

// afterSetUp is how long after a connect the webhooks are looked after again: the connect itself makes them, and only if it
// ends before that there is something to do.
const afterSetUp = 45 * time.Second

// working plans the state of a connected connection with the work that it always has, so that neither is ever without
// the other.
func (s *Service) working(ctx context.Context, c *Connection) ([]table.Change, error) {
	state, err := table.Encode(table.Connections, c)
	if err != nil {
		return nil, err
	}
	changes := []table.Change{state}
	for _, ref := range recurring(c.ID()) {
		due := s.Now()
		if ref.Kind == work.Hooks {
			due = due.Add(afterSetUp)
		}
		item, err := s.Work.Plan(ctx, ref, due)
		if err != nil {
			return nil, err
		}
		changes = append(changes, item)
	}
	return changes, nil
}

// ending plans the tombstone of a connection with the work of its end, and says who pressed Disconnect, if somebody
// did. Nothing is planned for one that has ended.
func (s *Service) ending(ctx context.Context, connection string, by Person) ([]table.Change, error) {
	c, found, err := s.Load(ctx, connection)
	if err != nil || !found || c.State == Disconnected || c.State == Disconnecting {
		return nil, err
	}
	c.WasRevoked = c.State == Revoked
	c.State, c.EndedAt = Disconnecting, s.Now().UnixMilli()
	tombstone, err := table.Encode(table.Connections, &c)
	if err != nil {
		return nil, err
	}
	item, err := s.Work.Plan(ctx, endingOf(connection), s.Now())
	if err != nil || by.ID == "" {
		return []table.Change{tombstone, item}, err
	}
	line, err := s.line(connection, "disconnect-pressed", by.Name)
	return []table.Change{tombstone, item, line}, err
}

// recurring lists the work that a connected connection always has.
func recurring(connection string) []work.Ref {
	return []work.Ref{
		{Connection: connection, Kind: work.Hooks, Target: "all"},
		{Connection: connection, Kind: work.Resync, Target: "all"},
		{Connection: connection, Kind: work.Delta, Target: "all"},
		{Connection: connection, Kind: work.Patrol, Target: "all"},
	}
}

func endingOf(connection string) work.Ref {
	return work.Ref{Connection: connection, Kind: work.Ending, Target: "all"}
}

// nudge points workers at work that is due. A lost nudge only waits for sync-dispatch.
func (s *Service) nudge(ctx context.Context, refs ...work.Ref) {
	for _, ref := range refs {
		_ = s.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, 0)
	}
}

func tenantKey(tenant string) table.Key    { return table.Key{PK: "tenant#" + tenant, SK: "tenant"} }
func stateKey(connection string) table.Key { return table.Key{PK: connection, SK: "state"} }

package operation

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

type reader interface {
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Load(ctx context.Context, connection string) (connection.Connection, bool, error)
	Progress(ctx context.Context, connection string) (connection.Progress, error)
	Roster(ctx context.Context, start string, limit int) (ids []string, next string, err error)
}

type records interface {
	Known(ctx context.Context, connection string, kind mirror.Kind, id string) (mirror.Record, bool, error)
	Interviews(ctx context.Context, connection, candidate string) ([]mirror.Record, error)
}

type decisions interface {
	Undelivered(ctx context.Context, tenant string, n int) ([]decision.Decision, error)
}

type reporter interface {
	Report(ctx context.Context, tenant string) (health.Report, error)
}

// Desk answers an operator's questions about connections. It only reads what is stored here, names nobody, and is safe
// for concurrent use.
type Desk struct {
	Connections reader
	Records     records
	Decisions   decisions
	Health      reporter
	Work        *work.List
	Now         func() time.Time
}

// Task is a work item as an operator sees it. Times are milliseconds since the epoch.
type Task struct {
	Connection string    `json:"connectionId"`
	Kind       work.Kind `json:"kind"`
	Target     string    `json:"target"`
	DueAt      int64     `json:"dueAt"`
	AskedAt    int64     `json:"askedAt"`
	HeldUntil  int64     `json:"heldUntil,omitempty"` // somebody works on it
	Attempts   int       `json:"attempts,omitempty"`  // failures since it was done to its end last
	Cause      string    `json:"cause,omitempty"`     // stable code of the last failure
	SetAside   bool      `json:"setAside,omitempty"`  // given up; a person has to look
}

// TaskOf shows a work item.
func TaskOf(i work.Item) Task {
	r := i.Ref()
	return Task{r.Connection, r.Kind, r.Target, i.Due, i.AskedAt, i.HeldUntil, i.Attempts, i.Cause, i.SetAside}
}

// Status is how one tenant's connection is doing.
type Status struct {
	Tenant     string           `json:"tenant"`
	Connection string           `json:"connectionId,omitempty"`
	State      connection.State `json:"state"`
	Connected  int64            `json:"connectedAt,omitempty"`
	Ended      int64            `json:"endedAt,omitempty"`
	RenewBy    int64            `json:"renewBy,omitempty"`
	DeltaAt    int64            `json:"deltaAt,omitempty"`
	Broken     int              `json:"broken"` // records of the last complete check that cannot be read
	Records    []health.Records `json:"records"`
	Resync     *health.Resync   `json:"resync,omitempty"`
	Check      *health.Check    `json:"lastFullCheck,omitempty"`
	Hooks      []health.Hook    `json:"webhooks"`
	Decisions  decision.Tally   `json:"decisions"`
	Findings   []Finding        `json:"findings"`
	Work       []Task           `json:"work"`
}

// Finding is something that is wrong or worth knowing; docs/runbook.md and the admin's page say more of each code.
type Finding struct {
	Code  string       `json:"code"`
	Level health.Level `json:"level"`
	Since int64        `json:"since,omitempty"`
}

// Status reports on a tenant's current connection.
func (d *Desk) Status(ctx context.Context, tenant string) (Status, error) {
	report, err := d.Health.Report(ctx, tenant)
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Tenant: tenant, Connection: report.ConnectionID, State: report.State, Connected: report.ConnectedAt, Ended: report.EndedAt,
		RenewBy: report.RenewBy, DeltaAt: report.DeltaAt, Records: append([]health.Records{}, report.Records...),
		Resync: report.Resync, Check: report.Check, Hooks: append([]health.Hook{}, report.Hooks...),
		Decisions: report.Decisions.Tally, Findings: []Finding{}, Work: []Task{},
	}
	for _, f := range report.Findings {
		s.Findings = append(s.Findings, Finding{f.Code, f.Level, f.Since})
	}
	if s.Connection == "" {
		return s, nil
	}
	progress, err := d.Connections.Progress(ctx, s.Connection)
	if err != nil {
		return Status{}, fmt.Errorf("read progress of %q: %w", s.Connection, err)
	}
	s.Broken = progress.Broken
	items, err := d.Work.Of(ctx, s.Connection)
	for _, i := range items {
		s.Work = append(s.Work, TaskOf(i))
	}
	return s, err
}

// Row is one connection of the roster.
type Row struct {
	Connection string           `json:"connectionId"`
	Tenant     string           `json:"tenant"`
	State      connection.State `json:"state"`
	Connected  int64            `json:"connectedAt,omitempty"`
	DeltaAt    int64            `json:"deltaAt,omitempty"`
	Broken     int              `json:"broken"`
	SetAside   []Task           `json:"setAside"`
}

// Roster lists a page of the connections that have not ended, with what is set aside of each: three reads a connection.
func (d *Desk) Roster(ctx context.Context, start string, limit int) (rows []Row, next string, err error) {
	ids, next, err := d.Connections.Roster(ctx, start, limit)
	if err != nil {
		return nil, "", err
	}
	rows = []Row{}
	for _, id := range ids {
		c, _, err := d.Connections.Load(ctx, id)
		if err != nil {
			return nil, "", fmt.Errorf("read connection %q: %w", id, err)
		}
		progress, err := d.Connections.Progress(ctx, id)
		if err != nil {
			return nil, "", fmt.Errorf("read progress of %q: %w", id, err)
		}
		row := Row{id, c.Tenant, c.State, c.ConnectedAt, progress.DeltaAt, progress.Broken, []Task{}}
		items, err := d.Work.Of(ctx, id)
		if err != nil {
			return nil, "", fmt.Errorf("read work of %q: %w", id, err)
		}
		for _, i := range items {
			if i.SetAside {
				row.SetAside = append(row.SetAside, TaskOf(i))
			}
		}
		rows = append(rows, row)
	}
	return rows, next, nil
}

// Undelivered lists at most n decisions of a tenant that are not delivered and not dismissed, oldest first.
func (d *Desk) Undelivered(ctx context.Context, tenant string, n int) ([]decision.Decision, error) {
	return d.Decisions.Undelivered(ctx, tenant, n)
}

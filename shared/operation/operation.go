// Package operation is what operators do with many connections at once, and what they ask about one. A run re-seals or
// ends every connection, or that of one tenant: it is stored with its first work item, and everything else is work that
// full-resync does, so nobody has to wait for it, a crash at any place is picked up, and its progress can be read at any
// time. A desk answers an operator's questions with ids, times and numbers, never with personal data.
//
// No step of a run looks at all connections: a walk over the roster goes on from its stored place, a page at a time,
// first counting, then asking for one work item a connection, and never has more than a window of them waiting.
package operation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// Kind is what a run does with each connection.
type Kind string

// The kinds.
const (
	Reseal Kind = "reseal" // seal tokens and signature tokens anew, under data keys made now
	End    Kind = "end"    // end it, as Disconnect does: webhooks, tokens and mirror go
)

// work is the kind of the run's work items.
func (k Kind) work() work.Kind {
	if k == End {
		return work.End
	}
	return work.Reseal
}

// Run is one operation over connections. Times are milliseconds since the epoch.
type Run struct {
	table.Meta        // in Connections: PK "operations", SK its id, which sorts by time
	Kind       Kind   `dynamodbav:"kind"`
	Tenant     string `dynamodbav:"tenant,omitempty"`    // only this tenant's connection; "" = all
	By         string `dynamodbav:"startedBy,omitempty"` // who asked, as AWS names them
	StartedAt  int64  `dynamodbav:"startedAt"`
	Counted    bool   `dynamodbav:"counted,omitempty"`
	Expected   int    `dynamodbav:"expected"`          // connections on the roster, as counted before the first was asked for
	Asked      int    `dynamodbav:"asked"`             // connections whose work was asked for
	AskedAt    int64  `dynamodbav:"askedAt,omitempty"` // when the last one was; 0 while the walk goes on
	Place      string `dynamodbav:"place,omitempty"`   // of the walk
}

// ID names the run.
func (r Run) ID() string { return r.SK }

// list is the partition of all runs.
const list = "operations"

// keepRuns is how long a run can be looked up.
const keepRuns = 90 * 24 * time.Hour

// items is the partition of a run's work items.
func items(id string) string { return "operation#" + id }

type connections interface {
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Load(ctx context.Context, connection string) (connection.Connection, bool, error)
	Roster(ctx context.Context, start string, limit int) (ids []string, next string, err error)
	Reseal(ctx context.Context, connection string) error
	End(ctx context.Context, connection string) error
}

// Service starts runs, does their work and says how far they are. It is safe for concurrent use by any number of
// processes.
type Service struct {
	DB          table.DB
	Work        *work.List
	Nudge       work.Nudger
	Connections connections
	Now         func() time.Time
	NewID       func() string
	Slice       time.Duration // how long one slice of a walk may take
}

var (
	errKind      = fault.New(fault.Invalid, "bad-operation", "kind must be reseal or end.")
	errUnknown   = fault.New(fault.NotFound, "not-found", "There is no such operation, and there was none in the last 90 days.")
	errNoneThere = fault.New(fault.Conflict, "not-connected", "This organisation has no connection to Lever, so there is nothing to do.")
)

// Start stores a run together with its first work item and returns it. With a tenant it is about that tenant's
// connection alone. Two runs of one kind beside each other do no harm: what they do may be repeated.
func (s *Service) Start(ctx context.Context, kind Kind, tenant, by string) (Run, error) {
	if kind != Reseal && kind != End {
		return Run{}, errKind
	}
	now := s.Now()
	unique := strings.ReplaceAll(s.NewID(), "-", "")
	r := Run{Kind: kind, Tenant: tenant, By: by, StartedAt: now.UnixMilli()}
	r.PK, r.SK = list, now.UTC().Format("20060102T150405Z")+"-"+unique[:min(8, len(unique))]
	r.TTL = now.Add(keepRuns).Unix()
	ref := work.Ref{Connection: items(r.SK), Kind: work.Walk, Target: "all"}
	if tenant != "" {
		c, found, err := s.Connections.Current(ctx, tenant)
		if err != nil {
			return Run{}, fmt.Errorf("read connection of %q: %w", tenant, err)
		}
		if !found || c.State == connection.Disconnected {
			return Run{}, errNoneThere
		}
		ref.Kind, ref.Target = kind.work(), c.ID()
		r.Counted, r.Expected, r.Asked, r.AskedAt = true, 1, 1, r.StartedAt
	}
	item, err := s.Work.Asking(ref, now)
	if err != nil {
		return Run{}, err
	}
	stored, err := table.Encode(table.Connections, &r)
	if err != nil {
		return Run{}, err
	}
	if err := s.DB.Write(ctx, stored, item); err != nil {
		return Run{}, fmt.Errorf("store operation: %w", err)
	}
	r.Rev++
	s.nudge(ctx, ref)
	return r, nil
}

// Recent lists the newest n runs, newest first.
func (s *Service) Recent(ctx context.Context, n int) ([]Run, error) {
	runs, _, err := table.List[Run](ctx, s.DB, table.Query{Table: table.Connections, PK: list, Descending: true, Limit: n})
	if err != nil {
		return nil, fmt.Errorf("list operations: %w", err)
	}
	return runs, nil
}

// nudge points full-resync at work that is due. A lost nudge only waits for sync-dispatch.
func (s *Service) nudge(ctx context.Context, ref work.Ref) {
	_ = s.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, 0)
}

package health

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/work"
)

type current interface {
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Progress(ctx context.Context, connection string) (connection.Progress, error)
}

type asker interface {
	Of(ctx context.Context, connection string) ([]work.Item, error)
	Ask(ctx context.Context, ref work.Ref, due time.Time, note func(string) string) error
}

// Checker looks again at what a finding is about. It is safe for concurrent use and to repeat.
type Checker struct {
	Connections current
	Work        asker
	Nudge       work.Nudger
	Now         func() time.Time
}

// Check asks for everything that shows whether findings still hold: the changes since the watermark and the webhooks now,
// another try of all work that was set aside, and, where records could not be read, another full resync. It is fault.Conflict with the code "not-connected" when nothing is connected.
func (c *Checker) Check(ctx context.Context, tenant string) error {
	conn, found, err := c.Connections.Current(ctx, tenant)
	if err != nil {
		return fmt.Errorf("read connection of %q: %w", tenant, err)
	}
	if !found || conn.State != connection.Connected {
		return fault.New(fault.Conflict, "not-connected", "Lever is not connected.")
	}
	items, err := c.Work.Of(ctx, conn.ID())
	if err != nil {
		return fmt.Errorf("list work of %q: %w", conn.ID(), err)
	}
	refs := []work.Ref{
		{Connection: conn.ID(), Kind: work.Delta, Target: "all"}, {Connection: conn.ID(), Kind: work.Hooks, Target: "all"},
	}
	progress, err := c.Connections.Progress(ctx, conn.ID())
	if err != nil {
		return fmt.Errorf("read progress of %q: %w", conn.ID(), err)
	}
	if progress.Broken > 0 {
		refs = append(refs, work.Ref{Connection: conn.ID(), Kind: work.Resync, Target: "all"})
	}
	for _, item := range items {
		if item.SetAside && !slices.Contains(refs, item.Ref()) {
			refs = append(refs, item.Ref())
		}
	}
	for _, ref := range refs {
		if err := c.Work.Ask(ctx, ref, c.Now(), nil); err != nil {
			return err
		}
		// A lost nudge only waits for sync-dispatch.
		_ = c.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, 0)
	}
	return nil
}

// How old the last look at Lever's changes must be until an open page asks for another, and may be so that it still does:
// after that Lever does not answer, and a page must not press a retry that waits on purpose.
const (
	freshenAfter = 20 * time.Second
	freshenUntil = 2 * time.Minute
)

// Freshen asks for the changes since the watermark on behalf of an open page on which something is wrong, so that what was
// mended goes from the page within a minute. It does nothing while nothing is wrong, or when a look was just taken.
func (c *Checker) Freshen(ctx context.Context, r Report) error {
	lag := time.Duration(r.LagSeconds) * time.Second
	if r.State != connection.Connected || r.Attention == 0 || r.DeltaAt == 0 || lag < freshenAfter || lag > freshenUntil {
		return nil
	}
	ref := work.Ref{Connection: r.ConnectionID, Kind: work.Delta, Target: "all"}
	if err := c.Work.Ask(ctx, ref, c.Now(), nil); err != nil {
		return err
	}
	_ = c.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, 0) // as above
	return nil
}

package decision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// keepPrefix begins the partition of the keepers of a tenant's decisions; the ids of connections never begin so.
const keepPrefix = "decisions#"

// keepEvery is how often a keeper looks at a decision that is not at rest.
const keepEvery = time.Hour

// keeper addresses the work item that outlives connections. Each decision has one from acceptance until its text is
// erased: it sees that an open decision has a delivery under the connection that is current, holds it while there is
// none, gives it up after Retention, and erases the text when its time has come.
func keeper(tenant, id string) work.Ref {
	return work.Ref{Connection: keepPrefix + tenant, Kind: work.Decision, Target: id}
}

// KeptFor returns the tenant of a keeper; ok is false for all other work.
func KeptFor(ref work.Ref) (tenant string, ok bool) {
	return strings.CutPrefix(ref.Connection, keepPrefix)
}

// delivery addresses the work item that sends a decision over a connection.
func delivery(conn, id string) work.Ref {
	return work.Ref{Connection: conn, Kind: work.Decision, Target: id}
}

// keep is the work of a keeper.
func (w *Deliverer) keep(ctx context.Context, item work.Item, tenant string) error {
	key := table.Key{PK: tenant, SK: item.Ref().Target}
	d, found, err := table.Get[Decision](ctx, w.DB, table.Decisions, key)
	if err != nil {
		return fmt.Errorf("read decision %q: %w", key.SK, err)
	}
	if !found {
		_, err := w.Work.Finish(ctx, item)
		return err
	}
	if err := w.route(ctx, &d); err != nil {
		return err
	}
	switch {
	case d.AtRest() && d.Content == nil:
		_, err = w.Work.Finish(ctx, item)
	case d.AtRest() && d.EraseAt <= w.Now().UnixMilli():
		d.Content, d.Rest = nil, nil
		if err = table.Save(ctx, w.DB, table.Decisions, &d); err == nil {
			_, err = w.Work.Finish(ctx, item)
		}
	case d.AtRest() && d.CheckAt == 0:
		_, err = w.Work.Repeat(ctx, item, time.UnixMilli(d.EraseAt), "")
	default:
		_, err = w.Work.Repeat(ctx, item, w.Now().Add(keepEvery), "")
	}
	if errors.Is(err, table.ErrConflict) || errors.Is(err, work.ErrLost) {
		return nil // somebody else is at it; the item is due again when the claim ends
	}
	return err
}

// route sees that what is still to be done about d is asked for where it can be done.
func (w *Deliverer) route(ctx context.Context, d *Decision) error {
	if d.AtRest() && d.CheckAt == 0 {
		return nil
	}
	now := w.Now()
	if !d.AtRest() && now.UnixMilli() >= d.OpenAt+Retention.Milliseconds() {
		return w.note(ctx, d, func(d *Decision) {
			d.EraseAt = now.UnixMilli()
			d.giveUp(WaitedTooLong, now)
		})
	}
	conn, connected, err := connected(ctx, w.Lever, d.Tenant())
	if err != nil {
		return err
	}
	if !connected && d.State == Held {
		return nil
	}
	if !connected {
		return w.note(ctx, d, func(d *Decision) { d.wait(now) })
	}
	item, found, err := w.Work.Find(ctx, delivery(conn, d.ID()))
	switch {
	case err != nil:
		return err
	case found && item.SetAside && !d.AtRest():
		return w.note(ctx, d, func(d *Decision) { d.giveUp(GaveUp, now) })
	case found && !item.SetAside:
		return nil
	}
	if err := w.note(ctx, d, func(d *Decision) { d.resume(now) }); err != nil {
		return err
	}
	if err := w.Work.Ask(ctx, delivery(conn, d.ID()), now, nil); err != nil {
		return err
	}
	_ = w.Nudge.Nudge(ctx, work.Nudge{Ref: delivery(conn, d.ID())}, 0) // harmless: sync-dispatch finds what is overdue
	return nil
}

// note changes a decision that is not at rest and brings d up to date with what is stored.
func (w *Deliverer) note(ctx context.Context, d *Decision, change func(*Decision)) error {
	err := w.change(ctx, d.Key(), change)
	if err != nil {
		return err
	}
	now, _, err := table.Get[Decision](ctx, w.DB, table.Decisions, d.Key())
	if err == nil {
		*d = now
	}
	return err
}

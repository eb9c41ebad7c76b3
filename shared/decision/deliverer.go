package decision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/telemetry"
	"github.com/evidenced/lever-integration/shared/work"
)

// users finds a Lever user by e-mail, in the mirror.
type users interface {
	UserByEmail(ctx context.Context, connection, email string) (id string, ok bool, err error)
}

// Deliverer lands decisions in Lever. It keeps nothing between calls and is safe for concurrent use by any number of
// processes.
type Deliverer struct {
	DB     table.DB
	Work   *work.List
	Nudge  work.Nudger
	Lever  opener
	Users  users
	Marker Marker
	Now    func() time.Time
	NewID  func() string // unique: names an Attempt
	Log    *slog.Logger
	Limits Limits
	// Told, when set, notes in a connection's list of happenings that a decision came to rest: code "decision-delivered" or
	// "decision-undeliverable".
	Told func(ctx context.Context, conn, code string, args ...string) error
}

// Limits are the times that delivery rests on. A zero stands for the default.
type Limits struct {
	Hold    time.Duration // how long one run may last; default 50 s, below the function's time limit
	Call    time.Duration // how long one request to Lever may last, with its one repetition after a 401; default 22 s
	Settle  time.Duration // bound D: how long after we gave up on it Lever may still commit a request; default 60 s
	Visible time.Duration // how long after its commit a note may be missing from what Lever shows; default 60 s
}

func (l Limits) hold() time.Duration    { return orElse(l.Hold, 50*time.Second) }
func (l Limits) call() time.Duration    { return orElse(l.Call, 22*time.Second) }
func (l Limits) settle() time.Duration  { return orElse(l.Settle, 60*time.Second) }
func (l Limits) visible() time.Duration { return orElse(l.Visible, 60*time.Second) }

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

const (
	maxSteps     = 12               // of one run; each is at most two requests
	maxFailures  = 12               // of our own making, before a decision is given up
	rateWait     = 2 * time.Second  // after a 429 that names no time
	maxNudge     = 15 * time.Minute // the longest delay that a queue takes
	reconnecting = time.Minute      // between looks while a connection says both yes and no
	recheckAfter = 24 * time.Hour   // between looks for a second note that could not be removed
	doubtful     = 5                // times Visible, from a creation that was repeated to the look for a second note
)

// Handle works on what a nudge points at, if it is due and nobody else does. It returns an error only when the work
// could not be given back in good order; the work item then becomes due by itself. Outages and refusals of Lever are
// outcomes, not errors.
func (w *Deliverer) Handle(ctx context.Context, n work.Nudge) error {
	if n.Kind != work.Decision || n.Connection == "" || n.Target == "" {
		return fault.New(fault.Invalid, "not-a-decision", "The nudge does not point at a decision.")
	}
	item, ok, err := w.Work.Claim(ctx, n.Ref, w.Limits.hold())
	if err != nil || !ok {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.Limits.hold())
	defer cancel()
	if tenant, ok := KeptFor(n.Ref); ok {
		return w.keep(ctx, item, tenant)
	}
	r := &run{Deliverer: w, conn: n.Connection, id: n.Target, ends: w.Now().Add(w.Limits.hold() - w.Limits.call())}
	due, err := r.work(ctx)
	err = w.conclude(ctx, n, item, r, due, err)
	if errors.Is(err, work.ErrLost) {
		return nil // the item is somebody else's now, who sees all that we recorded
	}
	return err
}

// conclude gives the claimed item back: done, due later, or failed.
func (w *Deliverer) conclude(ctx context.Context, n work.Nudge, item work.Item, r *run, due time.Time, err error) error {
	switch {
	case err == nil && due.IsZero():
		w.tell(ctx, r)
		again, err := w.Work.Finish(ctx, item)
		if err == nil && again && n.Hops < work.MaxHops {
			_ = w.Nudge.Nudge(ctx, n.Next(n.Ref), 0) // harmless: sync-dispatch finds what is overdue
		}
		return err
	case err == nil && r.rests:
		return w.again(ctx, n, item, due)
	case err == nil:
		return w.later(ctx, n, item, due)
	case connection.IsNotConnected(err):
		return w.disconnected(ctx, n, item, r)
	case fault.KindOf(err) == fault.RateLimited:
		due = fault.RetryAt(err)
		if due.Before(w.Now().Add(rateWait)) {
			due = w.Now().Add(rateWait)
		}
		return w.later(ctx, n, item, due)
	}
	return w.failed(ctx, item, r, err)
}

// failed gives an item back after a failure. Outages are waited out, and the keeper ends them after Retention; what fails
// a dozen times for another reason is given up.
func (w *Deliverer) failed(ctx context.Context, item work.Item, r *run, failure error) error {
	kind, limit, cause := fault.KindOf(failure), maxFailures, GaveUp
	w.Log.WarnContext(ctx, "decision delivery failed", "decision", r.id, "connection", r.conn, "kind", kind.String(), "error", failure)
	switch kind {
	case fault.Unavailable, fault.Unauthorized:
		limit = math.MaxInt
	case fault.Forbidden:
		cause = NoPermission
	}
	aside, err := w.Work.Failed(ctx, item, kind.String(), "", limit)
	if err != nil || !aside {
		return err
	}
	telemetry.Measure(telemetry.NeedsAttention, 1)
	w.Log.ErrorContext(ctx, "decision given up", "decision", r.id, "connection", r.conn, "cause", string(cause))
	if err := w.change(ctx, r.key, func(d *Decision) { d.giveUp(cause, w.Now()) }); err != nil {
		return err
	}
	w.tell(ctx, r)
	return nil
}

// tell notes what became of the decision; a failure only leaves the list without that line.
func (w *Deliverer) tell(ctx context.Context, r *run) {
	if w.Told == nil {
		return
	}
	d, found, err := table.Get[Decision](ctx, w.DB, table.Decisions, r.key)
	if err != nil || !found || !d.AtRest() {
		return
	}
	if err := w.Told(ctx, r.conn, "decision-"+string(d.State)); err != nil {
		w.Log.WarnContext(ctx, "happening not noted", "decision", r.id, "error", err)
	}
}

// later gives the item back until due and sends a nudge for then.
func (w *Deliverer) later(ctx context.Context, n work.Nudge, item work.Item, due time.Time) error {
	if err := w.Work.Later(ctx, item, due, ""); err != nil {
		return err
	}
	w.nudge(ctx, n, due)
	return nil
}

// again gives back an item whose decision is at rest and is only to be looked at once more: nobody waits for it.
func (w *Deliverer) again(ctx context.Context, n work.Nudge, item work.Item, due time.Time) error {
	asked, err := w.Work.Repeat(ctx, item, due, "")
	if err != nil {
		return err
	}
	if asked {
		due = w.Now()
	}
	w.nudge(ctx, n, due)
	return nil
}

func (w *Deliverer) nudge(ctx context.Context, n work.Nudge, due time.Time) {
	if delay := due.Sub(w.Now()); delay <= maxNudge && n.Hops < work.MaxHops {
		_ = w.Nudge.Nudge(ctx, n.Next(n.Ref), max(delay, 0)) // harmless: sync-dispatch finds what is overdue
	}
}

// disconnected moves the decision to where it belongs now that its connection may not call Lever: to the tenant's new
// connection, or into waiting, which its keeper watches.
func (w *Deliverer) disconnected(ctx context.Context, n work.Nudge, item work.Item, r *run) error {
	conn, connected, err := connected(ctx, w.Lever, r.key.PK)
	switch {
	case err != nil:
		return err
	case connected && conn == r.conn:
		return w.later(ctx, n, item, w.Now().Add(reconnecting))
	case connected:
		err = w.Work.Ask(ctx, delivery(conn, r.id), w.Now(), nil)
	default:
		err = w.change(ctx, r.key, func(d *Decision) { d.wait(w.Now()) })
	}
	if err != nil {
		return err
	}
	_, err = w.Work.Finish(ctx, item)
	return err
}

// change alters a decision that is not at rest.
func (w *Deliverer) change(ctx context.Context, key table.Key, change func(*Decision)) error {
	_, err := table.Update(ctx, w.DB, table.Decisions, key, func(d *Decision) error {
		if d.Rev == 0 || d.AtRest() {
			return table.ErrKeep
		}
		change(d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("change decision %q: %w", key.SK, err)
	}
	return nil
}

package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/telemetry"
)

// Verdict is what a worker says of an item it attended to without an error.
type Verdict struct {
	at     time.Time
	note   string
	repeat bool
}

// Done says that the work is done.
func Done() Verdict { return Verdict{} }

// Again says that there is more to do at the given time, from the checkpoint note on.
func Again(at time.Time, note string) Verdict { return Verdict{at: at, note: note} }

// Next says that the work is done and comes back by itself at the given time.
func Next(at time.Time, note string) Verdict { return Verdict{at: at, note: note, repeat: true} }

// Note is the checkpoint from which the work goes on.
func (v Verdict) Note() string { return v.note }

// Attendant runs workers on items: claim, work within the claim, end the item as the worker says, nudge what follows.
type Attendant struct {
	List  *List
	Nudge Nudger
	Hold  time.Duration // how long a claim lasts; the worker's context ends shortly before
	Limit int           // failures after which an item is set aside
}

// inTime is what sync-dispatch is in time for without a nudge.
const inTime = time.Minute

// Attend does the item that n points to, if there is anything to do now. A failure of the work is kept on the item, with
// a later due time, and is no failure of Attend; an error means that the nudge should be delivered again.
func (a *Attendant) Attend(ctx context.Context, n Nudge, do func(ctx context.Context, item Item) (Verdict, error)) error {
	item, ok, err := a.List.Claim(ctx, n.Ref, a.Hold)
	if err != nil || !ok {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, a.Hold-a.Hold/20)
	defer cancel()
	item.Nudged = n.followed()
	verdict, failure := do(limited, item)
	again, due, err := a.settle(ctx, item, verdict, failure)
	if errors.Is(err, ErrLost) {
		return nil // the claim ran out, and whoever has the item now does it again
	}
	if err != nil {
		return err
	}
	if again {
		due = a.List.Now()
	}
	return a.follow(ctx, n, due)
}

// settle ends the item and returns when it is due next, zero when it is gone.
func (a *Attendant) settle(ctx context.Context, item Item, v Verdict, failure error) (again bool, due time.Time, err error) {
	switch at := fault.RetryAt(failure); {
	case failure == nil && v.at.IsZero():
		again, err = a.List.Finish(ctx, item)
		return again, time.Time{}, err
	case failure == nil && v.repeat:
		again, err = a.List.Repeat(ctx, item, v.at, v.note)
		return again, v.at, err
	case failure == nil:
		return false, v.at, a.List.Later(ctx, item, v.at, v.note)
	case passing(failure) && !at.IsZero():
		return false, at, a.List.Wait(ctx, item, at, keep(v, item))
	}
	limit := a.Limit
	if passing(failure) {
		limit = math.MaxInt // an outage, however long, is nothing that a person has to look at
	}
	slog.WarnContext(ctx, "work failed", "kind", item.Ref().Kind, "target", item.Ref().Target,
		"connection", item.PK, "attempts", item.Attempts+1, "cause", cause(failure), "error", failure.Error())
	aside, err := a.List.Failed(ctx, item, cause(failure), v.note, limit)
	if aside {
		telemetry.Measure(telemetry.NeedsAttention, 1)
		slog.ErrorContext(ctx, "work set aside", "kind", item.Ref().Kind, "target", item.Ref().Target,
			"connection", item.PK, "cause", cause(failure))
	}
	if err != nil || aside {
		return false, time.Time{}, err
	}
	return false, a.List.Now().Add(backoff(item.Attempts + 1)), nil
}

// passing says that a failure goes away by itself: Lever or one of our stores is busy or down.
func passing(failure error) bool {
	kind := fault.KindOf(failure)
	return kind == fault.RateLimited || kind == fault.Unavailable
}

// cause is the stable word for a failure that is kept on the item.
func cause(failure error) string {
	if code := fault.CodeOf(failure); code != "internal" {
		return code
	}
	return fault.KindOf(failure).String()
}

// keep is the checkpoint to go on from after a pause: the worker's, or the one it began with.
func keep(v Verdict, item Item) string {
	if v.note != "" {
		return v.note
	}
	return item.Note
}

func (a *Attendant) follow(ctx context.Context, n Nudge, due time.Time) error {
	delay := due.Sub(a.List.Now())
	if due.IsZero() || delay > inTime || !n.followed() {
		return nil
	}
	if err := a.Nudge.Nudge(ctx, n.Next(n.Ref), max(0, delay)); err != nil {
		slog.WarnContext(ctx, "nudge lost", "kind", n.Kind, "error", fmt.Sprint(err))
	}
	return nil
}

package decision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// run is one claimed look at one decision. Each step reads the decision afresh, does the next thing that it needs and
// records what came of it on condition that nobody else changed the decision, so steps may be cut off anywhere.
type run struct {
	*Deliverer
	conn, id string
	key      table.Key // known once the connection is loaded
	ends     time.Time // no step begins after this
	lever    notes     // nil until needed
	settings connection.Settings
	rests    bool // the decision is at rest, whatever is still to be looked at
}

// step is what a decision needs next.
type step uint8

const (
	rest   step = iota // nothing
	wait               // nothing before a given time
	look               // find out what became of an unclear creation
	create             // make the note
	edit               // bring the note to the newest version; also finds out about an unclear edit or reply
	check              // look for a second note of ours
)

// next says what d needs, and for wait, until when.
func (d *Decision) next(now time.Time) (step, time.Time) {
	ms := now.UnixMilli()
	if a := d.Attempt; a != nil && d.State != Undeliverable {
		switch {
		case ms < a.LookAt:
			return wait, time.UnixMilli(a.LookAt)
		case a.Deed == Create:
			return look, now
		}
		return edit, now
	}
	if d.owed() {
		if d.NoteID == "" {
			return create, now
		}
		return edit, now
	}
	if d.CheckAt > ms {
		return wait, time.UnixMilli(d.CheckAt)
	}
	if d.CheckAt > 0 {
		return check, now
	}
	return rest, now
}

// work takes steps until nothing is left (due is zero) or something has to wait until due.
func (r *run) work(ctx context.Context) (due time.Time, err error) {
	c, found, err := r.Lever.Load(ctx, r.conn)
	if err != nil {
		return due, fmt.Errorf("load connection %q: %w", r.conn, err)
	}
	if !found {
		return due, nil // the keeper finds the way that is open now
	}
	r.key = table.Key{PK: c.Tenant, SK: r.id}
	for range maxSteps {
		d, found, err := table.Get[Decision](ctx, r.DB, table.Decisions, r.key)
		if err != nil {
			return due, fmt.Errorf("read decision %q: %w", r.id, err)
		}
		if !found {
			return due, nil
		}
		step, at := d.next(r.Now())
		r.rests = d.AtRest()
		switch {
		case step == rest:
			return due, nil
		case step == wait:
			return at, nil
		case r.Now().After(r.ends):
			return r.Now(), nil
		}
		if err := r.take(ctx, step, &d); err != nil && !errors.Is(err, table.ErrConflict) {
			return due, err
		}
	}
	return r.Now().Add(rateWait), nil
}

// take does one step. table.ErrConflict means that the decision changed meanwhile and nothing was sent.
func (r *run) take(ctx context.Context, s step, d *Decision) (err error) {
	if r.lever == nil {
		if r.lever, r.settings, err = r.Lever.Open(ctx, r.conn); err != nil {
			return err
		}
	}
	switch s {
	case look:
		return r.look(ctx, d)
	case create:
		return r.create(ctx, d)
	case check:
		return r.check(ctx, d)
	}
	return r.edit(ctx, d)
}

// save stores d as changed, on condition that nobody changed it since it was read.
func (r *run) save(ctx context.Context, d *Decision) error {
	d.touch(r.Now())
	if err := table.Save(ctx, r.DB, table.Decisions, d); err != nil {
		return fmt.Errorf("record decision %q: %w", d.ID(), err)
	}
	return nil
}

// begin records what is about to be sent. Until it is recorded that it had no effect or what effect it had, whoever
// comes next waits until it can no longer be committed.
func (r *run) begin(ctx context.Context, d *Decision, deed Deed) (Attempt, error) {
	now := r.Now()
	a := Attempt{ID: r.NewID(), Deed: deed, Version: d.Version, SentAt: now.UnixMilli()}
	r.bound(&a, now.Add(r.Limits.call()))
	d.Attempt, d.State, d.Cause = &a, Sending, ""
	return a, r.save(ctx, d)
}

// bound sets when a is over, given when we give up on it at the latest. A reply cannot be taken back, so it is looked
// up only once it must be visible too.
func (r *run) bound(a *Attempt, gaveUp time.Time) {
	quiet := gaveUp.Add(r.Limits.settle())
	a.QuietAt, a.LookAt = quiet.UnixMilli(), quiet.UnixMilli()
	if a.Deed == Reply {
		a.LookAt = quiet.Add(r.Limits.visible()).UnixMilli()
	}
}

// record stores what came of a. It returns err only when the same may be tried again later as if nothing had happened.
func (r *run) record(ctx context.Context, a Attempt, err error, done func(*Decision)) error {
	_, failed := table.Update(ctx, r.DB, table.Decisions, r.key, func(d *Decision) error {
		if d.Attempt == nil || d.Attempt.ID != a.ID {
			return table.ErrKeep
		}
		if err == nil {
			done(d)
		} else {
			r.refused(d, err)
		}
		d.touch(r.Now())
		return nil
	})
	if failed != nil {
		return fmt.Errorf("record decision %q: %w", r.id, failed)
	}
	if passing(err) {
		return err
	}
	return nil
}

// refused brings d in line with a request that failed.
func (r *run) refused(d *Decision, err error) {
	switch {
	case unclear(err):
		r.bound(d.Attempt, r.Now())
		d.State, d.Cause = Uncertain, Unanswered
		return
	case passing(err):
		d.State, d.Cause = Accepted, ""
	case fault.KindOf(err) == fault.NotFound:
		d.giveUp(OpportunityGone, r.Now())
	case fault.KindOf(err) == fault.Forbidden:
		d.giveUp(NoPermission, r.Now())
	default:
		d.giveUp(Refused, r.Now())
	}
	d.Attempt = nil
}

// unclear says whether a request may have been carried out although it failed. What is not known to be harmless is not.
func unclear(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unclear, fault.Internal:
		return true
	}
	return false
}

// passing says whether a request certainly had no effect and may have one later.
func passing(err error) bool {
	if err == nil {
		return false
	}
	switch fault.KindOf(err) {
	case fault.RateLimited, fault.Unavailable, fault.Unauthorized:
		return true
	}
	return connection.IsNotConnected(err)
}

// refusal says whether Lever understood a request and will not do it.
func refusal(err error) bool {
	if err == nil || connection.IsNotConnected(err) {
		return false
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound:
		return true
	}
	return false
}

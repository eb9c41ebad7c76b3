package decision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// create makes the note.
func (r *run) create(ctx context.Context, d *Decision) error {
	if !r.sends(d.Content.Outcome) {
		d.giveUp(OutcomeNotSent, r.Now())
		return r.save(ctx, d)
	}
	return r.post(ctx, d, Create, lever.NewNote{Secret: r.settings.SecretNotes, NotifyFollowers: r.settings.NotifyFollowers})
}

// sends says whether the tenant wants new notes with this outcome. A note that exists is corrected whatever the outcome.
func (r *run) sends(o Outcome) bool {
	return len(r.settings.Outcomes) == 0 || slices.Contains(r.settings.Outcomes, string(o))
}

// post sends a new note or a reply. Lever may refuse the author (deactivated, or without access to the candidate); the
// text names them anyway, so it is then sent without one.
func (r *run) post(ctx context.Context, d *Decision, deed Deed, note lever.NewNote) error {
	if email := d.Content.By.Email; email != "" {
		author, ok, err := r.Users.UserByEmail(ctx, r.conn, email)
		if err != nil {
			return fmt.Errorf("find the author of decision %q: %w", d.ID(), err)
		}
		if ok {
			note.PerformAs = author
		}
	}
	note.Value = r.Marker.Note(d)
	timed, cancel := context.WithTimeout(ctx, r.Limits.call())
	defer cancel()
	a, err := r.begin(ctx, d, deed)
	if err != nil {
		return err
	}
	id, err := r.lever.CreateNote(timed, d.Opportunity, note)
	if note.PerformAs != "" && refusal(err) {
		note.PerformAs = ""
		id, err = r.lever.CreateNote(timed, d.Opportunity, note)
	}
	if deed == Reply && fault.KindOf(err) == fault.NotFound && err != nil {
		return r.record(ctx, a, nil, func(d *Decision) {
			d.giveUp(NoteRemoved, r.Now())
			d.Attempt = nil
		})
	}
	return r.record(ctx, a, err, func(d *Decision) {
		if deed == Reply {
			id = d.NoteID // a reply belongs to the thread, whatever id Lever gives it
		} else {
			d.Secret = note.Secret
			if d.CheckAt > 0 { // no note was found, so perhaps Lever's lists come short: the check waits until that is over
				d.CheckAt = max(d.CheckAt, r.Now().Add(doubtful*r.Limits.visible()).UnixMilli())
			}
		}
		d.settle(id, a.Version, r.Now())
	})
}

// edit brings the note to the newest version. It reads the note first: nothing is sent when the version stands there
// already, and when anything else stands in the thread the correction is added below it, because an edit would replace
// the whole thread and with it what other people wrote (lever/api.md section 3.5). The same holds for a first comment
// that no longer ends with our marker: a person rewrote it.
func (r *run) edit(ctx context.Context, d *Decision) error {
	got, err := r.lever.Note(ctx, d.Opportunity, d.NoteID)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return r.missing(ctx, d)
		}
		return fmt.Errorf("read the note of decision %q: %w", d.ID(), err)
	}
	t := r.Marker.thread(d, &got.Item)
	switch {
	case t.deletedAt > 0:
		return r.removed(ctx, d)
	case t.newest >= d.Version:
		d.settle(d.NoteID, t.newest, r.Now())
		return r.save(ctx, d)
	case d.Content == nil: // erased while an old attempt was open; nothing can be sent any more
		d.giveUp(WaitedTooLong, r.Now())
		d.Attempt = nil
		return r.save(ctx, d)
	case t.comments > 1 || t.root == 0 || d.Replying:
		secret := got.Item.Secret != nil && *got.Item.Secret
		return r.post(ctx, d, Reply, lever.NewNote{Parent: d.NoteID, Secret: secret})
	}
	return r.put(ctx, d, &got.Item)
}

// put replaces the only comment of the note.
func (r *run) put(ctx context.Context, d *Decision, note *lever.Note) error {
	value := lever.NoteValue{Value: r.Marker.Note(d)}
	if len(note.Fields) > 0 {
		value.CreatedAt = note.Fields[0].CreatedAt.Time()
	}
	timed, cancel := context.WithTimeout(ctx, r.Limits.call())
	defer cancel()
	a, err := r.begin(ctx, d, Edit)
	if err != nil {
		return err
	}
	err = r.lever.UpdateNote(timed, d.Opportunity, d.NoteID, []lever.NoteValue{value})
	if refusal(err) { // not ours to edit any more, or gone: the next step reads it again and replies if it can
		return r.record(ctx, a, nil, func(d *Decision) { d.Attempt, d.State, d.Replying = nil, Accepted, true })
	}
	return r.record(ctx, a, err, func(d *Decision) { d.settle(d.NoteID, a.Version, r.Now()) })
}

// missing tells a removed note from a removed candidate, and both from a note that Lever does not show yet.
func (r *run) missing(ctx context.Context, d *Decision) error {
	if shown := time.UnixMilli(d.DeliveredAt).Add(r.Limits.visible()); r.Now().Before(shown) {
		return fault.New(fault.RateLimited, "note-not-shown-yet", "Lever does not show the note yet.").At(shown)
	}
	_, err := r.lever.Notes(ctx, d.Opportunity, "")
	switch {
	case err == nil && d.Secret && d.Content != nil:
		// Lever may hide secret notes from the API (lever/api.md section 3.5, a guess), and then also what people
		// wrote below it: add to the thread without having seen it, after a lost answer once more. If it is gone,
		// Lever refuses that.
		return r.post(ctx, d, Reply, lever.NewNote{Parent: d.NoteID, Secret: true})
	case err == nil:
		return r.removed(ctx, d)
	case fault.KindOf(err) == fault.NotFound:
		return r.gone(ctx, d)
	}
	return fmt.Errorf("read the notes for decision %q: %w", d.ID(), err)
}

// removed records that a person removed the note: a correction of it is not sent.
func (r *run) removed(ctx context.Context, d *Decision) error {
	d.giveUp(NoteRemoved, r.Now())
	d.Attempt = nil
	return r.save(ctx, d)
}

// gone records that the candidate cannot be reached any more, or not now: they may have become confidential for a while.
// So an attempt stays, for whoever tries again, and a check is put off by a day until the decision's text is erased.
func (r *run) gone(ctx context.Context, d *Decision) error {
	if d.owed() {
		d.giveUp(OpportunityGone, r.Now())
	}
	if d.CheckAt > 0 {
		r.recheck(d)
	}
	return r.save(ctx, d)
}

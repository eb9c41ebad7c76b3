package decision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// errUnreadable stops a read-back that could not see every note: one of ours may hide in what was not readable.
var errUnreadable = fault.New(fault.Internal, "unreadable-note", "Lever showed a note that cannot be read.")

// ours reads the notes of the opportunity to the end and returns those that carry a genuine marker of d, oldest first.
func (r *run) ours(ctx context.Context, d *Decision) ([]thread, error) {
	seen := map[string]bool{}
	var found []thread
	offset, restarts := "", 0
	for {
		page, err := r.lever.Notes(ctx, d.Opportunity, offset)
		if errors.Is(err, lever.ErrOffset) && restarts < 3 { // Lever forgot the page token: start the list again
			offset, restarts = "", restarts+1
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the notes for decision %q: %w", d.ID(), err)
		}
		if len(page.Broken) > 0 {
			return nil, errUnreadable
		}
		for i := range page.Items {
			t := r.Marker.thread(d, &page.Items[i])
			if t.root > 0 && !seen[t.id] {
				seen[t.id] = true
				found = append(found, t)
			}
		}
		if page.Next == "" {
			break
		}
		offset = page.Next
	}
	slices.SortFunc(found, func(a, b thread) int {
		return cmp.Or(cmp.Compare(a.createdAt, b.createdAt), cmp.Compare(a.id, b.id))
	})
	return found, nil
}

// look finds out what became of an unclear creation, now that it can no longer be committed. The oldest note that
// stands is adopted, else one that a person removed; with neither, the next step sends again. Either way a later check
// removes a second note that was committed but not visible yet.
func (r *run) look(ctx context.Context, d *Decision) error {
	found, err := r.ours(ctx, d)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return r.gone(ctx, d)
	}
	if err != nil {
		return err
	}
	d.CheckAt = max(d.CheckAt, d.Attempt.QuietAt+r.Limits.visible().Milliseconds())
	if len(found) == 0 {
		d.Attempt, d.State, d.Cause = nil, Accepted, ""
		if d.Content == nil {
			d.giveUp(WaitedTooLong, r.Now())
		}
		return r.save(ctx, d)
	}
	adopted := found[0]
	for _, t := range found {
		if t.deletedAt == 0 {
			adopted = t
			break
		}
	}
	d.settle(adopted.id, adopted.newest, r.Now())
	if adopted.deletedAt > 0 {
		if d.Cause = NoteRemoved; d.owed() {
			d.giveUp(NoteRemoved, r.Now())
		}
	}
	return r.save(ctx, d)
}

// check removes second notes of d that surfaced after an unclear creation. What has replies of other people is never
// removed: if only the second note has some, it becomes the one that is kept. A person who saw two and removed one of
// them wants the other.
func (r *run) check(ctx context.Context, d *Decision) error {
	found, err := r.ours(ctx, d)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return r.gone(ctx, d)
	}
	if err != nil {
		return err
	}
	keep := thread{deletedAt: r.Now().UnixMilli()} // not listed: Lever may leave out what a person removed
	if i := slices.IndexFunc(found, func(t thread) bool { return t.id == d.NoteID }); i >= 0 {
		keep = found[i]
	}
	if d.CheckAt, d.Beside = 0, ""; d.Cause == SecondNoteKept {
		d.Cause = ""
	}
	if d.State == Delivered && d.Secret && len(found) == 0 {
		d.Cause, d.Beside = SecondUnseen, SecondUnseen // Lever may hide secret notes from the API (lever/api.md section 3.5, a guess)
	}
	for _, t := range found {
		if t.id == d.NoteID || t.deletedAt > 0 {
			continue
		}
		if d.NoteID == "" || keep.deletedAt > 0 && t.createdAt <= keep.deletedAt {
			return r.adopt(ctx, d, t)
		}
		better, err := r.surplus(ctx, d, keep, t)
		if err != nil {
			return err
		}
		if better {
			return r.adopt(ctx, d, t)
		}
	}
	return r.save(ctx, d)
}

// surplus removes the second note t, unless people wrote below it; better then says that nobody wrote below keep. The
// note is read once more on its own, because a list may be older than the newest reply.
func (r *run) surplus(ctx context.Context, d *Decision, keep, t thread) (better bool, err error) {
	got, err := r.lever.Note(ctx, d.Opportunity, t.id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return false, nil // somebody removed it just now
	}
	if err != nil {
		return false, fmt.Errorf("read the second note of decision %q: %w", d.ID(), err)
	}
	now := r.Marker.thread(d, &got.Item)
	switch {
	case now.deletedAt > 0:
		return false, nil
	case max(now.comments, t.comments) > 1:
		if keep.deletedAt == 0 && keep.comments <= 1 {
			return true, nil
		}
		d.Cause, d.Beside = SecondNoteKept, SecondNoteKept
		return false, nil
	}
	err = r.lever.DeleteNote(ctx, d.Opportunity, t.id)
	switch {
	case err == nil, fault.KindOf(err) == fault.NotFound:
		return false, nil
	case refusal(err): // a person's own copy, or a permission that may come back
		d.Cause, d.Beside = SecondNoteKept, SecondNoteKept
		r.recheck(d)
		return false, nil
	}
	return false, fmt.Errorf("remove the second note of decision %q: %w", d.ID(), err)
}

// recheck has the look for a second note repeated a day later, until the decision's text is erased.
func (r *run) recheck(d *Decision) {
	if d.CheckAt = 0; d.Content != nil {
		d.CheckAt = r.Now().Add(recheckAfter).UnixMilli()
	}
}

// adopt makes t the note of d and has the check repeated, for the note that was kept until now. What d still owes is
// then corrected in t, also when it was given up: a note that stands shows the newest version.
func (r *run) adopt(ctx context.Context, d *Decision, t thread) error {
	d.CheckAt = r.Now().UnixMilli()
	if a := d.Attempt; a != nil {
		d.CheckAt = max(d.CheckAt, a.QuietAt+r.Limits.visible().Milliseconds())
	}
	if d.Content == nil && d.Version > t.newest {
		d.NoteID, d.Delivered = t.id, t.newest
		return r.save(ctx, d)
	}
	d.settle(t.id, t.newest, r.Now())
	return r.save(ctx, d)
}

package work

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

// ErrLost says that the claim ran out and the item is somebody else's now.
var ErrLost = errors.New("claim lost")

// Finish ends a claimed item: it is removed, unless somebody asked again since the claim; then it is due at once and
// again is true.
func (l *List) Finish(ctx context.Context, claimed Item) (again bool, err error) {
	return l.end(ctx, claimed, true, func(i *Item) { i.PutOff = 0 })
}

// Repeat ends a claimed item that comes back by itself: it is due at next, or at once if somebody asked again since
// the claim. Its failures are forgotten.
func (l *List) Repeat(ctx context.Context, claimed Item, next time.Time, note string) (again bool, err error) {
	return l.end(ctx, claimed, false, func(i *Item) {
		i.Due, i.Attempts, i.Cause, i.Note, i.PutOff = next.UnixMilli(), 0, "", note, 0
		i.FirstAsked, i.DoneAt = 0, l.Now().UnixMilli()
	})
}

// Later gives a claimed item back, due at the given time, keeping note; nothing failed (a second look, a further slice).
func (l *List) Later(ctx context.Context, claimed Item, due time.Time, note string) error {
	_, err := l.end(ctx, claimed, false, func(i *Item) { i.Due, i.Note, i.PutOff = due.UnixMilli(), note, 0 })
	return err
}

// Wait gives a claimed item back because nothing can be done before the given time, however often it is asked for until
// then: Lever's limit is used up.
func (l *List) Wait(ctx context.Context, claimed Item, until time.Time, note string) error {
	_, err := l.end(ctx, claimed, false, func(i *Item) { i.Due, i.Note, i.PutOff = until.UnixMilli(), note, until.UnixMilli() })
	return err
}

// Keep stores the checkpoint of a claimed item while the work goes on, so that whoever takes over after a crash goes on
// from there. It is ErrLost when the claim is somebody else's by now: then the work must stop.
func (l *List) Keep(ctx context.Context, claimed Item, note string) error {
	_, err := table.Update(ctx, l.DB, table.Work, claimed.Key(), func(i *Item) error {
		if i.Rev == 0 || i.Holder != claimed.Holder {
			return fmt.Errorf("keep checkpoint of %s %s: %w", claimed.Ref().Kind, claimed.Ref().Target, ErrLost)
		}
		i.Note = note
		return nil
	})
	return err
}

// Failed gives a claimed item back after a failure with the given stable cause. It is due again after a growing wait;
// after limit failures it is set aside and aside is true: somebody has to be told.
// A note, when not empty, is the checkpoint to go on from.
func (l *List) Failed(ctx context.Context, claimed Item, cause, note string, limit int) (aside bool, err error) {
	again, err := l.end(ctx, claimed, false, func(i *Item) {
		i.Attempts++
		i.PutOff = 0
		if note != "" {
			i.Note = note
		}
		i.Cause = cause
		i.Due = l.Now().Add(backoff(i.Attempts)).UnixMilli()
		if aside = i.Attempts >= limit; aside {
			i.SetAside, i.DuePk = true, ""
		}
	})
	return aside && !again, err
}

// Longest is the longest wait after a failure: what waits longest is due again, and seen to be late, in each five minutes.
const Longest = 4 * time.Minute

// backoff doubles from 2 s to the longest.
func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt, 10), Longest)
}

func (l *List) end(ctx context.Context, claimed Item, remove bool, change func(*Item)) (again bool, err error) {
	for try := range 20 {
		// As long as the claim runs the item stands as it was claimed, unless somebody asked or a checkpoint was kept.
		i, found := claimed, true
		if try > 0 || l.Now().UnixMilli() >= claimed.HeldUntil {
			if i, found, err = table.Get[Item](ctx, l.DB, table.Work, claimed.Key()); err != nil {
				return false, err
			}
		}
		if !found || i.Holder != claimed.Holder {
			return false, fmt.Errorf("end %s %s: %w", claimed.Ref().Kind, claimed.Ref().Target, ErrLost)
		}
		again = i.Seq != claimed.Seq
		i.Holder, i.HeldUntil = "", 0
		i.DuePk = shard(i.PK)
		note := i.Note
		change(&i)
		i.Nudged = claimed.Nudged && i.Due <= l.Now().Add(inTime).UnixMilli()
		if again {
			i.Due, i.DuePk, i.SetAside = max(i.PutOff, min(i.Due, l.Now().UnixMilli())), shard(i.PK), false
			if remove {
				i.Note = note
			}
		}
		slack, well := time.Duration(0), i.FirstAsked == 0
		if well && !again {
			slack = watch
		}
		if i.place(slack); well {
			i.FirstAsked = i.FindAt
		}
		if remove && !again {
			err = l.DB.Write(ctx, table.Remove(table.Work, i.Meta))
		} else {
			err = table.Save(ctx, l.DB, table.Work, &i)
		}
		if err == nil || !errors.Is(err, table.ErrConflict) {
			return again, err
		}
	}
	return false, fmt.Errorf("end %s %s: %w", claimed.Ref().Kind, claimed.Ref().Target, table.ErrConflict)
}

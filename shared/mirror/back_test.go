package mirror_test

import (
	"context"
	"errors"
	"testing"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

func (b *bundle) lose(t *testing.T, kind mirror.Kind, id string) (lost mirror.Record) {
	t.Helper()
	lost, _, err := b.Known(t.Context(), "c1", kind, id)
	if err == nil {
		err = b.DB.Write(t.Context(), table.Remove(table.Mirror, lost.Meta))
	}
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

func (b *bundle) comes(t *testing.T, r mirror.Record, want mirror.Back) {
	t.Helper()
	if got, err := b.Return(t.Context(), r); err != nil || got != want {
		t.Fatalf("%s %s from the backup: %d, %v, want %d", r.Kind, r.ID, got, err, want)
	}
}

func TestWhatWasLostComesBackAsANewVersionOfAnOldFetch(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(1, "old"))
	backup := b.get(t, t)
	b.apply(t, t, seen(2, "new"))
	b.comes(t, backup, mirror.Stands)
	shown := b.get(t, t)
	if shown.Doc != "new" {
		t.Fatalf("what stood was overwritten: %+v", shown)
	}
	b.lose(t, mirror.Candidate, "o1")
	b.comes(t, backup, mirror.PutBack)
	b.comes(t, backup, mirror.Stands)
	r := b.get(t, t)
	if r.Doc != "old" || r.Fetched != backup.Fetched || r.Version <= shown.Version || r.News != "yes" {
		t.Errorf("came back as %+v", r)
	}
	if again := b.apply(t, t, seen(2, "new")); again.Outcome != mirror.Updated {
		t.Errorf("a fetch since the backup: %+v", again)
	}
}

func TestNothingComesBackPastItsTimeOrAgainstACondition(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(1, "a"))
	b.apply(t, t, gone(2))
	tombstone := b.lose(t, mirror.Candidate, "o1")
	foreign := tombstone
	foreign.Kind = "of-newer-code"
	b.comes(t, foreign, mirror.LeftOut)
	wrong := table.Holds(table.Connections, table.Meta{PK: "c1", SK: "state", Rev: 7})
	if _, err := b.Return(t.Context(), tombstone, wrong); !errors.Is(err, table.ErrConflict) {
		t.Errorf("against a condition: %v", err)
	}
	b.now = b.now.AddDate(0, 0, 31)
	b.comes(t, tombstone, mirror.LeftOut)
	if r := b.get(t, t); r.Rev != 0 {
		t.Errorf("came back: %+v", r)
	}
}

// A backup's user may be older than the list that the roll names. If the roll still named it, the same list again would be
// taken for confirmed, and the user would stay as the backup has them.
func TestTheNextListIsComparedWithUsersThatCameBack(t *testing.T) {
	t.Parallel()
	b := setup()
	b.list(t, t, 1, "a", "b")
	backup, _, err := b.Known(t.Context(), "c1", mirror.User, "1")
	if err != nil {
		t.Fatal(err)
	}
	b.list(t, t, 2, "a", "new")
	b.list(t, t, 3, "a", "new") // the roll names it
	b.lose(t, mirror.User, "1")
	b.comes(t, backup, mirror.PutBack)
	b.list(t, t, 4, "a", "new")
	if r, _, err := b.Known(t.Context(), "c1", mirror.User, "1"); err != nil || r.Doc != "new" {
		t.Errorf("after the next list: %+v, %v", r, err)
	}
}

// busy is a store whose roll is moved by somebody else before each write.
type busy struct {
	*memory.DB
	times int
}

// Write implements table.DB.
func (b *busy) Write(ctx context.Context, changes ...table.Change) error {
	if b.times--; b.times >= 0 {
		_, err := table.Update(ctx, b.DB, table.Connections, table.Key{PK: "c1", SK: "roll#user"}, func(*table.Meta) error { return nil })
		if err != nil {
			return err
		}
	}
	return b.DB.Write(ctx, changes...)
}

func TestAMovedRollIsToldToTheCaller(t *testing.T) {
	t.Parallel()
	b := setup()
	b.list(t, t, 1, "a")
	lost := b.lose(t, mirror.User, "0")
	b.DB = &busy{b.DB.(*memory.DB), 1}
	if _, err := b.Return(t.Context(), lost); !errors.Is(err, table.ErrConflict) {
		t.Errorf("%v", err)
	}
	b.comes(t, lost, mirror.PutBack)
}

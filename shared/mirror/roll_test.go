package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

func user(id, doc string, at int) mirror.Observation {
	return mirror.Observation{Kind: mirror.User, ID: id, Fetched: start.Add(time.Duration(at) * time.Second), State: mirror.Active, Doc: doc}
}

func (b *bundle) list(t *testing.T, f fataler, at int, docs ...string) {
	f.Helper()
	all := make([]mirror.Observation, len(docs))
	for i, doc := range docs {
		all[i] = user(fmt.Sprint(i), doc, at)
	}
	if err := b.ApplyList(t.Context(), "t1", "c1", all, start.Add(time.Duration(at)*time.Second)); err != nil {
		f.Fatal(err)
	}
}

func TestAListThatShowsNothingNewIsOneWrite(t *testing.T) {
	t.Parallel()
	b, writes := setup(), map[table.Name]int{}
	db := memory.New()
	b.DB = db
	b.list(t, t, 1, "a", "b") // fills
	b.list(t, t, 2, "a", "b") // confirms each
	db.Watch(func(name table.Name, _, _ table.Item) { writes[name]++ })
	b.list(t, t, 3, "a", "b")
	b.list(t, t, 4, "a", "b")
	if writes[table.Mirror] != 0 || writes[table.Connections] != 2 {
		t.Errorf("wrote %v", writes)
	}
	if r := b.apply(t, t, user("1", "late", 3)); r.Outcome != mirror.Older || !r.Conflicting {
		t.Errorf("a look from before the last list: %+v", r)
	}
	if r := b.apply(t, t, user("1", "new", 5)); r.Outcome != mirror.Updated {
		t.Errorf("a look from after the last list: %+v", r)
	}
	if r := b.apply(t, t, user("0", "late", 4)); r.Outcome != mirror.Older {
		t.Errorf("what changed of one user makes room for an older look at another: %+v", r)
	}
	b.list(t, t, 6, "a", "b") // as it was before
	if r, _, err := b.Known(t.Context(), "c1", mirror.User, "1"); err != nil || r.Doc != "b" {
		t.Errorf("a list as the one before the change left %+v, %v", r, err)
	}
}

// Whatever comes in whatever order, each user is as the fetch that was started last showed it.
func TestListsAndLooksEndAsTheLatestFetch(t *testing.T) {
	t.Parallel()
	const users = 3
	rapid.Check(t, func(r *rapid.T) {
		b, shown, latest := setup(), [users]string{}, [users]int{}
		times := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}).Draw(r, "times")
		if rapid.Bool().Draw(r, "ordered") {
			times = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
		}
		sees := func(i, at int, doc string) {
			if at > latest[i] {
				shown[i], latest[i] = doc, at
			}
		}
		doc := rapid.SampledFrom([]string{"a", "a", "b"})
		b.list(t, r, 0, "a", "a", "a")
		for i := range users {
			sees(i, 0, "a")
			shown[i] = "a"
		}
		for _, at := range times {
			if i := rapid.IntRange(-2, users-1).Draw(r, "which"); i >= 0 {
				d := doc.Draw(r, "look")
				b.apply(t, r, user(fmt.Sprint(i), d, at))
				sees(i, at, d)
			} else {
				docs := make([]string, users)
				for i := range users {
					docs[i] = doc.Draw(r, "list")
					sees(i, at, docs[i])
				}
				b.list(t, r, at, docs...)
			}
			for i, want := range shown {
				got, _, err := b.Known(t.Context(), "c1", mirror.User, fmt.Sprint(i))
				if err != nil || got.Doc != want {
					r.Fatalf("user %d is %q at %d, want %q as of %d; %v", i, got.Doc, at, want, latest[i], err)
				}
			}
		}
	})
}

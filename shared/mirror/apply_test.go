package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type bundle struct {
	*mirror.Store
	now time.Time
}

func setup() *bundle {
	b := &bundle{now: start}
	b.Store = &mirror.Store{DB: memory.New(), Retention: 30 * 24 * time.Hour, Now: func() time.Time {
		b.now = b.now.Add(time.Millisecond)
		return b.now
	}}
	return b
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func (b *bundle) apply(t *testing.T, f fataler, o mirror.Observation) mirror.Result {
	f.Helper()
	r, err := b.Apply(t.Context(), "t1", "c1", o)
	if err != nil {
		f.Fatal(err)
	}
	return r
}

func (b *bundle) get(t *testing.T, f fataler) mirror.Record {
	f.Helper()
	r, _, err := b.Known(t.Context(), "c1", mirror.Candidate, "o1")
	if err != nil {
		f.Fatal(err)
	}
	return r
}

func seen(at int, doc string) mirror.Observation {
	return mirror.Observation{Kind: mirror.Candidate, ID: "o1", Fetched: start.Add(time.Duration(at) * time.Second), State: mirror.Active, Doc: doc}
}

func gone(at int) mirror.Observation {
	o := seen(at, "")
	o.State, o.Reason = mirror.Removed, "deleted"
	return o
}

func TestApplyTwiceIsApplyOnceAndTheLatestFetchWinsInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, latest := setup(), mirror.Observation{}
		times := rapid.Permutation([]int{1, 2, 3, 4, 5, 6}).Draw(rt, "order")
		for _, at := range append(times, times...) {
			o := seen(at, fmt.Sprintf(`{"stageId":"s%d"}`, at%3))
			if at%4 == 0 {
				o = gone(at)
			}
			b.apply(t, rt, o)
			if o.Fetched.After(latest.Fetched) {
				latest = o
			}
			if r := b.get(t, rt); r.State != latest.State || r.Doc != latest.Doc || r.Fetched != latest.Fetched.UnixMicro() {
				rt.Fatalf("after %d: %s %q, want %s %q", at, r.State, r.Doc, latest.State, latest.Doc)
			}
		}
	})
}

func TestUnchangedAdvancesTheFetchButNotTheVersion(t *testing.T) {
	t.Parallel()
	b := setup()
	if r := b.apply(t, t, seen(1, "{}")); r.Outcome != mirror.Created {
		t.Errorf("outcome %d", r.Outcome)
	}
	before := b.get(t, t)
	if r := b.apply(t, t, seen(2, "{}")); r.Outcome != mirror.Unchanged {
		t.Errorf("outcome %d", r.Outcome)
	}
	after := b.get(t, t)
	if after.Version != before.Version || after.Fetched <= before.Fetched {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestTombstoneKeepsAnEarlierPageAwayAndALaterFetchBringsBack(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		b := setup()
		if known {
			b.apply(t, t, seen(1, "{}"))
		}
		b.apply(t, t, gone(3))
		if r := b.apply(t, t, seen(2, "{}")); r.Outcome != mirror.Older {
			t.Errorf("a stale page read brought a person back: %d", r.Outcome)
		}
		if r := b.get(t, t); r.State != mirror.Removed || r.Doc != "" {
			t.Errorf("%+v", r)
		}
		if r := b.apply(t, t, seen(4, "{}")); !r.Outcome.Changes() {
			t.Errorf("a later fetch did not bring it back: %d", r.Outcome)
		}
	}
}

func TestFetchesThatDisagreeAskForAnotherLook(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(10, `{"stageId":"a"}`))
	if r := b.apply(t, t, seen(9, `{"stageId":"b"}`)); !r.Conflicting {
		t.Error("an older fetch that showed something else was dropped in silence")
	}
	if r := b.apply(t, t, seen(9, `{"stageId":"a"}`)); r.Conflicting {
		t.Error("an older fetch that showed the same asks for another look")
	}
}

func TestInactiveStrangerLeavesNoData(t *testing.T) {
	t.Parallel()
	b := setup()
	o := seen(1, `{"name":"Somebody"}`)
	o.State, o.Reason, o.LeftAt = mirror.Inactive, "archived", start
	if r := b.apply(t, t, o); r.Outcome.Changes() {
		t.Errorf("outcome %d", r.Outcome)
	}
	if r := b.get(t, t); r.Doc != "" || r.Version != 0 {
		t.Errorf("%+v", r)
	}
}

func TestInactiveDataIsHiddenAfterItsTimeAndErased(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(1, `{"name":"Somebody"}`))
	o := seen(2, `{"name":"Somebody","archived":true}`)
	o.State, o.Reason, o.LeftAt = mirror.Inactive, "archived", start
	b.apply(t, t, o)
	left, _, _ := b.Get(t.Context(), "c1", mirror.Candidate, "o1")
	if left.Doc == "" {
		t.Error("hidden before its time")
	}
	b.now = start.Add(31 * 24 * time.Hour)
	if r, _, _ := b.Get(t.Context(), "c1", mirror.Candidate, "o1"); r.Doc != "" {
		t.Error("shown after its time")
	}
	if n, err := b.Erase(t.Context(), "c1"); n != 1 || err != nil {
		t.Errorf("erased %d, %v", n, err)
	}
	erased := b.get(t, t)
	if erased.Doc != "" || erased.State != mirror.Inactive || erased.Version <= left.Version {
		t.Errorf("erased: %+v, and it left as version %d", erased, left.Version)
	}
	if again := b.apply(t, t, later(o)); again.Outcome != mirror.Unchanged {
		t.Errorf("another look at what was erased: outcome %d", again.Outcome)
	}
}

// later is the same observation by a fetch of much later.
func later(o mirror.Observation) mirror.Observation {
	o.Fetched = o.Fetched.Add(365 * 24 * time.Hour)
	return o
}

// What consumers know under a version never changes: neither what Get shows, nor what stands in the feed.
func TestAVersionNamesOneContent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, known := setup(), map[int64]mirror.Record{}
		states := rapid.SliceOfN(rapid.SampledFrom([]mirror.State{mirror.Active, mirror.Inactive, mirror.Removed}), 1, 8).Draw(rt, "states")
		for i, state := range states {
			o := seen(i, fmt.Sprintf(`{"stageId":"s%d"}`, i%2))
			o.State, o.LeftAt = state, start
			o.Kind, o.Parent = mirror.Interview, []string{"o7", ""}[i%2]
			o.Reason = []string{"deleted", "unreadable"}[i%2]
			o.Confidential = i%3 == 0
			b.apply(t, rt, o)
			r, found, err := b.Get(t.Context(), "c1", mirror.Interview, "o1")
			if err != nil {
				rt.Fatal(err)
			}
			shown := mirror.Record{State: r.State, Reason: r.Reason, Doc: r.Doc, Parent: r.Parent, Confidential: r.Confidential, ChangedAt: r.ChangedAt}
			if was, before := known[r.Version]; found && before && was != shown {
				rt.Fatalf("version %d was %+v and is %+v", r.Version, was, shown)
			}
			known[r.Version] = shown
		}
	})
}

// Anybody who may send a hint or ask for a resync can name an id that never was. Its time is kept against older fetches;
// consumers see nothing of it.
func TestWhatNeverWasIsNotShown(t *testing.T) {
	t.Parallel()
	archived := gone(1)
	archived.State, archived.Reason = mirror.Inactive, "archived"
	for name, o := range map[string]mirror.Observation{"removed": gone(1), "inactive": archived} {
		b := setup()
		for range 3 {
			if r := b.apply(t, t, o); r.Outcome.Changes() {
				t.Errorf("%s: outcome %d", name, r.Outcome)
			}
			o.Fetched = o.Fetched.Add(time.Second)
		}
		if _, found, err := b.Get(t.Context(), "c1", mirror.Candidate, "o1"); found || err != nil {
			t.Errorf("%s: found, %v", name, err)
		}
		listed, _, err := b.List(t.Context(), "c1", mirror.Candidate, mirror.ListOptions{All: true, Limit: 10})
		if len(listed) > 0 || err != nil {
			t.Errorf("%s: listed %v, %v", name, listed, err)
		}
		fed, _, err := b.Changes(t.Context(), "c1", "", 10)
		if len(fed) > 0 || err != nil {
			t.Errorf("%s: in the feed %v, %v", name, fed, err)
		}
		counts, err := b.Counts(t.Context(), "c1")
		if counts[mirror.Candidate] != (mirror.Count{}) || err != nil {
			t.Errorf("%s: counted %+v, %v", name, counts, err)
		}
	}
}

func TestChangeFeedLosesNothing(t *testing.T) {
	t.Parallel()
	b := setup()
	at := b.now
	b.Store.Now = func() time.Time { return at } // all at once: versions tie
	for i := range 7 {
		o := seen(1, "{}")
		o.ID = fmt.Sprint("o", i)
		b.apply(t, t, o)
	}
	b.Store.Now = func() time.Time { return at.Add(time.Hour) }
	got := map[string]bool{}
	for cursor, calls := "", 0; calls < 5; calls++ {
		records, next, err := b.Changes(t.Context(), "c1", cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			got[r.ID] = true
		}
		cursor = next
	}
	if len(got) != 7 {
		t.Errorf("%d of 7 records", len(got))
	}
}

func TestCountsListAndPurge(t *testing.T) {
	t.Parallel()
	b := setup()
	for i := range 5 {
		o := seen(1, "{}")
		o.ID = fmt.Sprint("o", i)
		b.apply(t, t, o)
	}
	b.apply(t, t, func() mirror.Observation { o := gone(2); o.ID = "o3"; return o }())
	counts, err := b.Counts(t.Context(), "c1")
	if err != nil || counts[mirror.Candidate].Active != 4 || counts[mirror.Candidate].Total != 4 {
		t.Errorf("%+v, %v", counts, err)
	}
	var ids []string
	for cursor := ""; ; {
		page, next, err := b.List(t.Context(), "c1", mirror.Candidate, mirror.ListOptions{Limit: 2, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(ids) != "[o0 o1 o2 o4]" {
		t.Errorf("listed %v", ids)
	}
	if err := b.Purge(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	if r := b.get(t, t); r.Rev != 0 {
		t.Errorf("left %+v", r)
	}
}

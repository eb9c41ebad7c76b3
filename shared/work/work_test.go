package work_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // work fails here on purpose
	m.Run()
}

type bundle struct {
	list   *work.List
	now    time.Time
	nudges []work.Nudge
	ref    work.Ref
}

func (b *bundle) Nudge(_ context.Context, n work.Nudge, _ time.Duration) error {
	b.nudges = append(b.nudges, n)
	return nil
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ref: work.Ref{Connection: "c1", Kind: work.Hint, Target: "opportunity/o1"}}
	ids := 0
	b.list = &work.List{DB: memory.New(), Now: func() time.Time { return b.now }, NewID: func() string { ids++; return strconv.Itoa(ids) }}
	return b
}

func (b *bundle) ask(t *testing.T) {
	t.Helper()
	if err := b.list.Ask(t.Context(), b.ref, b.now, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) claim(t *testing.T) work.Item {
	t.Helper()
	item, ok, err := b.list.Claim(t.Context(), b.ref, time.Minute)
	if err != nil || !ok {
		t.Fatalf("claim: %t, %v", ok, err)
	}
	return item
}

func TestOnlyOneClaimsAndADeadHolderIsReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	first := b.claim(t)
	if _, ok, err := b.list.Claim(t.Context(), b.ref, time.Minute); ok || err != nil {
		t.Fatalf("claimed twice: %v", err)
	}
	b.now = b.now.Add(time.Minute)
	b.claim(t)
	if _, err := b.list.Finish(t.Context(), first); !errors.Is(err, work.ErrLost) {
		t.Errorf("the dead holder finished: %v", err)
	}
}

func TestAskWhileClaimedIsNotLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	item := b.claim(t)
	b.ask(t)
	again, err := b.list.Finish(t.Context(), item)
	if err != nil || !again {
		t.Fatalf("again %t, %v", again, err)
	}
	item = b.claim(t)
	if again, err = b.list.Finish(t.Context(), item); err != nil || again {
		t.Fatalf("again %t, %v", again, err)
	}
	if _, found, err := b.list.Find(t.Context(), b.ref); found || err != nil {
		t.Errorf("finished work is still there: %v", err)
	}
}

func TestOverdueShowsWhatIsDueAndDeadHolders(t *testing.T) {
	t.Parallel()
	for kind, held := range map[work.Kind]int{work.Hint: 1, work.Resync: 0} { // a hint stands where it stood
		b := setup(t)
		b.ref.Kind = kind
		b.ask(t)
		overdue := func() (n int) {
			for shard := range work.Shards {
				items, err := b.list.Overdue(t.Context(), shard, b.now, 10)
				if err != nil {
					t.Fatal(err)
				}
				n += len(items)
			}
			return n
		}
		if overdue() != 1 {
			t.Errorf("%s: due work is not overdue", kind)
		}
		dead := b.claim(t)
		if _, ok, err := b.list.Claim(t.Context(), b.ref, time.Minute); ok || err != nil {
			t.Errorf("%s: somebody else holds it, and it is claimed: %t, %v", kind, ok, err)
		}
		if overdue() != held {
			t.Errorf("%s: %d overdue while it is held", kind, overdue())
		}
		b.now = b.now.Add(time.Minute)
		if overdue() != 1 {
			t.Errorf("%s: work of a dead holder is not overdue", kind)
		}
		alive := b.claim(t)
		if _, err := b.list.Finish(t.Context(), dead); !errors.Is(err, work.ErrLost) {
			t.Errorf("%s: the dead one finishes: %v", kind, err)
		}
		if again, err := b.list.Finish(t.Context(), alive); again || err != nil || overdue() != 0 {
			t.Errorf("%s: done work is overdue: %t, %v", kind, again, err)
		}
	}
}

// A process that stood still past its claim, while others finished the work and were asked for it anew, ends nothing of theirs.
func TestALateHolderEndsNobodysWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	late := b.claim(t)
	b.now = b.now.Add(time.Hour)
	if _, err := b.list.Finish(t.Context(), b.claim(t)); err != nil {
		t.Fatal(err)
	}
	b.ask(t)
	b.claim(t) // the revision is that of the late holder's claim
	if _, err := b.list.Finish(t.Context(), late); !errors.Is(err, work.ErrLost) {
		t.Errorf("the late holder finishes: %v", err)
	}
	if _, found, err := b.list.Find(t.Context(), b.ref); err != nil || !found {
		t.Errorf("the work of another is gone: %v", err)
	}
}

func TestFailuresWaitLongerAndAreSetAsideInTheEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	attendant := &work.Attendant{List: b.list, Nudge: b, Hold: time.Minute, Limit: 3}
	broken := fault.New(fault.Internal, "odd-record", "")
	var waits []time.Duration
	for range 3 {
		err := attendant.Attend(t.Context(), work.Nudge{Ref: b.ref}, func(context.Context, work.Item) (work.Verdict, error) {
			return work.Done(), broken
		})
		if err != nil {
			t.Fatal(err)
		}
		item, _, err := b.list.Find(t.Context(), b.ref)
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, time.UnixMilli(item.Due).Sub(b.now))
		b.now = time.UnixMilli(item.Due)
		if item.Cause != "odd-record" {
			t.Errorf("cause %q", item.Cause)
		}
	}
	if waits[1] <= waits[0] {
		t.Errorf("waits %v", waits)
	}
	if item, _, _ := b.list.Find(t.Context(), b.ref); !item.SetAside {
		t.Error("not set aside")
	}
	b.ask(t)
	b.claim(t)
}

func TestOutageHoweverLongSetsNothingAside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	attendant := &work.Attendant{List: b.list, Nudge: b, Hold: time.Minute, Limit: 3}
	for range 100 {
		err := attendant.Attend(t.Context(), work.Nudge{Ref: b.ref}, func(context.Context, work.Item) (work.Verdict, error) {
			return work.Done(), fault.New(fault.Unavailable, "lever-down", "")
		})
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(5 * time.Minute)
	}
	item, _, err := b.list.Find(t.Context(), b.ref)
	if err != nil || item.SetAside || item.Attempts != 100 || item.Cause != "lever-down" {
		t.Errorf("%+v, %v", item, err)
	}
}

func TestRateWaitIsNoFailure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	attendant := &work.Attendant{List: b.list, Nudge: b, Hold: time.Minute, Limit: 1}
	at := b.now.Add(5 * time.Second)
	err := attendant.Attend(t.Context(), work.Nudge{Ref: b.ref}, func(context.Context, work.Item) (work.Verdict, error) {
		return work.Again(b.now, "checkpoint"), fault.New(fault.RateLimited, "lever-busy", "").At(at)
	})
	if err != nil {
		t.Fatal(err)
	}
	item, _, err := b.list.Find(t.Context(), b.ref)
	if err != nil || item.Attempts != 0 || item.SetAside || item.Note != "checkpoint" || item.Due != at.UnixMilli() {
		t.Errorf("%+v, %v", item, err)
	}
	if len(b.nudges) != 1 || b.nudges[0].Hops != 1 {
		t.Errorf("nudges %+v", b.nudges)
	}
}

// Found when ages were measured: an item asked for an hour ahead counted as waiting since it was asked.
func TestAnItemWaitsFromWhenItIsWanted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	waits := func() time.Duration {
		item, _, err := b.list.Find(t.Context(), b.ref)
		if err != nil {
			t.Fatal(err)
		}
		return b.now.Sub(time.UnixMilli(item.FirstAsked))
	}
	if err := b.list.Ask(t.Context(), b.ref, b.now.Add(time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	if got := waits(); got != -time.Hour {
		t.Errorf("asked for an hour ahead, it waits %s", got)
	}
	b.now = b.now.Add(time.Minute)
	b.ask(t)
	b.now = b.now.Add(time.Minute)
	b.ask(t)
	if got := waits(); got != time.Minute {
		t.Errorf("asked for a minute ago, it waits %s", got)
	}
}

func TestWhatIsPutOffIsNotSoonerForBeingAskedForAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	claimed := b.claim(t)
	until := b.now.Add(time.Minute)
	if err := b.list.Wait(t.Context(), claimed, until, "n"); err != nil {
		t.Fatal(err)
	}
	b.ask(t)
	if item, _, err := b.list.Find(t.Context(), b.ref); err != nil || item.Due != until.UnixMilli() || item.Note != "n" {
		t.Errorf("due %d, not %d: %v", item.Due, until.UnixMilli(), err)
	}
	b.now = until
	if again, err := b.list.Finish(t.Context(), b.claim(t)); err != nil || again {
		t.Errorf("%t, %v", again, err)
	}
}

func TestCheckpointIsKeptUnderTheClaimOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t)
	claimed := b.claim(t)
	if err := b.list.Keep(t.Context(), claimed, "page 1"); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	if heir := b.claim(t); heir.Note != "page 1" {
		t.Errorf("the heir goes on from %q", heir.Note)
	}
	if err := b.list.Keep(t.Context(), claimed, "page 2"); !errors.Is(err, work.ErrLost) {
		t.Errorf("a worker whose claim ran out may go on: %v", err)
	}
}

func TestStormAboutOneObjectIsWrittenDownOnceAndLosesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	writes := 0
	b.list.DB.(*memory.DB).Watch(func(table.Name, table.Item, table.Item) { writes++ })
	for range 50 {
		b.ask(t)
	}
	if writes != 1 {
		t.Errorf("%d writes before anybody looks", writes)
	}
	claimed := b.claim(t)
	writes = 0
	for range 50 {
		b.ask(t)
	}
	if writes != 1 {
		t.Errorf("%d writes while somebody looks", writes)
	}
	if again, err := b.list.Finish(t.Context(), claimed); err != nil || !again {
		t.Errorf("nobody looks again: %v", err)
	}
	if again, err := b.list.Finish(t.Context(), b.claim(t)); err != nil || again {
		t.Errorf("%t, %v", again, err)
	}
}

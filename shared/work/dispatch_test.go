package work

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/table/memory"
)

// slowQueue takes ten milliseconds a nudge and notes how many came at once.
type slowQueue struct {
	mu           sync.Mutex
	now, most, n int
	bad          string // the target that fails
}

func (q *slowQueue) Nudge(_ context.Context, n Nudge, _ time.Duration) error {
	q.mu.Lock()
	q.now++
	q.most = max(q.most, q.now)
	q.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.now--
	if n.Target == q.bad {
		if n.Kind == Hint {
			panic("a defect")
		}
		return errors.New("refused")
	}
	q.n++
	return nil
}

func TestDispatchNudgesAShardSideBySideAndGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := &List{DB: memory.New(), Now: time.Now, NewID: func() string { return "x" }}
		for i := range 400 {
			ref := Ref{Connection: "c", Kind: Delta, Target: fmt.Sprint(i)} // one connection is one shard
			if err := list.Ask(t.Context(), ref, time.Now(), nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, ref := range []Ref{{"c", Delta, "bad"}, {"c", Hint, "bad"}} {
			if err := list.Ask(t.Context(), ref, time.Now(), nil); err != nil {
				t.Fatal(err)
			}
		}
		q, seen := &slowQueue{bad: "bad"}, 0
		began := time.Now()
		nudged, err := (&Dispatcher{List: list, Nudge: q, Now: time.Now}).Run(t.Context(), func(int, Item) { seen++ })
		if nudged != 400 || q.n != 400 || seen != 402 {
			t.Errorf("%d nudged, %d sent, %d seen", nudged, q.n, seen)
		}
		if err == nil || !strings.Contains(err.Error(), "refused") || !strings.Contains(err.Error(), "panic") || strings.Contains(err.Error(), "defect") {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); q.most != inFlight || took > 600*time.Millisecond {
			t.Errorf("%d at once, %s", q.most, took)
		}
	})
}

// delta is a list on which one delta is due.
func delta(t *testing.T) (*List, Ref) {
	list := &List{DB: memory.New(), Now: time.Now, NewID: func() string { return "x" }}
	ref := Ref{Connection: "c", Kind: Delta, Target: "all"}
	if err := list.Ask(t.Context(), ref, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	return list, ref
}

// What somebody else nudges in time is left to them, until their nudge is late.
func TestDispatchLeavesAwaitedNudgesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, ref := delta(t)
		own, q := &slowQueue{}, &slowQueue{}
		a := &Attendant{List: list, Nudge: own, Hold: time.Minute, Limit: 3}
		do := func(context.Context, Item) (Verdict, error) { return Next(time.Now().Add(50*time.Second), ""), nil }
		if err := a.Attend(t.Context(), Nudge{Ref: ref}, do); err != nil || own.n != 1 {
			t.Fatalf("%d nudges of its own, %v", own.n, err)
		}
		d := &Dispatcher{List: list, Nudge: q, Now: time.Now}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 0}, {50 * time.Second, 0}, {trusted + watch - time.Second, 0}, {2 * time.Second, 1}} {
			time.Sleep(step.after)
			if nudged, err := d.Run(t.Context(), func(int, Item) {}); err != nil || nudged != step.want {
				t.Errorf("%s later: %d nudged, want %d; %v", step.after, nudged, step.want, err)
			}
		}
		if err := a.Attend(t.Context(), Nudge{Ref: ref, Hops: MaxHops}, do); err != nil || own.n != 1 {
			t.Fatalf("a chain at its end goes on: %d, %v", own.n, err)
		}
		if nudged, err := d.Run(t.Context(), func(int, Item) {}); err != nil || nudged != 1 {
			t.Errorf("nobody else nudges: %d, %v", nudged, err)
		}
	})
}

// Work that comes back by itself each minute moves in the index every fourth time only, for a move is two writes.
func TestWorkThatIsAwaitedSeldomMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, ref := delta(t)
		a := &Attendant{List: list, Nudge: &slowQueue{}, Hold: time.Minute, Limit: 3}
		moves, last := 0, Item{}
		for range 40 {
			if err := a.Attend(t.Context(), Nudge{Ref: ref}, func(context.Context, Item) (Verdict, error) { return Next(time.Now().Add(55*time.Second), ""), nil }); err != nil {
				t.Fatal(err)
			}
			i, _, err := list.Find(t.Context(), ref)
			if late := i.FindAt - i.Due; err != nil || late < trusted.Milliseconds() || late > (trusted+watch).Milliseconds() {
				t.Fatalf("found %d ms after it is due, %v", late, err)
			}
			if i.FindAt != last.FindAt || i.FirstAsked != last.FirstAsked || !i.Nudged {
				moves++
			}
			if last = i; time.Since(time.UnixMilli(i.DoneAt)) > time.Second {
				t.Errorf("done at %d", i.DoneAt)
			}
			time.Sleep(55 * time.Second)
		}
		if moves != 10 {
			t.Errorf("%d writes to the index of 40", moves)
		}
	})
}

// Only work that went well may be found late: what fails and is tried again within a minute is seen by each dispatch, so that
// the alarm on it does not waver.
func TestWorkThatFailsIsSeenByEachDispatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, ref := delta(t)
		a := &Attendant{List: list, Nudge: &slowQueue{}, Hold: time.Minute, Limit: 30}
		do := func(failure error) {
			t.Helper()
			err := a.Attend(t.Context(), Nudge{Ref: ref}, func(context.Context, Item) (Verdict, error) { return Next(time.Now().Add(55*time.Second), ""), failure })
			if err != nil {
				t.Fatal(err)
			}
		}
		do(nil)
		first, _, err := list.Find(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		for attempt := range 5 { // waits of up to half a minute
			i, _, err := list.Find(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(time.UnixMilli(i.Due)))
			do(errors.New("refused"))
			seen := 0
			if _, err := (&Dispatcher{List: list, Nudge: &slowQueue{}, Now: time.Now}).Run(t.Context(), func(_ int, i Item) {
				if seen++; i.FirstAsked != first.FirstAsked || !i.Nudged {
					t.Errorf("attempt %d: waits since %d, not %d; nudged: %t", attempt, i.FirstAsked, first.FirstAsked, i.Nudged)
				}
			}); err != nil || seen != 1 {
				t.Errorf("attempt %d: seen %d times, %v", attempt, seen, err)
			}
		}
	})
}

// brokenList fails in one shard and panics in another.
type brokenList struct{}

func (brokenList) Overdue(_ context.Context, shard int, _ time.Time, _ int) ([]Item, error) {
	switch shard {
	case 3:
		return nil, errors.New("throttled")
	case 4:
		panic("a defect")
	}
	return []Item{{}}, nil
}

func TestDispatchOfAShardThatFailsStopsNoOther(t *testing.T) {
	t.Parallel()
	nudged, err := (&Dispatcher{List: brokenList{}, Nudge: &slowQueue{bad: "none"}, Now: time.Now}).Run(t.Context(), func(int, Item) {})
	if nudged != Shards-2 || err == nil || !strings.Contains(err.Error(), "shard 3") || !strings.Contains(err.Error(), "panic") {
		t.Errorf("%d nudged, %v", nudged, err)
	}
}

package budget_test

import (
	"context"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

func setup(t *testing.T) (*budget.Budget, *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := &budget.Budget{DB: memory.New(), Limits: budget.Lever(), Now: func() time.Time { return now }}
	b.Sleep = func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil }
	return b, &now
}

func TestRateIsNeverAboveLeversLimit(t *testing.T) {
	t.Parallel()
	b, now := setup(t)
	start := *now
	for n := 1; n <= 200; n++ {
		if err := b.Lease("c1", budget.DecisionLane).Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		if allowed := 20 + 10*now.Sub(start).Seconds(); float64(n) > allowed+0.01 {
			t.Fatalf("%d requests after %s, Lever allows %.1f", n, now.Sub(start), allowed)
		}
	}
	if took := now.Sub(start); took > 18*time.Second+100*time.Millisecond {
		t.Errorf("200 requests took %s, the limit allows 18 s", took)
	}
}

func TestLowerLaneLeavesTheReserve(t *testing.T) {
	t.Parallel()
	b, now := setup(t)
	start := *now
	resync := b.Lease("c1", budget.ResyncLane)
	for range 60 {
		if err := resync.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if now.Equal(start) {
		t.Fatal("the resync never waited")
	}
	before := *now
	if err := b.Lease("c1", budget.DecisionLane).Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !now.Equal(before) {
		t.Errorf("a decision waited %s beside a resync", now.Sub(before))
	}
}

func TestThrottledStopsEveryoneOfTheConnectionAndRecovers(t *testing.T) {
	t.Parallel()
	b, now := setup(t)
	one := b.Lease("c1", budget.HintLane)
	one.Throttled(t.Context(), 0)
	before := *now
	if err := b.Lease("c1", budget.HintLane).Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now.Equal(before) {
		t.Error("another worker of the connection did not stop")
	}
	before = *now
	if err := b.Lease("c2", budget.HintLane).Take(t.Context()); err != nil || !now.Equal(before) {
		t.Errorf("another connection waited: %v", err)
	}
	one.Throttled(t.Context(), time.Minute)
	err := b.Lease("c1", budget.HintLane).Take(t.Context())
	if late := fault.RetryAt(err).Sub(now.Add(time.Minute)); fault.KindOf(err) != fault.RateLimited || late < 0 || late > 2*time.Second {
		t.Errorf("a long wait is not put off: %v, until %s", err, fault.RetryAt(err))
	}
	*now = now.Add(2 * time.Minute)
	start := *now
	for range 100 {
		if err := b.Lease("c1", budget.PromisedLane).Take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if took := now.Sub(start); took > 9*time.Second {
		t.Errorf("after recovery 100 requests took %s", took)
	}
}

func TestHintsBeyondTheRateStandInLineAndLeaveRoomForTheLanesBelow(t *testing.T) {
	t.Parallel()
	b, now := setup(t)
	b.Lease("c1", budget.HintLane).Throttled(t.Context(), 2*time.Second)
	var promised []time.Time
	for range 300 {
		before := *now
		err := b.Lease("c1", budget.HintLane).Take(t.Context())
		if waited := now.Sub(before); waited > time.Second {
			t.Fatalf("a hint waited %s in its slot", waited)
		}
		if err != nil {
			promised = append(promised, fault.RetryAt(err))
		}
	}
	if len(promised) < 200 {
		t.Fatalf("only %d of 300 were put off", len(promised))
	}
	late, deltas := 0, 0
	for i, at := range promised {
		if i > 0 && at.Sub(promised[i-1]) < 100*time.Millisecond {
			t.Fatalf("places %s and %s are too near", promised[i-1], at)
		}
		*now = later(*now, at)
		if b.Lease("c1", budget.PromisedLane).Take(t.Context()) != nil {
			late++
		}
		if b.Lease("c1", budget.DeltaLane).Take(t.Context()) == nil {
			deltas++
		}
	}
	if late > len(promised)/20 || deltas < 10 {
		t.Errorf("%d of %d were not served in their time, %d deltas passed", late, len(promised), deltas)
	}
	if length := promised[len(promised)-1].Sub(promised[0]); length > time.Minute {
		t.Errorf("the line of %d is %s long", len(promised), length)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Each of many processes booked a tenth of the line's length for hints of its own that never came, so a line of some seconds
// grew to a minute although few hints stood in it.
func TestALineIsNoLongerThanThoseWhoStandInIt(t *testing.T) {
	t.Parallel()
	first, now := setup(t)
	first.Lease("c1", budget.HintLane).Throttled(t.Context(), 8*time.Second) // a line begins
	var last time.Time
	for range 40 {
		other := &budget.Budget{DB: first.DB, Now: first.Now, Sleep: first.Sleep, Limits: first.Limits} // a process of its own
		if err := other.Lease("c1", budget.HintLane).Take(t.Context()); err != nil {
			last = fault.RetryAt(err)
		}
		*now = now.Add(50 * time.Millisecond)
	}
	if most := 8*time.Second + 40*125*time.Millisecond; last.IsZero() || last.Sub(*now) > most {
		t.Errorf("the last of 40 is served %s after it came, want at most %s", last.Sub(*now), most)
	}
}

// Calls that are made at once take their permits at once, or none of them: an answer would be thrown away while another waits.
func TestTogetherIsAllOrNothingAndWaitsForNobody(t *testing.T) {
	t.Parallel()
	b, now := setup(t)
	start := *now
	delta := b.Lease("c1", budget.DeltaLane)
	if ok, err := delta.Together(t.Context(), 6); err != nil || !ok {
		t.Fatalf("an idle connection: %t, %v", ok, err)
	}
	for range 6 {
		if err := delta.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	granted := 6
	for range 20 {
		ok, err := delta.Together(t.Context(), 6)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			granted += 6
		}
	}
	if !now.Equal(start) || granted > 20 {
		t.Errorf("%d permits in %s", granted, now.Sub(start))
	}
	if err := b.Lease("c1", budget.DecisionLane).Take(t.Context()); err != nil || !now.Equal(start) {
		t.Errorf("a decision waited %s, %v", now.Sub(start), err)
	}
}

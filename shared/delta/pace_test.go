package delta

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
)

func TestThePatrolIsBriskWhileThereIsDoubt(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	before := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	r := &Runner{Now: func() time.Time { return now }}
	for name, c := range map[string]struct {
		connected time.Duration
		hook      connection.Hook
		want      bool
	}{
		"first day":                       {time.Hour, connection.Hook{}, true},
		"all is well":                     {48 * time.Hour, connection.Hook{Event: lever.EventInterviewCreated}, false},
		"an interview was missed":         {48 * time.Hour, connection.Hook{Event: lever.EventInterviewDeleted, Missed: 1, MissedAt: before(time.Hour)}, true},
		"one was missed, days ago":        {148 * time.Hour, connection.Hook{Event: lever.EventInterviewDeleted, Missed: 1, MissedAt: before(50 * time.Hour)}, false},
		"it looks switched off":           {148 * time.Hour, connection.Hook{Event: lever.EventInterviewUpdated, Missed: 3, MissedAt: before(50 * time.Hour), EnoughAt: before(49 * time.Hour)}, true},
		"a candidate's change was missed": {48 * time.Hour, connection.Hook{Event: lever.EventCandidateHired, Missed: 5, MissedAt: before(time.Hour), EnoughAt: before(time.Minute)}, false},
	} {
		c.hook.LeverID, c.hook.LastEvent = "1", before(time.Hour)
		if got := r.brisk(connection.Connection{ConnectedAt: before(c.connected)}, connection.Progress{}, []connection.Hook{{}, c.hook}); got != c.want {
			t.Errorf("%s: brisk %t", name, got)
		}
	}
	well := connection.Hook{LeverID: "1", Event: lever.EventInterviewCreated}
	for name, hooks := range map[string][]connection.Hook{"nothing was ever heard": {well}, "one is missing": {{LastEvent: 1}, well, {Event: lever.EventInterviewUpdated}}} {
		if !r.brisk(connection.Connection{ConnectedAt: before(48 * time.Hour)}, connection.Progress{}, hooks) {
			t.Errorf("%s: not brisk", name)
		}
	}
	if !r.brisk(connection.Connection{ConnectedAt: before(48 * time.Hour), HooksRefusedAt: 1}, connection.Progress{}, []connection.Hook{{LastEvent: 1}}) {
		t.Error("webhooks are refused: not brisk")
	}
	for name, p := range map[string]connection.Progress{
		"the patrol found a change": {PatrolFind: before(time.Hour)},
		"the full check found one":  {EndedAt: before(time.Hour), Drift: []connection.KindDrift{{Kind: "interview", Stale: 1}}},
	} {
		if !r.brisk(connection.Connection{ConnectedAt: before(48 * time.Hour)}, p, []connection.Hook{{LastEvent: 1}}) {
			t.Errorf("%s: not brisk", name)
		}
	}
	for _, c := range []struct {
		active int
		brisk  bool
		want   time.Duration
	}{
		{1000, true, 20 * time.Second},
		{0, false, 20 * time.Second},
		{40, false, 15 * time.Minute},      // one in 45 s
		{1000, false, 864 * time.Second},   // 50 legs in twelve hours
		{12_000, false, 72 * time.Second},  // the same
		{200_000, false, 20 * time.Second}, // never more than one a second
	} {
		if got := restAfter(c.active, c.brisk); got != c.want {
			t.Errorf("%d candidates, brisk %t: rests %s, want %s", c.active, c.brisk, got, c.want)
		}
	}
}

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
	well := connection.Progress{EndedAt: before(20 * time.Hour)}
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
		if got := r.brisk(connection.Connection{ConnectedAt: before(c.connected)}, well, []connection.Hook{{}, c.hook}); got != c.want {
			t.Errorf("%s: brisk %t", name, got)
		}
	}
	told := connection.Hook{LeverID: "1", Event: lever.EventInterviewCreated}
	silent := connection.Hook{LeverID: "1", LastEvent: 1, Event: lever.EventCandidateHired, Missed: 3, EnoughAt: 1}
	for name, hooks := range map[string][]connection.Hook{"nothing arrives": {silent, silent}, "nothing was ever heard": {told}, "one is missing": {{LastEvent: 1}, told, {Event: lever.EventInterviewUpdated}}} {
		if !r.brisk(connection.Connection{ConnectedAt: before(48 * time.Hour)}, well, hooks) {
			t.Errorf("%s: not brisk", name)
		}
	}
	if !r.brisk(connection.Connection{ConnectedAt: before(48 * time.Hour), HooksRefusedAt: 1}, well, []connection.Hook{{LastEvent: 1}}) {
		t.Error("webhooks are refused: not brisk")
	}
	for name, p := range map[string]connection.Progress{
		"the nightly resync is late": {EndedAt: before(27 * time.Hour)},
		"the patrol found a change":  {EndedAt: well.EndedAt, PatrolFind: before(time.Hour)},
		"the full check found one":   {EndedAt: before(time.Hour), Drift: []connection.KindDrift{{Kind: "interview", Stale: 1}}},
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
		{0, true, time.Minute},
		{40, true, time.Minute},
		{1000, true, 1000 * time.Second}, // never more than one candidate a second
		{1000, false, 24 * time.Hour},    // the nightly resync
	} {
		if got := roundOver(c.active, c.brisk); got != c.want {
			t.Errorf("%d candidates, brisk %t: a round takes %s, want %s", c.active, c.brisk, got, c.want)
		}
	}
}

package main

import (
	"time"

	"github.com/evidenced/lever-integration/shared/telemetry"
	"github.com/evidenced/lever-integration/shared/work"
)

// tally is what a run found overdue. Work that was put off after a failure comes due within four minutes and is found
// within the next, so the maximum over five minutes misses none; work that went well and was not nudged since is found three
// minutes late; what Lever's own limit puts off longer is not overdue.
type tally struct {
	overdue                      int
	hint, delta, sweep, decision time.Duration // how long the oldest of each kind waits
}

// see counts an item.
func (t *tally) see(i work.Item, now time.Time) {
	t.overdue++
	waits := now.Sub(time.UnixMilli(i.FirstAsked))
	switch i.Ref().Kind {
	case work.Hint:
		t.hint = max(t.hint, waits)
	case work.Delta:
		t.delta = max(t.delta, waits)
	case work.Resync:
		t.sweep = max(t.sweep, waits)
	case work.Decision:
		t.decision = max(t.decision, waits)
	}
}

// add takes in what another shard found.
func (t *tally) add(o tally) {
	t.overdue += o.overdue
	t.hint, t.delta, t.sweep, t.decision = max(t.hint, o.hint), max(t.delta, o.delta), max(t.sweep, o.sweep), max(t.decision, o.decision)
}

// measure tells CloudWatch, zeros too, so that an alarm sees an end as well.
func (t *tally) measure() {
	telemetry.Measure(telemetry.OldestHint, t.hint.Seconds())
	telemetry.Measure(telemetry.OldestDelta, t.delta.Seconds())
	telemetry.Measure(telemetry.OldestSweep, t.sweep.Seconds())
	telemetry.Measure(telemetry.OldestDecision, t.decision.Seconds())
	telemetry.Measure(telemetry.Overdue, float64(t.overdue))
}

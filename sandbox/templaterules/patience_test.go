package templaterules

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/telemetry"
	"github.com/evidenced/lever-integration/shared/work"
)

// TestOverdueIsWhatTheAlarmsRingFor: whoever is paged finds in leverctl overdue what the alarm counts.
func TestOverdueIsWhatTheAlarmsRingFor(t *testing.T) {
	t.Parallel()
	resources := dig(load(t).expanded, "Resources")
	for metric, kind := range map[telemetry.Metric]work.Kind{
		telemetry.OldestHint: work.Hint, telemetry.OldestDelta: work.Delta,
		telemetry.OldestSweep: work.Resync, telemetry.OldestDecision: work.Decision,
	} {
		found := 0
		for id := range resources {
			alarm := dig(resources, id, "Properties")
			if alarm["MetricName"] != metric.Name {
				continue
			}
			found++
			if want := work.Patience(kind); alarm["Threshold"] != want.Seconds() {
				t.Errorf("%s rings at %v s, and %s work is late after %v", id, alarm["Threshold"], kind, want.Round(time.Second))
			}
		}
		if found != 1 {
			t.Errorf("%d alarms on %s", found, metric.Name)
		}
	}
}

package telemetry

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAMetricIsOneLineThatCloudWatchReads is not parallel: where metrics go is one place for a whole process.
func TestAMetricIsOneLineThatCloudWatchReads(t *testing.T) {
	Measure(OldestHint, 1) // before Start: nowhere
	var out bytes.Buffer
	measureTo(&out, "lever-dev-hint-worker", "hint-worker")
	defer measureTo(nil, "", "")
	Measure(OldestHint, 12.5)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	about, _ := line["_aws"].(map[string]any)
	if at, _ := about["Timestamp"].(float64); at < 1.7e12 {
		t.Errorf("timestamp %v is not in milliseconds", about["Timestamp"])
	}
	want := []any{map[string]any{
		"Namespace": "EvidencedLever", "Dimensions": []any{[]any{"Stack"}}, "Metrics": []any{map[string]any{"Name": "OldestHint", "Unit": "Seconds"}},
	}}
	if diff := cmp.Diff(want, about["CloudWatchMetrics"]); diff != "" {
		t.Error(diff)
	}
	delete(line, "_aws")
	if diff := cmp.Diff(map[string]any{"Stack": "lever-dev", "service": "hint-worker", "OldestHint": 12.5}, line); diff != "" {
		t.Error(diff)
	}
}

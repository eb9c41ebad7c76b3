package templaterules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evidenced/lever-integration/shared/telemetry"
)

// unwatched are metrics that explain the others and need no alarm of their own.
var unwatched = []string{telemetry.Overdue.Name}

// whatIsMeasuredIsWatched: each metric of ours has an alarm and stands on the dashboard, each alarm and each widget on a
// metric of ours names one that is emitted, of this stack only.
func whatIsMeasuredIsWatched(t *Template) (faults []string) {
	watched := slices.Clone(unwatched)
	for _, id := range t.resources("AWS::CloudWatch::Alarm") {
		p := t.properties(id)
		if text(p, "Namespace") != telemetry.Namespace {
			continue
		}
		watched = append(watched, text(p, "MetricName"))
		if want := `[{"Name":"Stack","Value":{"Ref":"AWS::StackName"}}]`; as(p["Dimensions"]) != want {
			faults = append(faults, id+" does not watch this stack alone")
		}
	}
	measured := []string{}
	for _, m := range telemetry.Metrics() {
		measured = append(measured, m.Name)
		if !slices.Contains(watched, m.Name) {
			faults = append(faults, "no alarm watches "+m.Name)
		}
	}
	shown, err := t.shown()
	if err != nil {
		faults = append(faults, "the dashboard: "+err.Error())
	}
	for _, name := range watched {
		if !slices.Contains(append(shown, unwatched...), name) {
			faults = append(faults, "the dashboard does not show "+name)
		}
	}
	for _, name := range append(watched, shown...) {
		if !slices.Contains(measured, name) {
			faults = append(faults, "nobody measures "+name)
		}
	}
	return faults
}

// shown are the metrics of ours on the dashboard.
func (t *Template) shown() (names []string, err error) {
	var body struct {
		Widgets []struct {
			Properties struct {
				Metrics [][]any `json:"metrics"`
			} `json:"properties"`
		} `json:"widgets"`
	}
	source := text(t.properties("Dashboard")["DashboardBody"], "Fn::Sub")
	if err := json.Unmarshal([]byte(strings.TrimSpace(source)), &body); err != nil {
		return nil, fmt.Errorf("decode body: %w", err)
	}
	for _, w := range body.Widgets {
		for _, m := range w.Properties.Metrics {
			if len(m) > 1 && m[0] == telemetry.Namespace {
				names = append(names, fmt.Sprint(m[1]))
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("shows nothing of ours")
	}
	return names, nil
}

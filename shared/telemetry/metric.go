package telemetry

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Namespace is where CloudWatch keeps the metrics of this integration, by the one dimension Stack.
const Namespace = "EvidencedLever"

// Metric is one thing that is measured. None has an id as a dimension: which connection it was stands in the log line
// beside it.
type Metric struct {
	Name string
	Unit string // of CloudWatch: Count or Seconds
}

// What is measured. Ages are measured each minute over everything that is overdue, so their maximum is what to watch.
var (
	OldestHint     = Metric{"OldestHint", "Seconds"}     // how long the oldest hint waits for its look
	OldestDelta    = Metric{"OldestDelta", "Seconds"}    // how late the latest of the deltas is
	OldestSweep    = Metric{"OldestSweep", "Seconds"}    // how late the latest of the full resyncs is
	OldestDecision = Metric{"OldestDecision", "Seconds"} // how long the oldest decision waits for its delivery
	Overdue        = Metric{"Overdue", "Count"}          // items of work that are due or come due within the minute
	LeverThrottled = Metric{"LeverThrottled", "Count"}   // a 429 of Lever, which stops a connection for a moment
	RefreshFailed  = Metric{"RefreshFailed", "Count"}    // a try to renew an access token that brought none
	NeedsAttention = Metric{"NeedsAttention", "Count"}   // something that only a person ends: access gone, work set aside, a decision given up, records unreadable
	DriftFound     = Metric{"DriftFound", "Count"}       // records that a full resync had to repair
	SweepDuration  = Metric{"SweepDuration", "Seconds"}  // from the start of a full resync to its end
)

// sink is where metrics go; nowhere until Start.
type sink struct {
	mu             sync.Mutex
	out            io.Writer
	stack, service string
}

var metrics sink

// measureTo sends the metrics of the function to out. The stack is what precedes the service in the function's name.
func measureTo(out io.Writer, function, service string) {
	metrics.mu.Lock()
	defer metrics.mu.Unlock()
	metrics.out, metrics.stack, metrics.service = out, strings.TrimSuffix(function, "-"+service), service
}

// Metrics lists what is measured, for the rules over the template: an alarm must watch something that somebody emits.
func Metrics() []Metric {
	return []Metric{
		OldestHint, OldestDelta, OldestSweep, OldestDecision, Overdue, LeverThrottled, RefreshFailed, NeedsAttention, DriftFound,
		SweepDuration,
	}
}

// Measure writes a value as one line in CloudWatch's embedded metric format (EMF), which needs no call and no
// permission. Before Start it does nothing, so that rooms measure in tests and in the simulation without a sound. It is
// safe for concurrent use.
func Measure(m Metric, value float64) {
	metrics.mu.Lock()
	defer metrics.mu.Unlock()
	if metrics.out == nil {
		return
	}
	line, err := json.Marshal(map[string]any{
		"_aws": map[string]any{
			"Timestamp": time.Now().UnixMilli(),
			"CloudWatchMetrics": []any{map[string]any{
				"Namespace": Namespace, "Dimensions": [][]string{{"Stack"}}, "Metrics": []any{map[string]string{"Name": m.Name, "Unit": m.Unit}},
			}},
		},
		"Stack": metrics.stack, "service": metrics.service, m.Name: value,
	})
	if err == nil {
		_, err = metrics.out.Write(append(line, '\n'))
	}
	if err != nil {
		slog.Warn("metric lost", "metric", m.Name, "error", err.Error())
	}
}

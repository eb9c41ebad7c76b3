package main

import (
	"math"
	"os"
	"regexp"
	"testing"
	"time"
)

func TestAnAlarmIsJudgedByItsOwnDefinition(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration, v float64) sample { return sample{now.Add(-d), v} }
	sum := alarm{statistic: "Sum", comparison: "GreaterThanThreshold", threshold: 2, period: 5 * time.Minute, missing: "notBreaching"}
	most := alarm{statistic: "Maximum", comparison: "GreaterThanThreshold", threshold: 60, period: time.Minute, missing: "notBreaching"}
	silent := alarm{statistic: "Sum", comparison: "LessThanThreshold", threshold: 1, period: 5 * time.Minute, missing: "breaching"}
	for name, c := range map[string]struct {
		alarm    alarm
		samples  []sample
		value    float64
		breaches bool
	}{
		"a sum at the threshold":     {sum, []sample{ago(time.Minute, 1), ago(time.Second, 1)}, 2, false},
		"a sum above it":             {sum, []sample{ago(time.Minute, 1), ago(time.Second, 2)}, 3, true},
		"a sum without what is past": {sum, []sample{ago(6*time.Minute, 9), ago(time.Second, 1)}, 1, false},
		"a maximum":                  {most, []sample{ago(2*time.Second, 61), ago(time.Second, 3)}, 61, true},
		"nothing, which is well":     {most, nil, math.NaN(), false},
		"nothing, which is bad":      {silent, []sample{ago(6*time.Minute, 1)}, math.NaN(), true},
		"something":                  {silent, []sample{ago(4*time.Minute, 1)}, 1, false},
	} {
		got, err := c.alarm.judge(c.samples, now)
		same := got.value == c.value || math.IsNaN(got.value) && math.IsNaN(c.value)
		if err != nil || !same || got.breaches != c.breaches {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, unknown := range []alarm{{statistic: "p99", period: time.Hour}, {statistic: "Sum", comparison: "Other", period: time.Hour}} {
		if _, err := unknown.judge([]sample{ago(0, 1)}, now); err == nil {
			t.Errorf("%+v is judged without a word", unknown)
		}
	}
}

func TestAMetricIsReadFromItsLine(t *testing.T) {
	t.Parallel()
	line := `{"OldestHint":12.5,"Stack":"dev","_aws":{"Timestamp":1767268800000,"CloudWatchMetrics":[{"Namespace":"EvidencedLever",
		"Dimensions":[["Stack"]],"Metrics":[{"Name":"OldestHint","Unit":"Seconds"}]}]},"service":"sync-dispatch"}`
	a := alarm{namespace: "EvidencedLever", metric: "OldestHint", dimensions: map[string]string{"Stack": "dev"}}
	got, ok := a.reads(line)
	if !ok || got.value != 12.5 || got.at.UnixMilli() != 1767268800000 {
		t.Errorf("%+v, %t", got, ok)
	}
	others := map[string]alarm{
		"another metric":    {namespace: "EvidencedLever", metric: "OldestDelta", dimensions: map[string]string{"Stack": "dev"}},
		"another stack":     {namespace: "EvidencedLever", metric: "OldestHint", dimensions: map[string]string{"Stack": "prod"}},
		"another namespace": {namespace: "Evidenced", metric: "OldestHint", dimensions: map[string]string{"Stack": "dev"}},
		"all stacks":        {namespace: "EvidencedLever", metric: "OldestHint", dimensions: map[string]string{}},
	}
	for name, other := range others {
		if got, ok := other.reads(line); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, ok := a.reads("START RequestId: 1"); ok {
		t.Error("a line of another kind is read")
	}
}

func TestEveryAlarmHasAnExerciseOrAReason(t *testing.T) {
	t.Parallel()
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := &drill{alarms: map[string]alarm{}}
	for _, m := range regexp.MustCompile(`(?m)^  (\w+):\n    Type: AWS::CloudWatch::Alarm$`).FindAllStringSubmatch(string(template), -1) {
		d.alarms[m[1]] = alarm{}
	}
	if err := d.covered(); err != nil || len(d.alarms) < 40 {
		t.Errorf("%d alarms: %v", len(d.alarms), err)
	}
	d.alarms["SomethingNew"] = alarm{}
	delete(d.alarms, "FullResyncSlow")
	if err := d.covered(); err == nil {
		t.Error("neither a new alarm nor one that is gone is noticed")
	}
}

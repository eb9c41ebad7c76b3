package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// alarm is an alarm as it is deployed.
type alarm struct {
	id         string // logical, as in template.yaml
	namespace  string
	metric     string
	dimensions map[string]string
	statistic  string
	comparison string
	threshold  float64
	period     time.Duration
	periods    int // that it must last
	missing    string
	runbook    string // the heading, with its "#"
}

// sample is one value of a metric.
type sample struct {
	at    time.Time
	value float64
}

// verdict is what an alarm says of one period.
type verdict struct {
	value    float64 // NaN when nothing was measured
	breaches bool
}

// judge applies the alarm to what was measured during the period that ends now.
func (a alarm) judge(samples []sample, now time.Time) (verdict, error) {
	var values []float64
	for _, s := range samples {
		if s.at.After(now.Add(-a.period)) && !s.at.After(now) {
			values = append(values, s.value)
		}
	}
	if len(values) == 0 {
		return verdict{math.NaN(), a.missing == "breaching"}, nil
	}
	var value float64
	switch a.statistic {
	case "Sum":
		for _, v := range values {
			value += v
		}
	case "Maximum":
		value = slices.Max(values)
	default:
		return verdict{}, fmt.Errorf("alarm %s has the statistic %q, which the drill does not know", a.id, a.statistic)
	}
	switch a.comparison {
	case "GreaterThanThreshold":
		return verdict{value, value > a.threshold}, nil
	case "LessThanThreshold":
		return verdict{value, value < a.threshold}, nil
	}
	return verdict{}, fmt.Errorf("alarm %s has the comparison %q, which the drill does not know", a.id, a.comparison)
}

// lasts is for how long the condition must last until the alarm stands.
func (a alarm) lasts() time.Duration { return a.period * time.Duration(a.periods) }

// sign is the comparison as one reads it.
func (a alarm) sign() string {
	if strings.HasPrefix(a.comparison, "Less") {
		return "<"
	}
	return ">"
}

// alarms reads the alarms of the stack, by logical id.
func (c *cloud) alarms(ctx context.Context) (map[string]alarm, error) {
	logical, err := c.logical(ctx, "AWS::CloudWatch::Alarm")
	if err != nil {
		return nil, err
	}
	found := map[string]alarm{}
	for token := ""; ; {
		in := map[string]any{"MaxRecords": 100}
		if token != "" {
			in["NextToken"] = token
		}
		var page struct {
			MetricAlarms []described
			NextToken    string
		}
		if err := c.watch(ctx, "DescribeAlarms", in, &page); err != nil {
			return nil, err
		}
		for _, m := range page.MetricAlarms {
			if id, ours := logical[m.AlarmName]; ours {
				found[id] = m.alarm(id)
			}
		}
		if token = page.NextToken; token == "" {
			break
		}
	}
	if len(found) != len(logical) || len(found) == 0 {
		return nil, fmt.Errorf("the stack has %d alarms, of which %d are described", len(logical), len(found))
	}
	return found, nil
}

// described is an alarm as CloudWatch describes it.
type described struct {
	AlarmName, AlarmDescription, Namespace, MetricName, Statistic, ComparisonOperator, TreatMissingData string

	Dimensions                []struct{ Name, Value string }
	Threshold                 float64
	Period, EvaluationPeriods int
}

func (m described) alarm(id string) alarm {
	_, heading, _ := strings.Cut(m.AlarmDescription, "#")
	a := alarm{
		id: id, namespace: m.Namespace, metric: m.MetricName, dimensions: map[string]string{}, statistic: m.Statistic,
		comparison: m.ComparisonOperator, threshold: m.Threshold, period: time.Duration(m.Period) * time.Second,
		periods: m.EvaluationPeriods, missing: m.TreatMissingData, runbook: "#" + heading,
	}
	for _, d := range m.Dimensions {
		a.dimensions[d.Name] = d.Value
	}
	return a
}

// logical maps physical to logical ids of the stack's resources of one type.
func (c *cloud) logical(ctx context.Context, kind string) (map[string]string, error) {
	found := map[string]string{}
	pages := cloudformation.NewListStackResourcesPaginator(c.formation, &cloudformation.ListStackResourcesInput{StackName: &c.places.Stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list resources of the stack: %w", err)
		}
		for _, r := range page.StackResourceSummaries {
			if aws.ToString(r.ResourceType) == kind {
				found[aws.ToString(r.PhysicalResourceId)] = aws.ToString(r.LogicalResourceId)
			}
		}
	}
	return found, nil
}

// ids are the logical ids of some alarms, in order.
func ids(alarms map[string]alarm) []string { return slices.Sorted(maps.Keys(alarms)) }

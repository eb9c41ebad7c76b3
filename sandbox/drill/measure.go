package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// measured gives what the metric of an alarm shows now, from where it comes.
func (d *drill) measured(ctx context.Context, a alarm) ([]sample, error) {
	switch a.namespace + " " + a.metric {
	case "AWS/Lambda Errors", "AWS/Lambda Throttles":
		return d.cloud.lambdaMetric(ctx, a)
	case "AWS/Lambda Invocations":
		return d.cloud.lines(ctx, []string{"/aws/lambda/" + a.dimensions["FunctionName"]}, d.begun, func(line string, at time.Time) (sample, bool) {
			return sample{at, 1}, strings.HasPrefix(line, "START ")
		})
	case "AWS/SQS ApproximateNumberOfMessagesVisible":
		return d.cloud.depth(ctx, a.dimensions["QueueName"])
	case "AWS/SQS ApproximateAgeOfOldestMessage":
		return d.cloud.age(ctx, a.dimensions["QueueName"])
	case "AWS/ApiGateway 5xx", "AWS/Lambda IteratorAge":
		return d.own[a.id], nil // the drill's own observation, as an exercise noted it
	}
	if a.namespace != "EvidencedLever" {
		return nil, fmt.Errorf("alarm %s watches %s %s, which the drill cannot measure", a.id, a.namespace, a.metric)
	}
	return d.cloud.lines(ctx, d.cloud.functionLogs(), d.begun, func(line string, _ time.Time) (sample, bool) { return a.reads(line) })
}

// reads takes the alarm's metric out of a line in CloudWatch's embedded metric format.
func (a alarm) reads(line string) (sample, bool) {
	var about struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name string }
			}
		} `json:"_aws"`
	}
	values := map[string]any{}
	if !strings.Contains(line, `"_aws"`) || json.Unmarshal([]byte(line), &about) != nil || json.Unmarshal([]byte(line), &values) != nil {
		return sample{}, false
	}
	for _, m := range about.AWS.CloudWatchMetrics {
		named := slices.ContainsFunc(m.Metrics, func(one struct{ Name string }) bool { return one.Name == a.metric })
		placed := slices.ContainsFunc(m.Dimensions, func(names []string) bool {
			return len(names) == len(a.dimensions) && !slices.ContainsFunc(names, func(name string) bool { return values[name] != a.dimensions[name] })
		})
		if value, ok := values[a.metric].(float64); ok && named && placed && m.Namespace == a.namespace {
			return sample{time.UnixMilli(about.AWS.Timestamp), value}, true
		}
	}
	return sample{}, false
}

// lines reads log groups from a time on and takes samples out of their lines.
func (c *cloud) lines(ctx context.Context, groups []string, from time.Time, take func(string, time.Time) (sample, bool)) ([]sample, error) {
	var found []sample
	for _, group := range groups {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(c.logs, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: &group, StartTime: aws.Int64(from.UnixMilli()),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("read log %q: %w", group, err)
			}
			for _, event := range page.Events {
				for line := range strings.SplitSeq(aws.ToString(event.Message), "\n") {
					if s, ok := take(line, time.UnixMilli(aws.ToInt64(event.Timestamp))); ok {
						found = append(found, s)
					}
				}
			}
		}
	}
	return found, nil
}

// lambdaMetric asks the emulator, which counts what is called directly.
func (c *cloud) lambdaMetric(ctx context.Context, a alarm) ([]sample, error) {
	now := time.Now()
	in := map[string]any{
		"Namespace": a.namespace, "MetricName": a.metric, "Period": 1, "Statistics": []string{"Sum"},
		"StartTime": now.Add(-a.period).Unix(), "EndTime": now.Unix() + 1,
	}
	var dimensions []map[string]string
	for name, value := range a.dimensions {
		dimensions = append(dimensions, map[string]string{"Name": name, "Value": value})
	}
	in["Dimensions"] = dimensions
	var out struct {
		Datapoints []struct {
			Timestamp float64 // seconds
			Sum       float64
		}
	}
	if err := c.watch(ctx, "GetMetricStatistics", in, &out); err != nil {
		return nil, err
	}
	var found []sample
	for _, point := range out.Datapoints {
		found = append(found, sample{time.UnixMilli(int64(point.Timestamp * 1000)), point.Sum})
	}
	return found, nil
}

// address finds a queue by its name.
func (c *cloud) address(name string) (string, error) {
	for _, address := range c.places.Queues {
		if strings.HasSuffix(address, "/"+name) {
			return address, nil
		}
	}
	return "", fmt.Errorf("the addresses name no queue %q", name)
}

func (c *cloud) depth(ctx context.Context, name string) ([]sample, error) {
	address, err := c.address(name)
	if err != nil {
		return nil, err
	}
	out, err := c.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &address, AttributeNames: []queue.QueueAttributeName{queue.QueueAttributeNameApproximateNumberOfMessages},
	})
	if err != nil {
		return nil, fmt.Errorf("read attributes of queue %q: %w", name, err)
	}
	n, err := strconv.ParseFloat(out.Attributes["ApproximateNumberOfMessages"], 64)
	return []sample{{time.Now(), n}}, err
}

// age looks at a message that can be received, which hides it for a second.
func (c *cloud) age(ctx context.Context, name string) ([]sample, error) {
	address, err := c.address(name)
	if err != nil {
		return nil, err
	}
	out, err := c.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &address, MaxNumberOfMessages: 1, VisibilityTimeout: 1,
		MessageSystemAttributeNames: []queue.MessageSystemAttributeName{queue.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil || len(out.Messages) == 0 {
		return nil, errors.Join(err)
	}
	sent, err := strconv.ParseInt(out.Messages[0].Attributes["SentTimestamp"], 10, 64)
	return []sample{{time.Now(), time.Since(time.UnixMilli(sent)).Seconds()}}, err
}

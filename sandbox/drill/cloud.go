package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/evidenced/lever-integration/sandbox/release"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// cloud does what only the account's owner can: break functions, switch things off, and move the to-do list.
type cloud struct {
	places    story.Endpoints
	config    aws.Config
	formation *cloudformation.Client
	logs      *cloudwatchlogs.Client
	lambda    *lambda.Client
	queues    *sqs.Client
	store     *dynamodb.Client
}

func newCloud(ctx context.Context, e story.Endpoints) (*cloud, error) {
	if e.AWS == "" {
		return nil, errors.New("the addresses are those of a real account; nothing there is broken on purpose")
	}
	config, err := e.Cloud(ctx, "admin")
	if err != nil {
		return nil, err
	}
	return &cloud{
		places: e, config: config, formation: cloudformation.NewFromConfig(config),
		logs: cloudwatchlogs.NewFromConfig(config), queues: sqs.NewFromConfig(config), store: dynamodb.NewFromConfig(config),
		lambda: lambda.NewFromConfig(config, func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} }),
	}, nil
}

// functionLogs are the log groups of the functions, in order.
func (c *cloud) functionLogs() []string {
	var groups []string
	for _, group := range c.places.LogGroups {
		if strings.HasPrefix(group, "/aws/lambda/") {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return groups
}

// function is the deployed name of a function, by its folder.
func (c *cloud) function(folder string) string { return c.places.Stack + "-" + folder }

// configure gives a function other variables and waits until its callers meet them.
func (c *cloud) configure(ctx context.Context, function string, variables map[string]string) error {
	_, err := c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &function, Environment: &types.Environment{Variables: variables},
	})
	if err != nil {
		return fmt.Errorf("configure %s: %w", function, err)
	}
	if _, err := release.Publish(ctx, c.lambda, function); err != nil {
		return fmt.Errorf("configure %s: %w", function, err)
	}
	return nil
}

// unsettle takes all its settings from a function, so that it fails at its start, and returns what gives them back.
func (c *cloud) unsettle(ctx context.Context, function string) (mend func(context.Context) error, err error) {
	is, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		return nil, fmt.Errorf("read settings of %s: %w", function, err)
	}
	mend = func(ctx context.Context) error { return c.configure(ctx, function, is.Environment.Variables) }
	return mend, c.configure(ctx, function, map[string]string{"UNSETTLED": "drill"})
}

// starve takes all concurrency from a function and returns what gives it back.
func (c *cloud) starve(ctx context.Context, function string) (feed func(context.Context) error, err error) {
	_, err = c.lambda.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
		FunctionName: &function, ReservedConcurrentExecutions: aws.Int32(0),
	})
	if err != nil {
		return nil, fmt.Errorf("starve %s: %w", function, err)
	}
	return func(ctx context.Context) error {
		_, err := c.lambda.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &function})
		if err != nil {
			return fmt.Errorf("feed %s: %w", function, err)
		}
		return nil
	}, nil
}

// invoke calls a function and says whether it ended well.
func (c *cloud) invoke(ctx context.Context, function string) (well bool, err error) {
	out, err := c.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: []byte("{}")})
	var throttled *types.TooManyRequestsException
	switch {
	case errors.As(err, &throttled):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("call %s: %w", function, err)
	}
	return out.FunctionError == nil, nil
}

// sources are the mappings that feed a function.
func (c *cloud) sources(ctx context.Context, function string) ([]string, error) {
	out, err := c.lambda.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &function})
	if err != nil {
		return nil, fmt.Errorf("list sources of %s: %w", function, err)
	}
	var found []string
	for _, m := range out.EventSourceMappings {
		found = append(found, aws.ToString(m.UUID))
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s has no source", function)
	}
	return found, nil
}

// shut closes or opens the source of a function.
func (c *cloud) shut(ctx context.Context, function string, closed bool) error {
	sources, err := c.sources(ctx, function)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if _, err := c.lambda.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: &source, Enabled: aws.Bool(!closed)}); err != nil {
			return fmt.Errorf("shut source of %s: %w", function, err)
		}
	}
	return nil
}

// impatient sets for how many seconds the streams of a function repeat a failing batch; -1 is without end.
func (c *cloud) impatient(ctx context.Context, function string, seconds int32) error {
	sources, err := c.sources(ctx, function)
	if err != nil {
		return err
	}
	for _, source := range sources {
		if _, err := c.lambda.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: &source, MaximumRecordAgeInSeconds: &seconds}); err != nil {
			return fmt.Errorf("change source of %s: %w", function, err)
		}
	}
	return nil
}

// hide sets for how long a queue hides a message that was received.
func (c *cloud) hide(ctx context.Context, queue, seconds string) error {
	_, err := c.queues.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String(c.places.Queues[queue]), Attributes: map[string]string{"VisibilityTimeout": seconds},
	})
	if err != nil {
		return fmt.Errorf("set attributes of queue %s: %w", queue, err)
	}
	return nil
}

// nudge sends the message that leads a worker to an item.
func (c *cloud) nudge(ctx context.Context, queue, connection, item string) error {
	kind, target, _ := strings.Cut(item, "#")
	body, err := json.Marshal(map[string]string{"connection": connection, "kind": kind, "target": target})
	if err != nil {
		return fmt.Errorf("encode nudge: %w", err)
	}
	_, err = c.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(c.places.Queues[queue]), MessageBody: aws.String(string(body))})
	if err != nil {
		return fmt.Errorf("send nudge: %w", err)
	}
	return nil
}

package canary

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// tap is a queue of this test's own that gets every event of the bus.
type tap struct{ url string }

// newTap puts a tap on the bus and takes it off at the end of the test.
func newTap(t *testing.T) tap {
	t.Helper()
	queues, bus := sqs.NewFromConfig(stack.owner), eventbridge.NewFromConfig(stack.owner)
	name := fmt.Sprintf("canary-tap-%d", time.Now().UnixNano())
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	about, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := about.Attributes[string(sqstypes.QueueAttributeNameQueueArn)]
	if _, err := bus.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: &name, EventBusName: &stack.places.Bus, EventPattern: aws.String(`{"source":[{"prefix":""}]}`),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: &name, EventBusName: &stack.places.Bus, Targets: []bustypes.Target{{Id: &name, Arn: &arn}},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_, _ = bus.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &name, EventBusName: &stack.places.Bus, Ids: []string{name}})
		_, _ = bus.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &name, EventBusName: &stack.places.Bus})
		_, _ = queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
	})
	return tap{aws.ToString(queue.QueueUrl)}
}

// drain adds the events that came since the last time, and counts them.
func (p tap) drain(ctx context.Context, s sights) (events int, err error) {
	client := sqs.NewFromConfig(stack.owner)
	for {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &p.url, MaxNumberOfMessages: 10, VisibilityTimeout: 600})
		if err != nil || len(out.Messages) == 0 {
			return events, err
		}
		for _, m := range out.Messages {
			events++
			body := []byte(aws.ToString(m.Body))
			s.add("events of the bus", body)
			if bytes.Contains(body, []byte(`"evidenced.lever-integration"`)) {
				if err := stack.events.Check(body); err != nil {
					return events, err
				}
			}
		}
	}
}

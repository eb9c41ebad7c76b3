package story

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Events takes the next few bus events of all tenants from the consumer's queue, in their envelope of EventBridge; it
// waits up to ten seconds for the first, and none means that there was none. One reader at a time gets all of them, some
// twice.
func (w *World) Events(ctx context.Context) ([]string, error) {
	queue := w.Endpoints.ConsumerQueue
	if queue == "" {
		return nil, errors.New(`read events: the addresses name no "consumerQueue"`)
	}
	batch, err := w.events.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 10})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	var all []string
	for _, message := range batch.Messages {
		all = append(all, aws.ToString(message.Body))
		if _, err := w.events.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue, ReceiptHandle: message.ReceiptHandle}); err != nil {
			return all, fmt.Errorf("delete event: %w", err)
		}
	}
	return all, nil
}

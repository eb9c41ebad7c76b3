package queue

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// calls implements api with the one operation that is used, as a function: see shared/table/dynamo/calls.go.
type calls struct {
	send func(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// SendMessage implements api.
func (c calls) SendMessage(ctx context.Context, in *sqs.SendMessageInput, o ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	return c.send(ctx, in, o...)
}

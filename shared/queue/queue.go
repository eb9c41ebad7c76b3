// Package queue sends nudges and arrivals to SQS. Each kind of work has its queue; messages of one connection share a
// group, so that SQS schedules the connections fairly among each other.
package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/work"
)

type api interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Sender sends to the queues it knows. It is safe for concurrent use.
type Sender struct {
	api  api
	urls map[work.Kind]string
}

// New returns a sender; urls gives the queue of each kind of work that the caller sends.
func New(client *sqs.Client, urls map[work.Kind]string) *Sender {
	return &Sender{calls{client.SendMessage}, urls}
}

// Nudge implements work.Nudger. A kind without a queue here is left to sync-dispatch.
func (s *Sender) Nudge(ctx context.Context, n work.Nudge, delay time.Duration) error {
	return s.send(ctx, n.Kind, n.Connection, n, delay)
}

// Arrived hands a verified delivery to hint-worker. Only after it returned without an error may Lever be answered 2xx.
func (s *Sender) Arrived(ctx context.Context, a hint.Arrival) error {
	return s.send(ctx, work.Hint, a.Connection, Body{Arrival: &a}, 0)
}

// Body is a message of the hint queue: either an arrival or a nudge.
type Body struct {
	Arrival *hint.Arrival `json:"arrival,omitempty"`
	work.Nudge
}

// maxGroup is the longest name of a message group that SQS takes.
const maxGroup = 128

// groupOf names the message group of a connection.
func groupOf(connection string) string {
	if len(connection) <= maxGroup {
		return connection
	}
	sum := sha256.Sum256([]byte(connection))
	return hex.EncodeToString(sum[:])
}

func (s *Sender) send(ctx context.Context, kind work.Kind, group string, body any, delay time.Duration) error {
	url := s.urls[kind]
	if url == "" {
		return nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	_, err = s.api.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(url), MessageBody: aws.String(string(raw)), MessageGroupId: aws.String(groupOf(group)),
		DelaySeconds: int32((delay + time.Second - 1) / time.Second),
	})
	if err != nil {
		return fault.Wrap(fmt.Errorf("send %s message: %w", kind, err), fault.Unavailable, "queue-unavailable",
			"Our queue did not take the message. Try again in a moment.")
	}
	return nil
}

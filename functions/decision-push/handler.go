// Command decision-push delivers decisions to Lever as notes, each exactly once.
package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/strict"
	"github.com/evidenced/lever-integration/shared/work"
)

// deliverer works on the decision that a nudge points at.
type deliverer interface {
	Handle(ctx context.Context, n work.Nudge) error
}

// handler hands each message of a batch to the deliverer, all at once, because each may take most of the time that the
// function has. It is safe for concurrent use.
type handler struct {
	deliverer deliverer
	logger    *slog.Logger
}

// maxBody is the size in bytes above which a message is no nudge of ours.
const maxBody = 4096

// handle answers with the messages that are to come again; the rest is deleted from the queue. A message that cannot
// be read comes again until the queue sets it aside, where an alarm tells somebody. It never returns an error, which
// would repeat the whole batch. No body is ever logged.
func (h *handler) handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	failed := make([]bool, len(batch.Records))
	var wg sync.WaitGroup
	for i, message := range batch.Records {
		wg.Go(func() { failed[i] = !h.one(ctx, message) })
	}
	wg.Wait()
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, message := range batch.Records {
		if failed[i] {
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	return response, nil
}

// one works on one message and says whether it is done with. A panic fails only its own message.
func (h *handler) one(ctx context.Context, message events.SQSMessage) (done bool) {
	defer func() {
		if p := recover(); p != nil {
			done = false
			h.logger.ErrorContext(ctx, "panic", "messageId", message.MessageId, "stack", string(debug.Stack()))
		}
	}()
	var n work.Nudge
	// Unknown: the sender may be newer code than this.
	if err := strict.Decode([]byte(message.Body), strict.Limits{Bytes: maxBody, Unknown: true}, &n); err != nil {
		h.logger.ErrorContext(ctx, "message cannot be read", "messageId", message.MessageId, "kind", fault.KindOf(err).String())
		return false
	}
	if err := h.deliverer.Handle(ctx, n); err != nil {
		h.logger.ErrorContext(ctx, "decision not handled", "messageId", message.MessageId, "connection", n.Connection,
			"decision", n.Target, "error", err)
		return false
	}
	return true
}

package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/work"
)

// Batch handles each message of an SQS event on its own. Only those that failed are reported, so only they come again;
// the list is never nil. A panic counts as a failure of its message and does not take the warm environment down. Bodies
// are never logged.
func Batch(ctx context.Context, event events.SQSEvent, handle func(ctx context.Context, body string) error) events.SQSEventResponse {
	faults := make([]error, len(event.Records))
	for i, m := range event.Records {
		faults[i] = guarded(ctx, m.Body, handle)
	}
	return report(ctx, event, faults)
}

func report(ctx context.Context, event events.SQSEvent, faults []error) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, m := range event.Records {
		if faults[i] != nil {
			slog.ErrorContext(ctx, "message failed", "messageId", m.MessageId, "error", faults[i].Error())
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return response
}

// TwoPass handles an SQS event whose messages must be stored before anything slow is begun: store is called for all side
// by side and says what follows; then all that follows runs side by side. Only a message that was not stored comes again;
// what follows and fails is only logged, because its work item stands and becomes due by itself.
func TwoPass(ctx context.Context, event events.SQSEvent, store func(ctx context.Context, body string) (follow func(context.Context) error, err error)) events.SQSEventResponse {
	follows, faults := make([]func(context.Context) error, len(event.Records)), make([]error, len(event.Records))
	var storing, following sync.WaitGroup
	for i, m := range event.Records {
		storing.Go(func() {
			faults[i] = guarded(ctx, m.Body, func(ctx context.Context, body string) (err error) {
				follows[i], err = store(ctx, body)
				return err
			})
		})
	}
	storing.Wait()
	for _, follow := range follows {
		if follow == nil {
			continue
		}
		following.Go(func() {
			err := guarded(ctx, "", func(ctx context.Context, _ string) error { return follow(ctx) })
			if err != nil {
				slog.WarnContext(ctx, "work put off", "error", err.Error())
			}
		})
	}
	following.Wait()
	return report(ctx, event, faults)
}

func guarded(ctx context.Context, body string, handle func(context.Context, string) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic with a %T", r) // its text may quote the body
		}
	}()
	return handle(ctx, body)
}

// Read decodes a message body. An error names no content.
func Read(body string) (Body, error) {
	var b Body
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return b, fmt.Errorf("decode message of %d bytes: not a nudge", len(body))
	}
	if b.Arrival == nil && (b.Connection == "" || b.Kind == "" || b.Target == "") {
		return b, fmt.Errorf("decode message of %d bytes: a field is missing", len(body))
	}
	return b, nil
}

// ReadNudge decodes a body that must be a nudge of one of the given kinds.
func ReadNudge(body string, kinds ...work.Kind) (work.Nudge, error) {
	b, err := Read(body)
	if err != nil {
		return work.Nudge{}, err
	}
	for _, kind := range kinds {
		if b.Arrival == nil && b.Kind == kind {
			return b.Nudge, nil
		}
	}
	return work.Nudge{}, fmt.Errorf("message of kind %q is not for this queue", b.Kind)
}

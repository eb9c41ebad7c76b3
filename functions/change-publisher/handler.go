// Command change-publisher turns the streams of the tables into thin events on the bus.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/table"
)

type publisher interface {
	Publish(ctx context.Context, events []change.Event) (failed []int, err error)
}

// handler publishes what a batch of stream records means. It keeps nothing between calls. A record whose events did not
// all arrive is reported by its sequence number; Lambda then repeats the stream from the lowest of them, so events may
// come twice, and puts what keeps failing into the dead-letter queue.
type handler struct {
	publisher publisher
	tables    map[string]table.Name // logical name by deployed name
	logger    *slog.Logger
}

// handle publishes one batch. It returns no error: failures are reported record by record.
func (h *handler) handle(ctx context.Context, batch events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	failed := map[string]bool{}
	var pending []change.Event
	var origins []string // sequence number of each pending event
	for _, record := range batch.Records {
		sequence := record.Change.SequenceNumber
		found, err := h.derive(record)
		if err != nil {
			h.logger.ErrorContext(ctx, "stream record not understood", "sequenceNumber", sequence, "error", err.Error())
			failed[sequence] = true
			continue
		}
		for _, event := range found {
			pending, origins = append(pending, event), append(origins, sequence)
		}
	}
	left, err := h.publisher.Publish(ctx, pending)
	for _, i := range left {
		failed[origins[i]] = true
	}
	if err != nil {
		h.logger.ErrorContext(ctx, "events not published", "events", len(left), "error", err.Error())
	}
	h.logger.InfoContext(ctx, "stream batch published", "records", len(batch.Records), "events", len(pending)-len(left), "failed", len(failed))
	return response(batch, failed), nil
}

// derive asks the rule what one record means. A conversion that panics is an error of this record only.
func (h *handler) derive(record events.DynamoDBEventRecord) (found []change.Event, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("convert stream record: panic with %T", v)
		}
	}()
	name, ok := h.tables[tableOf(record.EventSourceArn)]
	if !ok {
		return nil, fmt.Errorf("stream of table %q is not one of ours", tableOf(record.EventSourceArn))
	}
	before, err := item(record.Change.OldImage)
	if err != nil {
		return nil, err
	}
	after, err := item(record.Change.NewImage)
	if err != nil {
		return nil, err
	}
	return change.From(name, before, after)
}

// tableOf takes the table's name from the ARN of its stream:
// arn:aws:dynamodb:region:account:table/NAME/stream/time.
func tableOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":table/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// response lists what failed in the order of the stream; the list is never nil, because null reads as a failed batch.
func response(batch events.DynamoDBEvent, failed map[string]bool) events.DynamoDBEventResponse {
	out := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for _, record := range batch.Records {
		if sequence := record.Change.SequenceNumber; failed[sequence] {
			out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: sequence})
		}
	}
	return out
}

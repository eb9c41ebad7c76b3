package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/table"
)

type fakePublisher struct {
	publish func([]change.Event) ([]int, error)
	got     []change.Event
}

func (f *fakePublisher) Publish(_ context.Context, events []change.Event) ([]int, error) {
	f.got = append(f.got, events...)
	if f.publish == nil {
		return nil, nil
	}
	return f.publish(events)
}

func setup() (*handler, *fakePublisher, *bytes.Buffer) {
	publisher, log := &fakePublisher{}, &bytes.Buffer{}
	return &handler{
		publisher: publisher, logger: slog.New(slog.NewJSONHandler(log, nil)),
		tables: map[string]table.Name{"dev-mirror-X1": table.Mirror, "dev-connections-X2": table.Connections},
	}, publisher, log
}

// batch is a stream event as Lambda gets it: an insert, a confirmation without news, a removal and an update.
const batch = `{"Records":[
 {"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:eu-central-1:111122223333:table/dev-mirror-X1/stream/2026-01-01T00:00:00.000","dynamodb":{"SequenceNumber":"100","NewImage":` + job + `}},
 {"eventName":"MODIFY","eventSourceARN":"arn:aws:dynamodb:eu-central-1:111122223333:table/dev-mirror-X1/stream/2026-01-01T00:00:00.000","dynamodb":{"SequenceNumber":"101","OldImage":` + job + `,"NewImage":` + job + `}},
 {"eventName":"REMOVE","eventSourceARN":"arn:aws:dynamodb:eu-central-1:111122223333:table/dev-mirror-X1/stream/2026-01-01T00:00:00.000","dynamodb":{"SequenceNumber":"102","OldImage":` + job + `}},
 {"eventName":"MODIFY","eventSourceARN":"arn:aws:dynamodb:eu-central-1:111122223333:table/dev-connections-X2/stream/2026-01-01T00:00:00.000","dynamodb":{"SequenceNumber":"103",
  "OldImage":{"pk":{"S":"c1"},"sk":{"S":"state"},"rev":{"N":"1"},"tenant":{"S":"acme"},"state":{"S":"connecting"}},
  "NewImage":{"pk":{"S":"c1"},"sk":{"S":"state"},"rev":{"N":"2"},"tenant":{"S":"acme"},"state":{"S":"connected"},"by":{"M":{"id":{"S":"u"},"name":{"S":"Canary Person"}}},"scopes":{"L":[{"S":"a"}]},"confidential":{"BOOL":true},"other":{"NULL":true},"set":{"SS":["x"]}}}}
]}`

const job = `{"pk":{"S":"c1#job"},"sk":{"S":"j1"},"rev":{"N":"1"},"feedPk":{"S":"c1"},"feedSk":{"N":"1793779200123456"},"connection":{"S":"c1"},"tenant":{"S":"acme"},"kind":{"S":"job"},"id":{"S":"j1"},"state":{"S":"active"},"fetched":{"N":"5"},"schema":{"N":"1"},"doc":{"S":"{\"title\":\"Canary title\"}"}}`

func parse(t *testing.T, raw string) events.DynamoDBEvent {
	t.Helper()
	var event events.DynamoDBEvent
	if err := json.Unmarshal([]byte(raw), &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func failures(r events.DynamoDBEventResponse) []string {
	out := []string{}
	for _, f := range r.BatchItemFailures {
		out = append(out, f.ItemIdentifier)
	}
	return out
}

func TestHandlePublishesWhatChanged(t *testing.T) {
	t.Parallel()
	h, publisher, log := setup()
	response, err := h.handle(t.Context(), parse(t, batch))
	if err != nil {
		t.Fatal(err)
	}
	want := []change.Event{
		{Type: change.JobChanged, Detail: change.Detail{Tenant: "acme", ID: "j1", Version: 1793779200123456, Change: change.Created, State: "active", Connection: "c1"}},
		{Type: change.ConnectionChanged, Detail: change.Detail{Tenant: "acme", ID: "c1", Version: 2, Change: change.Updated, State: "connected"}},
	}
	if diff := cmp.Diff(want, publisher.got); diff != "" {
		t.Error(diff)
	}
	raw, err := json.Marshal(response)
	if err != nil || string(raw) != `{"batchItemFailures":[]}` {
		t.Errorf("a good batch answers %s, %v", raw, err)
	}
	if strings.Contains(log.String(), "Canary") {
		t.Errorf("personal data in the log: %s", log)
	}
}

func TestHandleReportsOnlyTheRecordsWhoseEventsFailed(t *testing.T) {
	t.Parallel()
	h, publisher, log := setup()
	publisher.publish = func([]change.Event) ([]int, error) { return []int{1}, errors.New("throttled") }
	response, err := h.handle(t.Context(), parse(t, batch))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"103"}, failures(response)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(log.String(), "throttled") {
		t.Error("the cause is not in the log")
	}
}

func TestHandleReportsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	h, publisher, log := setup()
	event := parse(t, batch)
	event.Records[0].EventSourceArn = "arn:aws:dynamodb:eu-central-1:111122223333:table/other/stream/x"
	event.Records[1].Change.NewImage["feedSk"] = events.NewStringAttribute("Canary")
	event.Records[2].Change.OldImage["doc"] = events.DynamoDBAttributeValue{}
	response, err := h.handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"100", "101"}, failures(response)[:2]); diff != "" {
		t.Error(diff)
	}
	if len(publisher.got) != 1 || publisher.got[0].Type != change.ConnectionChanged {
		t.Errorf("published %v", publisher.got)
	}
	if strings.Contains(log.String(), "Canary") {
		t.Errorf("personal data in the log: %s", log)
	}
}

func TestHandleTakesAnEmptyBatch(t *testing.T) {
	t.Parallel()
	h, _, _ := setup()
	response, err := h.handle(t.Context(), events.DynamoDBEvent{})
	if err != nil || response.BatchItemFailures == nil {
		t.Error(response, err)
	}
}

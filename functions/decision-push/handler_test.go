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

	"github.com/evidenced/lever-integration/shared/work"
)

type deliver func(work.Nudge) error

func (f deliver) Handle(_ context.Context, n work.Nudge) error { return f(n) }

func TestOnlyTheFailedMessagesComeAgain(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := &handler{logger: slog.New(slog.NewTextHandler(&log, nil)), deliverer: deliver(func(n work.Nudge) error {
		switch n.Target {
		case "fails":
			return errors.New("no luck")
		case "panics":
			panic("canary in a panic")
		}
		return nil
	})}
	body := func(target string) string {
		return `{"connection":"c1","kind":"decision","target":"` + target + `","hops":1}`
	}
	batch := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: body("fine")},
		{MessageId: "2", Body: body("fails")},
		{MessageId: "3", Body: "canary in a body"},
		{MessageId: "4", Body: body("panics")},
		{MessageId: "5", Body: `{"connection":"c1","kind":"decision","target":"a","target":"canary in a body"}`},
		{MessageId: "6", Body: `{"connection":"` + strings.Repeat("x", maxBody) + `"}`},
		{MessageId: "7", Body: body("fine, too")},
	}}
	got, err := h.handle(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	want := []events.SQSBatchItemFailure{{ItemIdentifier: "2"}, {ItemIdentifier: "3"}, {ItemIdentifier: "4"}, {ItemIdentifier: "5"}, {ItemIdentifier: "6"}}
	if diff := cmp.Diff(want, got.BatchItemFailures); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(log.String(), "canary") {
		t.Errorf("the log tells: %s", log.String())
	}
}

func TestAMessageOfNewerCodeIsUnderstood(t *testing.T) {
	t.Parallel()
	var got []work.Nudge
	h := &handler{logger: slog.New(slog.DiscardHandler), deliverer: deliver(func(n work.Nudge) error { got = append(got, n); return nil })}
	response, err := h.handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"connection":"c1","kind":"decision","target":"d1","hops":1,"lane":"fast","since":{"at":[1]}}`},
	}})
	want := []work.Nudge{{Ref: work.Ref{Connection: "c1", Kind: work.Decision, Target: "d1"}, Hops: 1}}
	if diff := cmp.Diff(want, got); diff != "" || len(response.BatchItemFailures) > 0 || err != nil {
		t.Error(diff, response, err)
	}
}

func TestNoFailuresAreAnEmptyList(t *testing.T) {
	t.Parallel()
	h := &handler{logger: slog.New(slog.DiscardHandler), deliverer: deliver(func(work.Nudge) error { return nil })}
	response, err := h.handle(t.Context(), events.SQSEvent{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(response)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(raw); got != `{"batchItemFailures":[]}` {
		t.Error(got)
	}
}

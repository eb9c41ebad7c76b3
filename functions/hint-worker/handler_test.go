package main

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/work"
)

type fakeWorker struct {
	mu      sync.Mutex
	arrived []hint.Arrival
	nudged  []work.Nudge
}

func (f *fakeWorker) Arrived(_ context.Context, a hint.Arrival) (work.Nudge, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrived = append(f.arrived, a)
	if a.Opportunity == "fails" {
		return work.Nudge{}, false, errors.New("not stored")
	}
	return work.Nudge{Ref: work.Ref{Connection: a.Connection, Kind: work.Hint, Target: "opportunity/" + a.Opportunity}}, true, nil
}

func (f *fakeWorker) Nudged(_ context.Context, n work.Nudge) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nudged = append(f.nudged, n)
	return errors.New("put off") // no reason to have the message again: the item stands
}

func TestArrivalsAndNudgesGoTheirWay(t *testing.T) {
	t.Parallel()
	f := &fakeWorker{}
	response, err := (&handler{f}).handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"arrival":{"connection":"c","event":"candidateHired","opportunity":"o","at":1},"connection":"","kind":"","target":""}`},
		{MessageId: "2", Body: `{"connection":"c","kind":"hint","target":"opportunity/o2"}`},
		{MessageId: "2b", Body: `{"connection":"c","kind":"hint","target":"opportunity/o"}`},
		{MessageId: "3", Body: `{"arrival":{"connection":"c","event":"candidateHired","opportunity":"fails","at":1}}`},
		{MessageId: "4", Body: `nonsense`},
	}})
	if err != nil || len(f.arrived) != 2 || len(f.nudged) != 2 {
		t.Fatalf("%d arrived, %d nudged, %v", len(f.arrived), len(f.nudged), err)
	}
	if len(response.BatchItemFailures) != 2 || response.BatchItemFailures[0].ItemIdentifier != "3" {
		t.Errorf("%+v", response)
	}
}

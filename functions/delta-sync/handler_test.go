package main

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/work"
)

// direct runs whatever it is given on an item of the nudge's own.
type direct struct{}

func (direct) Attend(ctx context.Context, _ work.Nudge, do func(context.Context, work.Item) (work.Verdict, error)) error {
	_, err := do(ctx, work.Item{})
	return err
}

type fakeRunner struct{ deltas, patrols int }

func (f *fakeRunner) Attend(context.Context, work.Item) (work.Verdict, error) {
	f.deltas++
	return work.Next(time.Time{}, ""), nil
}

func (f *fakeRunner) Patrol(context.Context, work.Item) (work.Verdict, error) {
	f.patrols++
	return work.Done(), nil
}

func TestDeltasAndPatrolsGoTheirWayAndOthersFail(t *testing.T) {
	t.Parallel()
	f := &fakeRunner{}
	response, err := (&handler{direct{}, f}).handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"connection":"c","kind":"delta","target":"all"}`},
		{MessageId: "2", Body: `{"connection":"c","kind":"patrol","target":"all"}`},
		{MessageId: "3", Body: `{"connection":"c","kind":"decision","target":"d"}`},
	}})
	if err != nil || f.deltas != 1 || f.patrols != 1 || len(response.BatchItemFailures) != 1 {
		t.Errorf("%+v, %+v, %v", f, response, err)
	}
}

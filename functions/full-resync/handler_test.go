package main

import (
	"context"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/work"
)

// direct runs whatever it is given.
type direct struct{}

func (direct) Attend(ctx context.Context, _ work.Nudge, do func(context.Context, work.Item) (work.Verdict, error)) error {
	_, err := do(ctx, work.Item{})
	return err
}

type fakes struct{ done []string }

func (f *fakes) Attend(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "sweep")
	return work.Done(), nil
}

func (f *fakes) AttendHooks(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "hooks")
	return work.Done(), nil
}

func (f *fakes) AttendEnding(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "ending")
	return work.Done(), nil
}

func (f *fakes) AttendWalk(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "walk")
	return work.Done(), nil
}

func (f *fakes) AttendReseal(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "reseal")
	return work.Done(), nil
}

func (f *fakes) AttendEnd(context.Context, work.Item) (work.Verdict, error) {
	f.done = append(f.done, "end")
	return work.Done(), nil
}

func TestEachKindGoesItsWay(t *testing.T) {
	t.Parallel()
	f := &fakes{}
	response, err := (&handler{direct{}, f, f, f}).handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"connection":"c","kind":"resync","target":"all"}`},
		{MessageId: "2", Body: `{"connection":"c","kind":"ending","target":"all"}`},
		{MessageId: "3", Body: `{"connection":"c","kind":"hooks","target":"all"}`},
		{MessageId: "4", Body: `{"connection":"c","kind":"hint","target":"all"}`},
		{MessageId: "5", Body: `{"connection":"operation#r","kind":"walk","target":"all"}`},
		{MessageId: "6", Body: `{"connection":"operation#r","kind":"reseal","target":"c"}`},
		{MessageId: "7", Body: `{"connection":"operation#r","kind":"end","target":"c"}`},
	}})
	if diff := cmp.Diff([]string{"sweep", "ending", "hooks", "walk", "reseal", "end"}, f.done); diff != "" || err != nil || len(response.BatchItemFailures) != 1 {
		t.Errorf("%s, %+v, %v", diff, response, err)
	}
}

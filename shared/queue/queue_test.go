package queue

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/work"
)

type fakeSQS struct {
	sent []*sqs.SendMessageInput
	err  error
}

func (f *fakeSQS) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	f.sent = append(f.sent, in)
	return &sqs.SendMessageOutput{}, f.err
}

func TestMessagesComeBackAsTheyWereSent(t *testing.T) {
	t.Parallel()
	api := &fakeSQS{}
	s := &Sender{api, map[work.Kind]string{work.Hint: "hint-queue", work.Delta: "delta-queue"}}
	nudge := work.Nudge{Ref: work.Ref{Connection: "c1", Kind: work.Delta, Target: "all"}, Hops: 3}
	if err := s.Nudge(t.Context(), nudge, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	arrival := hint.Arrival{Connection: "c1", Event: "candidateHired", Opportunity: "o1", At: 7}
	if err := s.Arrived(t.Context(), arrival); err != nil {
		t.Fatal(err)
	}
	if err := s.Nudge(t.Context(), work.Nudge{Ref: work.Ref{Connection: "c1", Kind: work.Decision, Target: "d"}}, 0); err != nil || len(api.sent) != 2 {
		t.Errorf("a kind without a queue: %d sent, %v", len(api.sent), err)
	}
	first := api.sent[0]
	if *first.QueueUrl != "delta-queue" || *first.MessageGroupId != "c1" || first.DelaySeconds != 2 {
		t.Errorf("%s, group %s, delay %d", *first.QueueUrl, *first.MessageGroupId, first.DelaySeconds)
	}
	got, err := ReadNudge(*first.MessageBody, work.Delta, work.Patrol)
	if diff := cmp.Diff(nudge, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	body, err := Read(*api.sent[1].MessageBody)
	if err != nil || body.Arrival == nil || cmp.Diff(arrival, *body.Arrival) != "" {
		t.Errorf("%+v, %v", body, err)
	}
}

func TestQueueRefusalIsUnavailable(t *testing.T) {
	t.Parallel()
	s := &Sender{&fakeSQS{err: errors.New("refused")}, map[work.Kind]string{work.Hint: "q"}}
	if err := s.Arrived(t.Context(), hint.Arrival{Connection: "c1"}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestBatchReportsOnlyWhatFailedAndSurvivesAPanic(t *testing.T) {
	t.Parallel()
	event := events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: "ok"}, {MessageId: "2", Body: "bad"}, {MessageId: "3", Body: "panic"}, {MessageId: "4", Body: "ok"}}}
	handled := 0
	response := Batch(t.Context(), event, func(_ context.Context, body string) error {
		handled++
		if body == "panic" {
			panic("a defect")
		}
		if body == "bad" {
			return errors.New("bad")
		}
		return nil
	})
	if len(response.BatchItemFailures) != 2 || response.BatchItemFailures[0].ItemIdentifier != "2" || handled != 4 {
		t.Errorf("%+v, %d handled", response, handled)
	}
	raw, err := json.Marshal(Batch(t.Context(), events.SQSEvent{}, nil))
	if err != nil || string(raw) != `{"batchItemFailures":[]}` {
		t.Errorf("an empty batch answers %s, %v", raw, err)
	}
}

func TestBodiesThatAreNoNudgeAreRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "null", `{"connection":"c"}`, `{"connection":"c","kind":"resync","target":"all"}`, `{"arrival":{"connection":"c"}}`} {
		if _, err := ReadNudge(body, work.Delta); err == nil {
			t.Errorf("%s was accepted", body)
		}
	}
}

func TestMessagesOfNewerCodeAreUnderstood(t *testing.T) {
	t.Parallel()
	n, err := ReadNudge(`{"connection":"c1","kind":"delta","target":"all","hops":2,"lane":"fast","since":{"at":[1]}}`, work.Delta)
	want := work.Nudge{Ref: work.Ref{Connection: "c1", Kind: work.Delta, Target: "all"}, Hops: 2}
	if diff := cmp.Diff(want, n); diff != "" || err != nil {
		t.Error(diff, err)
	}
	b, err := Read(`{"arrival":{"connection":"c1","tenant":"t1","weight":3},"sent":1}`)
	if err != nil || b.Arrival == nil || b.Arrival.Connection != "c1" {
		t.Errorf("%+v, %v", b, err)
	}
}

package change_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/change"
)

// fakeBus takes what accept lets through and refuses the rest inside a good reply.
type fakeBus struct {
	accept func(detail string, try int) bool
	fail   func(call int) error
	calls  [][]string // the details of each call
	tries  map[string]int
	taken  []string
}

func (b *fakeBus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	var details []string
	out := &eventbridge.PutEventsOutput{}
	for _, entry := range in.Entries {
		details = append(details, *entry.Detail)
		b.tries[*entry.Detail]++
		if b.accept == nil || b.accept(*entry.Detail, b.tries[*entry.Detail]) {
			b.taken = append(b.taken, *entry.Detail)
			out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String("e")})
			continue
		}
		out.FailedEntryCount++
		out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String("ThrottlingException")})
	}
	b.calls = append(b.calls, details)
	if b.fail != nil {
		if err := b.fail(len(b.calls)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func some(n int) []change.Event {
	var events []change.Event
	for i := range n {
		events = append(events, change.Event{Type: change.JobChanged, Detail: change.Detail{
			Tenant: "acme", ID: fmt.Sprint(i), Version: 1, Change: change.Created,
		}})
	}
	return events
}

func detail(i int) string {
	return fmt.Sprintf(`{"tenant":"acme","id":"%d","version":1,"change":"created"}`, i)
}

func setup() (*fakeBus, *change.Publisher) {
	bus := &fakeBus{tries: map[string]int{}}
	return bus, &change.Publisher{Bus: bus, Name: "bus"}
}

func TestPublishSendsInBatchesOfTen(t *testing.T) {
	t.Parallel()
	bus, publisher := setup()
	failed, err := publisher.Publish(t.Context(), some(23))
	if err != nil || len(failed) > 0 {
		t.Fatal(failed, err)
	}
	var sizes []int
	for _, call := range bus.calls {
		sizes = append(sizes, len(call))
	}
	if diff := cmp.Diff([]int{10, 10, 3}, sizes); diff != "" || len(bus.taken) != 23 {
		t.Error(diff, len(bus.taken))
	}
}

func TestPublishSendsAgainWhatAGoodReplyRefused(t *testing.T) {
	t.Parallel()
	bus, publisher := setup()
	bus.accept = func(d string, try int) bool { return d != detail(4) || try == 3 }
	failed, err := publisher.Publish(t.Context(), some(6))
	if err != nil || len(failed) > 0 {
		t.Fatal(failed, err)
	}
	if diff := cmp.Diff([]string{detail(4)}, bus.calls[2]); diff != "" {
		t.Error(diff)
	}
}

func TestPublishReportsWhatStaysRefused(t *testing.T) {
	t.Parallel()
	bus, publisher := setup()
	bus.accept = func(d string, _ int) bool { return d != detail(2) && d != detail(11) }
	failed, err := publisher.Publish(t.Context(), some(13))
	if diff := cmp.Diff([]int{2, 11}, failed); diff != "" || err == nil {
		t.Error(diff, err)
	}
	if len(bus.taken) != 11 {
		t.Errorf("%d events arrived, want 11", len(bus.taken))
	}
}

func TestPublishReportsAWholeBatchThatFailed(t *testing.T) {
	t.Parallel()
	bus, publisher := setup()
	down := errors.New("down")
	bus.fail = func(call int) error {
		if call <= 3 {
			return down
		}
		return nil
	}
	failed, err := publisher.Publish(t.Context(), some(12))
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, failed); diff != "" || !errors.Is(err, down) {
		t.Error(diff, err)
	}
}

func TestPublishStopsWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	bus, publisher := setup()
	ctx, cancel := context.WithCancel(t.Context())
	bus.fail = func(int) error { cancel(); return ctx.Err() }
	failed, err := publisher.Publish(ctx, some(1))
	if len(failed) != 1 || err == nil || len(bus.calls) != 1 {
		t.Error(failed, err, len(bus.calls))
	}
}

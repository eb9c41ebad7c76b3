package change

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// bus is what is needed of EventBridge.
type bus interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Publisher sends events to one bus. It is safe for concurrent use.
type Publisher struct {
	Bus  bus
	Name string // name or ARN of the bus
}

const (
	batch  = 10 // the most entries that one PutEvents takes
	rounds = 3  // how often an entry is sent; what fails even then is for the caller's own retry
)

// Publish sends all events, at least once each, and returns the positions in events of those that did not arrive, in
// rising order, with an error that says why. EventBridge refuses single entries inside a reply with HTTP 200; those are
// sent again at once, a bounded number of times.
func (p *Publisher) Publish(ctx context.Context, events []Event) (failed []int, err error) {
	var causes []error
	for start := 0; start < len(events); start += batch {
		places := make([]int, 0, batch)
		for i := start; i < min(start+batch, len(events)); i++ {
			places = append(places, i)
		}
		left, err := p.send(ctx, events, places)
		failed = append(failed, left...)
		causes = append(causes, err)
	}
	return failed, errors.Join(causes...)
}

// send puts the events at the given places, and again what the bus refused. It returns the places that remain.
func (p *Publisher) send(ctx context.Context, events []Event, places []int) ([]int, error) {
	var err error
	for range rounds {
		var left []int
		if left, err = p.put(ctx, events, places); len(left) == 0 {
			return nil, nil
		}
		places = left
		if ctx.Err() != nil {
			break
		}
	}
	return places, err
}

func (p *Publisher) put(ctx context.Context, events []Event, places []int) (left []int, err error) {
	entries := make([]types.PutEventsRequestEntry, len(places))
	for i, place := range places {
		body, err := events[place].body()
		if err != nil {
			return places, err
		}
		entries[i] = types.PutEventsRequestEntry{
			EventBusName: aws.String(p.Name), Source: aws.String(Source),
			DetailType: aws.String(string(events[place].Type)), Detail: aws.String(body),
		}
	}
	out, err := p.Bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	if err != nil {
		return places, fmt.Errorf("put %d events: %w", len(entries), err)
	}
	if len(out.Entries) != len(places) {
		return places, fmt.Errorf("put %d events: the reply has %d entries", len(places), len(out.Entries))
	}
	for i, entry := range out.Entries {
		if entry.ErrorCode == nil {
			continue
		}
		left = append(left, places[i])
		err = fmt.Errorf("put event of %q: bus refused it with %s", events[places[i]].Detail.ID, *entry.ErrorCode)
	}
	return left, err
}

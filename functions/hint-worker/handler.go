// Command hint-worker merges what webhooks announce into work items, fetches what they point at and applies it.
package main

import (
	"context"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/work"
)

// worker looks at what hints point to.
type worker interface {
	Arrived(ctx context.Context, a hint.Arrival) (n work.Nudge, ok bool, err error)
	Nudged(ctx context.Context, n work.Nudge) error
}

type handler struct{ worker worker }

func (h *handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	var seen sync.Map // by work.Ref
	return queue.TwoPass(ctx, event, func(ctx context.Context, body string) (func(context.Context) error, error) {
		b, err := queue.Read(body)
		if err != nil {
			return nil, err
		}
		n, ok := b.Nudge, true
		if b.Arrival != nil {
			if n, ok, err = h.worker.Arrived(ctx, *b.Arrival); err != nil {
				return nil, err
			}
		}
		if _, twice := seen.LoadOrStore(n.Ref, true); !ok || twice {
			return nil, nil
		}
		return func(ctx context.Context) error { return h.worker.Nudged(ctx, n) }, nil
	}), nil
}

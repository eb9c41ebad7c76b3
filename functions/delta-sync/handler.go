// Command delta-sync finds what changed at Lever since the last look, and patrols the interviews.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/work"
)

// attendant runs a worker on a work item.
type attendant interface {
	Attend(ctx context.Context, n work.Nudge, do func(context.Context, work.Item) (work.Verdict, error)) error
}

// runner does deltas and patrols.
type runner interface {
	Attend(ctx context.Context, item work.Item) (work.Verdict, error)
	Patrol(ctx context.Context, item work.Item) (work.Verdict, error)
}

type handler struct {
	attendant attendant
	runner    runner
}

func (h *handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	return queue.Batch(ctx, event, func(ctx context.Context, body string) error {
		n, err := queue.ReadNudge(body, work.Delta, work.Patrol)
		if err != nil {
			return err
		}
		if n.Kind == work.Patrol {
			return h.attendant.Attend(ctx, n, h.runner.Patrol)
		}
		return h.attendant.Attend(ctx, n, h.runner.Attend)
	}), nil
}

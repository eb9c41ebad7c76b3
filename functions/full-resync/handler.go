// Command full-resync does complete sweeps of Lever accounts in slices, looks after the webhooks, takes connections down
// at their end, and does the work of operators' runs over all connections.
package main

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/work"
)

// attendant runs a worker on a work item.
type attendant interface {
	Attend(ctx context.Context, n work.Nudge, do func(context.Context, work.Item) (work.Verdict, error)) error
}

// sweeper does sweeps.
type sweeper interface {
	Attend(ctx context.Context, item work.Item) (work.Verdict, error)
}

// keeper looks after the webhooks of connections and takes connections down.
type keeper interface {
	AttendHooks(ctx context.Context, item work.Item) (work.Verdict, error)
	AttendEnding(ctx context.Context, item work.Item) (work.Verdict, error)
}

// operator does the work of operations over all connections.
type operator interface {
	AttendWalk(ctx context.Context, item work.Item) (work.Verdict, error)
	AttendReseal(ctx context.Context, item work.Item) (work.Verdict, error)
	AttendEnd(ctx context.Context, item work.Item) (work.Verdict, error)
}

type handler struct {
	attendant attendant
	sweeper   sweeper
	keeper    keeper
	operator  operator
}

// workers says who does which kind of work.
func (h *handler) workers() map[work.Kind]func(context.Context, work.Item) (work.Verdict, error) {
	return map[work.Kind]func(context.Context, work.Item) (work.Verdict, error){
		work.Resync: h.sweeper.Attend, work.Hooks: h.keeper.AttendHooks, work.Ending: h.keeper.AttendEnding,
		work.Walk: h.operator.AttendWalk, work.Reseal: h.operator.AttendReseal, work.End: h.operator.AttendEnd,
	}
}

func (h *handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	return queue.Batch(ctx, event, func(ctx context.Context, body string) error {
		n, err := queue.ReadNudge(body, slices.Collect(maps.Keys(h.workers()))...)
		if err != nil {
			return err
		}
		return h.attendant.Attend(ctx, n, h.workers()[n.Kind])
	}), nil
}

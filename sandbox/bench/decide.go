package bench

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/work"
)

// Slots of decision-push and the messages of a batch, as in template.yaml.
const decisionSlots, decisionBatch = 30, 10

// decisionWorker is decision-push, in a process of its own.
func (w *World) decisionWorker() func(ctx context.Context, batch []message) {
	connections := *w.Connections
	rate := &budget.Budget{DB: w.Meter, Now: time.Now, Sleep: sleep, Limits: budget.Lever()}
	connections.Limiter = func(id string, lane budget.Lane) lever.Limiter { return &clocked{rate.Lease(id, lane), w, lane} }
	deliverer := &decision.Deliverer{
		DB: w.Meter, Work: w.Work, Nudge: w, Lever: decision.Opener{Connections: &connections}, Users: w.Mirror,
		Marker: decision.Marker{Key: "of the bench, and of at least 32 bytes"}, Now: time.Now, NewID: w.id, Log: slog.Default(), Told: connections.Record,
	}
	return func(ctx context.Context, batch []message) {
		var group sync.WaitGroup
		for _, m := range batch {
			group.Go(func() {
				b, err := queue.Read(m.body)
				if err != nil {
					panic("bench: " + err.Error())
				}
				if err := deliverer.Handle(ctx, b.Nudge); err != nil && ctx.Err() == nil {
					slog.WarnContext(ctx, "work failed", "error", err.Error())
				}
			})
		}
		group.Wait()
	}
}

// Decide hands a decision about a candidate over, as platform-api does.
func (w *World) Decide(ctx context.Context, tenant, candidate string, n int) error {
	s := &decision.Service{DB: w.Meter, Work: w.Work, Nudge: w, Now: time.Now, Tenants: w.Connections}
	_, err := s.Accept(ctx, tenant, fmt.Sprintf("decision-%d", n), decision.Submission{
		Opportunity: candidate, Outcome: decision.Advance, Reason: "Clear thinking", Rating: 3, DecidedAt: time.Now().UnixMilli(),
		By: decision.Decider{Name: "Sample Recruiter", Email: "recruiter@example.com"}, Version: 1,
	})
	return err
}

var _ work.Nudger = (*World)(nil)

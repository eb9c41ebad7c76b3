package delta

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/slice"
	"github.com/evidenced/lever-integration/shared/work"
)

// The patrol reads the interviews of a few candidates, rests, and goes on: at most one request a second on average.
const (
	patrolBatch = 20
	patrolRest  = 20 * time.Second
	patrolLoop  = time.Minute // shortest time of a whole circle
)

// Patrol does one leg of the circle over the active candidates whose work item is claimed.
func (r *Runner) Patrol(ctx context.Context, item work.Item) (work.Verdict, error) {
	access, p, ok, err := slice.Begin(ctx, r.Connections, item, budget.PatrolLane)
	if err != nil || !ok {
		return work.Done(), err
	}
	if p.Started == 0 {
		p.Started = r.Now().UnixMicro()
	}
	candidates, next, err := r.Mirror.List(ctx, item.PK, mirror.Candidate, mirror.ListOptions{Limit: patrolBatch, Cursor: p.Offset})
	if err != nil {
		return work.Done(), fmt.Errorf("list candidates to patrol: %w", err)
	}
	faults := converge.Spare(len(candidates))
	for _, c := range candidates {
		if !r.Connections.Stands(ctx, item.PK) {
			return work.Done(), nil
		}
		found, err := r.Converger.Interviews(ctx, access, c.ID)
		if err == nil {
			err = silence.Tell(ctx, r.Connections, access.Connection, silence.Interviews(found), r.Now())
		}
		if err := faults.Take(err); err != nil {
			return work.Again(r.Now().Add(patrolRest), p.String()), err
		}
	}
	p.Offset = next
	if next != "" {
		return work.Next(r.Now().Add(patrolRest), p.String()), nil
	}
	err = r.Connections.SaveProgress(ctx, item.PK, func(q *connection.Progress) {
		if q.EndedAt == 0 {
			return // the first sync was still filling the mirror: a circle over a part of it says nothing
		}
		q.PatrolAt = r.Now().UnixMilli()
		q.PatrolTook = q.PatrolAt - p.Started/1000
	})
	return work.Next(r.Now().Add(patrolLoop), ""), err
}

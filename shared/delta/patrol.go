package delta

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/slice"
	"github.com/evidenced/lever-integration/shared/work"
)

// The patrol reads the interviews of a few candidates, rests, and goes on: at most one request a second on average. That is
// its pace in the first day of a connection and while the webhooks for interviews are in doubt. Else it goes round in
// calmRound, or with few candidates at one in calmEach, for then the webhooks tell of changes and it only makes sure
// (docs/decisions/0021).
const (
	patrolBatch = 20
	patrolRest  = 20 * time.Second
	patrolLoop  = time.Minute // shortest time of a whole circle

	calmRound  = 12 * time.Hour
	calmEach   = 45 * time.Second
	doubtStays = 24 * time.Hour // after the connect, and after a change without its webhook
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
	rest, err := r.pace(ctx, access.Connection)
	if err != nil {
		return work.Done(), err
	}
	candidates, next, err := r.Mirror.List(ctx, item.PK, mirror.Candidate, mirror.ListOptions{Limit: patrolBatch, Cursor: p.Offset})
	if err != nil {
		return work.Done(), fmt.Errorf("list candidates to patrol: %w", err)
	}
	faults, finds := converge.Spare(len(candidates)), 0
	for _, c := range candidates {
		if !r.Connections.Stands(ctx, item.PK) {
			return work.Done(), nil
		}
		found, err := r.Converger.Interviews(ctx, access, c.ID)
		if finds += found.Missing + found.Extra + found.Stale; err == nil {
			err = silence.Tell(ctx, r.Connections, access.Connection, silence.Interviews(found), r.Now())
		}
		if err := faults.Take(err); err != nil {
			return work.Again(r.Now().Add(patrolRest), p.String()), err
		}
	}
	if finds > 0 {
		err = r.Connections.SaveProgress(ctx, item.PK, func(q *connection.Progress) { q.PatrolFind = r.Now().UnixMilli() })
		if err != nil {
			return work.Done(), err
		}
	}
	p.Offset = next
	if next != "" {
		return work.Next(r.Now().Add(rest), p.String()), nil
	}
	err = r.Connections.SaveProgress(ctx, item.PK, func(q *connection.Progress) {
		if q.EndedAt == 0 {
			return // the first sync was still filling the mirror: a circle over a part of it says nothing
		}
		q.PatrolAt = r.Now().UnixMilli()
		q.PatrolTook = q.PatrolAt - p.Started/1000
	})
	return work.Next(r.Now().Add(max(rest, patrolLoop)), ""), err
}

// pace is how long to rest after a leg. What a round takes at that pace is noted for the page.
func (r *Runner) pace(ctx context.Context, c connection.Connection) (rest time.Duration, err error) {
	p, err := r.Connections.Progress(ctx, c.ID())
	if err != nil {
		return 0, err
	}
	hooks, err := r.Connections.Hooks(ctx, c.ID())
	if err != nil {
		return 0, err
	}
	active := 0
	for _, k := range p.Kinds {
		if k.Kind == string(mirror.Candidate) {
			active = max(k.Done, k.Expected)
		}
	}
	rest = restAfter(active, r.brisk(c, p, hooks))
	legs := max(1, (active+patrolBatch-1)/patrolBatch)
	round := max(patrolLoop, time.Duration(legs)*rest).Milliseconds()
	if p.EndedAt == 0 || p.PatrolPace == round {
		return rest, nil
	}
	return rest, r.Connections.SaveProgress(ctx, c.ID(), func(q *connection.Progress) { q.PatrolPace = round })
}

// restAfter is the rest between two legs over so many active candidates.
func restAfter(active int, brisk bool) time.Duration {
	if brisk || active == 0 {
		return patrolRest
	}
	return max(patrolRest, patrolBatch*min(calmEach, calmRound/time.Duration(active)))
}

// brisk says whether there is a reason to go round at full pace: the connection is new, no webhook was ever heard, one for
// interviews is missing, or a look found an interview changed, which a webhook should have told.
func (r *Runner) brisk(c connection.Connection, p connection.Progress, hooks []connection.Hook) bool {
	lately := func(at int64) bool { return r.Now().Sub(time.UnixMilli(at)) < doubtStays }
	for _, d := range p.Drift {
		if d.Kind == string(mirror.Interview) && d.Missing+d.Extra+d.Stale > 0 && lately(p.EndedAt) {
			return true
		}
	}
	if lately(c.ConnectedAt) || lately(p.PatrolFind) || c.HooksRefusedAt > 0 {
		return true
	}
	heard := false
	for _, h := range hooks {
		heard = heard || h.LastEvent > 0
		switch h.Event {
		case lever.EventInterviewCreated, lever.EventInterviewUpdated, lever.EventInterviewDeleted:
			if h.LeverID == "" || h.EnoughAt > 0 || h.Missed > 0 && lately(h.MissedAt) {
				return true
			}
		}
	}
	return !heard
}

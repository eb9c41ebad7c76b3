package delta

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// The patrol reads the interviews of a few candidates, rests, and goes on: at most one request a second on average. It goes
// round in the first day of a connection and while there is a doubt about the webhooks for interviews. Else it only looks
// whether there is one, for then the webhooks tell of changes, and the nightly resync, which reads all interviews too, makes
// sure (docs/decisions/0021).
const (
	patrolBatch = 20
	patrolRest  = 20 * time.Second
	patrolLoop  = time.Minute // shortest time of a whole circle

	calmRest   = 45 * time.Minute
	calmRound  = 24 * time.Hour // of the nightly resync
	doubtStays = 24 * time.Hour // after the connect, and after a change without its webhook
	resyncLate = 26 * time.Hour // after the last one
)

// Patrol does one leg of the circle over the active candidates whose work item is claimed. Whose turn it is stands in the
// checkpoint before the first look: of a candidate who is found gone, the interviews leave afterwards, and whoever goes on
// after a failure in between would not find that candidate among the active ones.
func (r *Runner) Patrol(ctx context.Context, item work.Item) (work.Verdict, error) {
	access, p, ok, err := slice.Begin(ctx, r.Connections, item, budget.PatrolLane)
	if err != nil || !ok {
		return work.Done(), err
	}
	brisk, round, err := r.pace(ctx, access.Connection)
	if err != nil {
		return work.Done(), err
	}
	if len(p.Pending) > 0 {
		stands, finds, err := r.leg(ctx, access, p.Pending)
		if finds > 0 {
			err = errors.Join(err, r.Connections.SaveProgress(ctx, item.PK, func(q *connection.Progress) { q.PatrolFind = r.Now().UnixMilli() }))
		}
		if err != nil {
			return work.Again(r.Now().Add(patrolRest), p.String()), err
		}
		if !stands {
			return work.Done(), nil
		}
		if p.Offset == "" {
			return r.wholeRound(ctx, item.PK, p, round)
		}
	}
	if !brisk {
		return work.Next(r.Now().Add(calmRest), ""), nil
	}
	return r.turn(ctx, item.PK, p, round)
}

// turn notes whose turn it is after a rest, or at once when the circle begins. Nobody's is the end of the circle.
func (r *Runner) turn(ctx context.Context, id string, p slice.Point, round time.Duration) (work.Verdict, error) {
	candidates, next, err := r.Mirror.List(ctx, id, mirror.Candidate, mirror.ListOptions{Limit: patrolBatch, Cursor: p.Offset})
	if err != nil {
		return work.Done(), fmt.Errorf("list candidates to patrol: %w", err)
	}
	rest := patrolRest
	if p.Started == 0 {
		p.Started, rest = r.Now().UnixMicro(), 0
	}
	p.Pending, p.Offset = nil, next
	for _, c := range candidates {
		p.Pending = append(p.Pending, c.ID)
	}
	if len(p.Pending) == 0 && next == "" {
		return r.wholeRound(ctx, id, p, round)
	}
	return work.Next(r.Now().Add(rest), p.String()), nil
}

// wholeRound notes how long a circle took; the next one begins soon.
func (r *Runner) wholeRound(ctx context.Context, id string, p slice.Point, round time.Duration) (work.Verdict, error) {
	err := r.Connections.SaveProgress(ctx, id, func(q *connection.Progress) {
		if q.EndedAt == 0 {
			return // the first sync was still filling the mirror: a circle over a part of it says nothing
		}
		q.PatrolAt = r.Now().UnixMilli()
		q.PatrolTook, q.PatrolPace = q.PatrolAt-p.Started/1000, round.Milliseconds()
	})
	return work.Next(r.Now().Add(patrolLoop), ""), err
}

// leg looks at the interviews of candidates, a few at once, as long as the connection stands; finds counts the changes.
func (r *Runner) leg(ctx context.Context, access *connection.Access, candidates []string) (stands bool, finds int, err error) {
	faults := converge.Spare(access.Connection.ID(), len(candidates))
	for some := range slices.Chunk(candidates, max(1, r.Parallel)) {
		if !r.Connections.Stands(ctx, access.Connection.ID()) {
			return false, finds, nil
		}
		for _, one := range r.interviews(ctx, access, some) {
			finds += one.found.Missing + one.found.Extra + one.found.Stale
			err = cmp.Or(err, faults.Take(ctx, one.err))
		}
		if err != nil {
			break
		}
	}
	return true, finds, err
}

// compared is what the look at one candidate's interviews found.
type compared struct {
	found converge.Compared
	err   error
}

// interviews looks at the interviews of a few candidates at once, so that the leg does not wait for each way to Lever.
func (r *Runner) interviews(ctx context.Context, access *connection.Access, candidates []string) []compared {
	looks := make([]compared, len(candidates))
	look := func(i int) {
		defer func() {
			if v := recover(); v != nil {
				looks[i].err = fmt.Errorf("panic with a %T at the interviews of %q", v, candidates[i])
			}
		}()
		found, err := r.Converger.Interviews(ctx, access, candidates[i])
		if err == nil {
			err = silence.Tell(ctx, r.Connections, access.Connection, silence.Interviews(found), r.Now())
		}
		looks[i] = compared{found, err}
	}
	var all sync.WaitGroup
	for i := range candidates[1:] {
		all.Go(func() { look(i + 1) })
	}
	look(0)
	all.Wait()
	return looks
}

// pace says whether the patrol goes round now, and how long a round takes. The page is told, but of a patrol that sets out
// again only when it has gone round: until then the interviews are as old as the nightly resync.
func (r *Runner) pace(ctx context.Context, c connection.Connection) (brisk bool, round time.Duration, err error) {
	p, err := r.Connections.Progress(ctx, c.ID())
	if err != nil {
		return false, 0, err
	}
	hooks, err := r.Connections.Hooks(ctx, c.ID())
	if err != nil {
		return false, 0, err
	}
	active := 0
	for _, k := range p.Kinds {
		if k.Kind == string(mirror.Candidate) {
			active = max(k.Done, k.Expected)
		}
	}
	brisk = r.brisk(c, p, hooks)
	round = roundOver(active, brisk)
	if p.EndedAt == 0 || p.PatrolPace == round.Milliseconds() || p.PatrolPace == calmRound.Milliseconds() {
		return brisk, round, nil
	}
	return brisk, round, r.Connections.SaveProgress(ctx, c.ID(), func(q *connection.Progress) { q.PatrolPace = round.Milliseconds() })
}

// roundOver is how long a round over so many active candidates takes: the patrol's own, or that of the nightly resync.
func roundOver(active int, brisk bool) time.Duration {
	if !brisk {
		return calmRound
	}
	return max(patrolLoop, time.Duration((active+patrolBatch-1)/patrolBatch)*patrolRest)
}

// brisk says whether there is a reason to go round: the connection is new, the nightly resync is late, no webhook was ever
// heard, one for interviews is missing, or a look found an interview changed, which a webhook should have told.
func (r *Runner) brisk(c connection.Connection, p connection.Progress, hooks []connection.Hook) bool {
	lately := func(at int64) bool { return r.Now().Sub(time.UnixMilli(at)) < doubtStays }
	for _, d := range p.Drift {
		if d.Kind == string(mirror.Interview) && d.Missing+d.Extra+d.Stale+d.Broken > 0 && lately(p.EndedAt) {
			return true
		}
	}
	if lately(c.ConnectedAt) || lately(p.PatrolFind) || c.HooksRefusedAt > 0 || r.Now().Sub(time.UnixMilli(p.EndedAt)) > resyncLate {
		return true
	}
	heard, silent := false, 0
	for _, h := range hooks {
		heard = heard || h.LastEvent > 0
		if h.EnoughAt > 0 {
			silent++ // two kinds at once: it is not a toggle, nothing arrives
		}
		switch h.Event {
		case lever.EventInterviewCreated, lever.EventInterviewUpdated, lever.EventInterviewDeleted:
			if h.LeverID == "" || h.EnoughAt > 0 || h.Missed > 0 && lately(h.MissedAt) {
				return true
			}
		}
	}
	return !heard || silent > 1
}

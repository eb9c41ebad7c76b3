// Package delta finds what changed at Lever since the last look, every minute, whether webhooks came or not: changed
// opportunities and postings by their time of change, deletions by Lever's lists of the deleted, users by their complete
// list, and interviews, which have neither, by a slow patrol over the active candidates.
package delta

import (
	"cmp"
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

// Times of the delta. A change is seen at the latest when the window after next is walked: every + behind + the second
// that Lever's clock does not tell make a minute, and to that comes one run.
const (
	every   = 57 * time.Second // from the end of one run to the next
	overlap = 2 * time.Minute  // windows overlap by this much: Lever's clock, its replicas and rows that move
	behind  = 2 * time.Second  // a window ends this long before Lever's own time, which comes in whole seconds
	longest = 29 * 24 * time.Hour
)

// The first delta of a connection waits this long for the first sweep, which reads all lists anyway and learns Lever's
// time from them; if it does not, the delta asks itself.
const (
	afterSweep = 10 * time.Second
	alone      = 30 * time.Second
)

// Users are read in full with each delta, from converge.ManyUsers on every manyEvery, and not when a sweep read them a moment ago.
const (
	manyEvery = 15 * time.Minute
	justRead  = 15 * time.Second
)

// Runner does deltas. It is safe for concurrent use.
type Runner struct {
	Connections *connection.Service
	Converger   *converge.Converger
	Mirror      *mirror.Store
	List        *work.List
	Nudge       work.Nudger
	Now         func() time.Time
	Slice       time.Duration // how long one run may take
	Parallel    int           // calls to Lever in flight at once; 1 when 0
}

// Attend does one delta, or goes on with an unfinished one. The window is closed by Lever's clock when it begins and
// the watermark, which stands in the checkpoint, moves only when the window was walked to its end.
func (r *Runner) Attend(ctx context.Context, item work.Item) (work.Verdict, error) {
	access, p, ok, err := slice.Begin(ctx, r.Connections, item, budget.DeltaLane)
	if err == nil && !ok {
		err = r.rest(ctx, item)
	}
	if err != nil || !ok {
		return work.Done(), err
	}
	run := &run{Runner: r, access: access, known: &p.Known}
	fresh := p.To == 0
	if fresh {
		opened, err := run.open(ctx, &p)
		if err != nil {
			return work.Done(), err
		}
		if !opened {
			return work.Again(r.Now().Add(afterSweep), ""), nil
		}
	}
	run.lists = listsOf(access, p)
	if fresh && r.Parallel > 1 {
		if err := run.askEarly(ctx, run.usersDue()); err != nil {
			return work.Again(r.Now(), p.String()), err
		}
	}
	end := r.Now().Add(r.Slice)
	done, err := slice.Run(ctx, &p, run.course(), func() bool {
		return r.Now().Before(end) && ctx.Err() == nil && (run.early && p.Offset == "" || r.Connections.Stands(ctx, item.PK))
	})
	if err != nil || !done {
		return work.Again(r.Now(), p.String()), err
	}
	p.Known.Seen = max(p.Known.Seen, p.To)
	next := r.Now().Add(every)
	if !run.usersAt.IsZero() && run.usersAt.Add(every).Before(next) {
		next = run.usersAt.Add(every)
	}
	return work.Next(next, slice.Point{Known: p.Known}.String()), nil
}

// rest keeps how far the deltas saw for a reconnect, which may come a long time after access was lost: what was deleted at
// Lever meanwhile stands in no other list. The end of a connection, which removes what is kept, waits for whoever claimed
// before it began.
func (r *Runner) rest(ctx context.Context, item work.Item) error {
	p, err := slice.Parse(item.Note)
	if err != nil || p.Known.Seen == 0 {
		return err
	}
	c, _, err := r.Connections.Load(ctx, item.PK)
	if err != nil || c.State != connection.Revoked {
		return err
	}
	return r.Connections.SaveProgress(ctx, item.PK, func(q *connection.Progress) {
		q.SeenTo, q.DeltaAt = max(q.SeenTo, p.Known.Seen), max(q.DeltaAt, item.DoneAt)
	})
}

// run is one delta at work.
type run struct {
	*Runner
	access  *connection.Access
	lists   *lists
	early   bool         // the first pages were read at once
	known   *slice.Known // of the checkpoint
	usersAt time.Time    // of the sweep's reading of the users that stands for ours
	spread  time.Duration
}

func (r *run) course() []slice.Phase {
	return []slice.Phase{
		{Name: "read changed opportunities", Step: r.opportunities},
		{Name: "read changed postings", Step: r.postings},
		{Name: "read deleted opportunities", Step: r.deletedOpportunities},
		{Name: "read deleted applications", Step: r.deletedApplications},
		{Name: "read deleted postings", Step: r.deletedPostings},
		{Name: "read users", Step: r.users},
	}
}

// open fixes the window: from the watermark, with overlap, to Lever's time now. It is false when the first delta should
// wait for the first sweep.
func (r *run) open(ctx context.Context, p *slice.Point) (bool, error) {
	from, connected := r.known.Seen, r.access.Connection.ConnectedAt
	if from == 0 {
		progress, err := r.Connections.Progress(ctx, r.access.Connection.ID())
		if err != nil {
			return false, err
		}
		told, err := r.Converger.Looked(ctx, r.access)
		if err != nil {
			return false, err
		}
		if progress.SeenTo == 0 && told.At < connected && r.Now().Before(time.UnixMilli(connected).Add(alone)) {
			return false, nil
		}
		from = cmp.Or(progress.SeenTo, connected)
		r.known.Behind, r.known.ToldAt, r.known.Users, r.known.UsersAt = told.Behind, told.At, told.Users, told.UsersAt
	}
	p.From = time.UnixMilli(from).Add(-overlap).UnixMilli()
	if r.Now().Sub(time.UnixMilli(r.known.ToldAt)) > time.Hour {
		if err := r.askTime(ctx); err != nil {
			return false, err
		}
	}
	p.Started = r.Now().UnixMicro()
	p.To = r.Now().Add(-behind).UnixMilli() - r.known.Behind
	p.From = max(p.From, p.To-longest.Milliseconds())
	p.From = min(p.From, p.To)
	return true, nil
}

// askTime learns Lever's time from a short list. An answer without a time leaves our own clock.
func (r *run) askTime(ctx context.Context) error {
	page, err := r.access.Lever.Stages(ctx, "")
	if err != nil {
		return fmt.Errorf("ask Lever's time: %w", err)
	}
	r.told(page.Served)
	return nil
}

// timeStands is how long what is known of Lever's clock stands, unless an answer shows that it is further behind.
const timeStands = 10 * time.Minute

// told takes Lever's time as it came with an answer; zero tells nothing.
func (r *run) told(served time.Time) {
	now := r.Now()
	if behind := now.Sub(served).Milliseconds(); !served.IsZero() && (behind > r.known.Behind || now.Sub(time.UnixMilli(r.known.ToldAt)) >= timeStands) {
		r.known.Behind, r.known.ToldAt = behind, now.UnixMilli()
	}
}

func (r *run) opportunities(ctx context.Context, _ *slice.Point, offset string) (string, error) {
	page, fetched, err := r.lists.opportunities.page(ctx, offset, r.Now)
	if err != nil {
		return "", err
	}
	if offset == "" {
		r.told(page.Served)
	}
	if len(page.Items) == 0 {
		return page.Next, r.alone(ctx, "opportunity/", page.Broken)
	}
	results, err := r.Converger.Opportunities(ctx, r.access, page.Items, fetched)
	if err != nil {
		return "", err
	}
	for i, result := range results {
		if err := r.follow(ctx, page.Items[i], result); err != nil {
			return "", err
		}
	}
	return page.Next, r.alone(ctx, "opportunity/", page.Broken)
}

// alone asks for a look at each object of a list that could not be read there: it stays on the to-do list until it can,
// or a person has to look.
func (r *run) alone(ctx context.Context, what string, broken []lever.Broken) error {
	for _, b := range broken {
		if b.ID == "" {
			continue
		}
		if err := r.ask(ctx, what+b.ID); err != nil {
			return err
		}
	}
	return nil
}

// follow asks for what a changed opportunity needs besides, and notes which webhook should have told us.
func (r *run) follow(ctx context.Context, o lever.Opportunity, result mirror.Result) error {
	if o.Archived == nil && result.Was.Listed == 0 && result.Outcome != mirror.Older {
		if err := r.askAt(ctx, "interviews/"+o.ID, r.Now().Add(r.spread)); err != nil {
			return err
		}
		r.spread += interviewsApart
	}
	if result.Conflicting {
		if err := r.ask(ctx, "opportunity/"+o.ID); err != nil {
			return err
		}
	}
	return r.missed(ctx, silence.Candidate(o, result, r.Now()))
}

func (r *run) missed(ctx context.Context, misses []silence.Miss) error {
	return silence.Tell(ctx, r.Connections, r.access.Connection, misses, r.Now())
}

// interviewsApart spreads the looks at the interviews of new candidates: a hundred at once would stand before the webhooks
// that come next, in the same lane.
const interviewsApart = 500 * time.Millisecond

func (r *run) ask(ctx context.Context, target string) error { return r.askAt(ctx, target, r.Now()) }

func (r *run) askAt(ctx context.Context, target string, due time.Time) error {
	ref := work.Ref{Connection: r.access.Connection.ID(), Kind: work.Hint, Target: target}
	if err := r.List.Ask(ctx, ref, due, nil); err != nil {
		return err
	}
	if wait := due.Sub(r.Now()); wait < time.Minute { // what is later, and a message that is lost, sync-dispatch finds
		_ = r.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, max(0, wait))
	}
	return nil
}

func (r *run) postings(ctx context.Context, _ *slice.Point, offset string) (string, error) {
	page, fetched, err := r.lists.postings.page(ctx, offset, r.Now)
	if err != nil {
		return "", err
	}
	if _, err = r.Converger.Postings(ctx, r.access, page.Items, fetched); err != nil {
		return "", err
	}
	return page.Next, r.alone(ctx, "posting/", page.Broken)
}

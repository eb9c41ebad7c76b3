package resync

import (
	"context"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/slice"
)

// tally counts what a page brought.
func (s *sweep) tally(ctx context.Context, kind mirror.Kind, results []mirror.Result, unread []lever.Broken) {
	broken := converge.Unreadable(ctx, s.access.Connection.ID(), kind, unread)
	s.mu.Lock()
	defer s.mu.Unlock()
	p, k := s.point, string(kind)
	p.Count(k, len(results))
	for _, r := range results {
		switch r.Outcome {
		case mirror.Created, mirror.Returned:
			p.Count(k+"-missing", 1)
		case mirror.Updated:
			p.Count(k+"-stale", 1)
		}
	}
	if broken > 0 {
		p.Count(k+"-broken", broken)
	}
}

// compared counts what a look at the interviews of a candidate found.
func (s *sweep) compared(f converge.Compared) {
	p := s.point
	p.Count("interview", f.Checked)
	p.Count("interview-missing", f.Missing)
	p.Count("interview-extra", f.Extra)
	p.Count("interview-stale", f.Stale)
	p.Count("interview-broken", f.Broken)
}

// firstSweep counts a sweep that fills an empty mirror: what it finds was not missed by anybody.
const firstSweep = "first"

// passedOver counts the candidates of a sweep whose interviews could not be read.
const passedOver = "passed-over"

// told is after how many candidates the page hears of the progress.
const told = 25

// walked notes that the interviews of a candidate are done.
func (s *sweep) walked(ctx context.Context, id string, f converge.Compared, broken bool) error {
	s.mu.Lock()
	p := s.point
	s.compared(f)
	if broken {
		p.Count("interview-broken", 1)
		p.Count(passedOver, 1)
	}
	p.Count("walked", 1)
	left := make([]string, 0, len(p.Pending))
	for _, other := range p.Pending {
		if other != id {
			left = append(left, other)
		}
	}
	p.Pending = left
	due, first := p.Counts["walked"]%told == 0, p.Counts[firstSweep] > 0
	s.mu.Unlock()
	if !first {
		if err := silence.Tell(ctx, s.Connections, s.access.Connection, silence.Interviews(f), s.Now()); err != nil {
			return err
		}
	}
	if due {
		return s.publish(ctx)
	}
	return nil
}

// publish writes the progress for the page.
func (s *sweep) publish(ctx context.Context) error {
	s.mu.Lock()
	phase, counts, walks := s.point.Phase, map[string]int{}, map[string]slice.Walk{}
	for name, n := range s.point.Counts {
		counts[name] = n
	}
	for name, w := range s.point.Walks {
		walks[name] = w
	}
	s.mu.Unlock()
	if phase >= len(s.course())-1 {
		return nil // close has written the report, or will
	}
	return s.Connections.SaveProgress(ctx, s.access.Connection.ID(), func(q *connection.Progress) {
		before := map[string]connection.KindCount{}
		for _, k := range q.Kinds {
			before[k.Kind] = k
		}
		q.Running, q.Kinds = true, nil
		for _, kind := range mirror.Kinds() {
			k := before[string(kind)]
			k.Kind, k.Done = string(kind), counts[string(kind)]
			k.Ready = phase > 0 || walks[string(kind)].Done
			if kind == mirror.Interview {
				k.Done, k.Expected, k.Ready = counts["walked"], max(counts[string(mirror.Candidate)], before[string(mirror.Candidate)].Expected), phase > 0
			} else if k.Ready {
				k.Expected = k.Done
			}
			q.Kinds = append(q.Kinds, k)
		}
	})
}

func drift(p *slice.Point, kind mirror.Kind) connection.KindDrift {
	k := string(kind)
	return connection.KindDrift{
		Kind: k, Checked: p.Counts[k], Missing: p.Counts[k+"-missing"], Extra: p.Counts[k+"-extra"], Stale: p.Counts[k+"-stale"],
		Broken: p.Counts[k+"-broken"],
	}
}

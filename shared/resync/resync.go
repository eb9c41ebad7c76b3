// Package resync sweeps a whole Lever account into the mirror: on connect, every night, and on request. It works in
// slices with a checkpoint every few seconds, under the claim of one work item, so that two sweeps of a connection never
// overlap and a dead slice is picked up when its claim runs out.
//
// The lists and the interviews of the candidates that they show are read side by side, because only enough calls in
// flight reach Lever's limit when Lever answers slowly.
//
// Every record a sweep meets gets a newer fetch start. What is active afterwards with an older one is what the lists
// did not show; each of these is fetched on its own before anything is removed (invariant I6).
package resync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/slice"
	"github.com/evidenced/lever-integration/shared/telemetry"
	"github.com/evidenced/lever-integration/shared/work"
)

// Sweeper does complete sweeps. It is safe for concurrent use.
type Sweeper struct {
	Connections *connection.Service
	Converger   *converge.Converger
	Mirror      *mirror.Store
	Now         func() time.Time
	Slice       time.Duration // how long one slice may take
	Parallel    int           // calls in flight at once for interviews; 1 when 0
}

// every is the time from the end of one sweep to the next that comes by itself.
const every = 24 * time.Hour

// Attend does one slice of the sweep whose work item is claimed.
func (s *Sweeper) Attend(ctx context.Context, item work.Item) (work.Verdict, error) {
	access, p, ok, err := slice.Begin(ctx, s.Connections, item, budget.ResyncLane)
	if err != nil || !ok {
		return work.Done(), err
	}
	run := &sweep{Sweeper: s, access: access, item: item, point: &p, end: s.Now().Add(s.Slice)}
	if p.Started == 0 {
		p.Started, p.Asked = s.Now().UnixMicro(), item.Seq
		if err := run.begin(ctx); err != nil {
			return work.Done(), err
		}
	}
	done, err := slice.Run(ctx, &p, run.course(), func() bool { return run.stands(ctx) })
	if errors.Is(err, work.ErrLost) {
		return work.Done(), err
	}
	if saved := run.publish(context.WithoutCancel(ctx)); err == nil {
		err = saved
	}
	if err != nil || !done {
		return work.Again(s.Now(), p.String()), err
	}
	if p.Asked != item.Seq {
		return work.Again(s.Now(), ""), nil // asked for again since this sweep began: what it had passed may have changed
	}
	return work.Next(s.Now().Add(every), ""), nil
}

// sweep is one slice at work.
type sweep struct {
	*Sweeper
	access *connection.Access
	item   work.Item
	end    time.Time
	kept   time.Time // when the checkpoint was stored last
	idle   bool      // no interviews are read in this step

	mu      sync.Mutex // guards what is below while walks run side by side
	point   *slice.Point
	stopped bool
}

func (s *sweep) course() []slice.Phase {
	return []slice.Phase{
		{Name: "sweep lists and interviews", Step: s.lists},
		{Name: "verify candidates", Step: s.verify(mirror.Candidate)},
		{Name: "verify jobs", Step: s.verify(mirror.Job)},
		{Name: "verify users", Step: s.verify(mirror.User)},
		{Name: "verify interviews", Step: s.verify(mirror.Interview)},
		{Name: "close the sweep", Step: s.close},
	}
}

// more says whether the slice has time for another call to Lever, and none of its walks has failed.
func (s *sweep) more(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.stopped && s.Now().Before(s.end) && ctx.Err() == nil
}

// stands is more, and that the connection has not been ended meanwhile.
func (s *sweep) stands(ctx context.Context) bool {
	return s.more(ctx) && s.Connections.Stands(ctx, s.item.PK)
}

// keepEvery is how often the checkpoint is stored while a slice goes on.
const keepEvery = 5 * time.Second

// keep stores the checkpoint, so that a slice that dies costs at most what it did since.
func (s *sweep) keep(ctx context.Context) error {
	if s.Now().Sub(s.kept) < keepEvery {
		return nil
	}
	s.kept = s.Now()
	return s.Connections.Work.Keep(ctx, s.item, s.point.String())
}

// begin notes on the page that a sweep is running and what it may expect to find.
func (s *sweep) begin(ctx context.Context) error {
	counts, err := s.Mirror.Counts(ctx, s.access.Connection.ID())
	if err != nil {
		return err
	}
	if err := s.Connections.Record(ctx, s.access.Connection.ID(), "resync-started"); err != nil {
		return err
	}
	return s.Connections.SaveProgress(ctx, s.access.Connection.ID(), func(p *connection.Progress) {
		p.Running, p.First, p.StartedAt, p.Kinds = true, p.EndedAt == 0, s.Now().UnixMilli(), nil
		if p.First {
			s.point.Counts = map[string]int{firstSweep: 1}
		}
		for _, kind := range mirror.Kinds() {
			p.Kinds = append(p.Kinds, connection.KindCount{Kind: string(kind), Expected: counts[kind].Active})
		}
	})
}

// close erases what is past its time and reports what the sweep found.
func (s *sweep) close(ctx context.Context, p *slice.Point, _ string) (string, error) {
	id := s.access.Connection.ID()
	if _, err := s.Mirror.Erase(ctx, id); err != nil {
		return "", err
	}
	repaired, checked, broken := 0, 0, 0
	err := s.Connections.SaveProgress(ctx, id, func(q *connection.Progress) {
		first := q.EndedAt == 0
		q.Running, q.EndedAt, q.Drift = false, s.Now().UnixMilli(), nil
		repaired, checked, broken = 0, 0, 0
		for _, kind := range mirror.Kinds() {
			d := drift(p, kind)
			if first {
				d.Missing, d.Stale = 0, 0 // filling an empty mirror repairs nothing
			}
			q.Drift = append(q.Drift, d)
			broken += d.Broken
			repaired += d.Missing + d.Extra + d.Stale
			checked += d.Checked
		}
		q.Broken = broken
	})
	if err != nil {
		return "", err
	}
	took := s.Now().Sub(time.UnixMicro(p.Started)).Seconds()
	telemetry.Measure(telemetry.DriftFound, float64(repaired))
	telemetry.Measure(telemetry.SweepDuration, took)
	slog.InfoContext(ctx, "full resync ended", "connection", id, "seconds", took, "checked", checked, "repaired", repaired, "unreadable", broken)
	if broken > 0 { // each night anew, until somebody has mended what reads them
		telemetry.Measure(telemetry.NeedsAttention, 1)
	}
	return "", s.Connections.Record(ctx, id, "resync-finished", fmt.Sprint(checked), fmt.Sprint(repaired))
}

package connection_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/work"
)

// tally is what the seeds of a simulation add up to.
type tally struct {
	mu                             sync.Mutex
	seeds, requests, lost, revoked int
	windows                        []window
	deaths                         map[string]int
}

// over runs a simulation for each seed, in two bubbles side by side, and returns how long all took.
func over(t *testing.T, count int, one func(t *testing.T, seed uint64)) time.Duration {
	t.Helper()
	started := time.Now()
	if *oneSeed >= 0 {
		inBubble(t, uint64(*oneSeed), one)
		return time.Since(started)
	}
	const sides = 2
	var group sync.WaitGroup
	for side := range sides {
		group.Go(func() {
			for seed := side; seed < count && !t.Failed(); seed += sides {
				inBubble(t, uint64(seed), one)
			}
		})
	}
	group.Wait()
	return time.Since(started)
}

// inBubble runs one seed under a clock of its own, and names it when somebody was still under way at its end.
func inBubble(t *testing.T, seed uint64, one func(t *testing.T, seed uint64)) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("seed %d: %v\n\tgo test ./shared/connection -run '^%s$' -seed %d -v", seed, r, t.Name(), seed)
		}
	}()
	synctest.Test(t, func(t *testing.T) { one(t, seed) })
}

// probe makes one harmless call to Lever.
func (p *process) probe(ctx context.Context, id string) error {
	access, err := p.Open(ctx, id, budget.HintLane)
	if err != nil {
		return err
	}
	_, err = access.Lever.Stages(ctx, "")
	return err
}

// call calls Lever until it answers, waiting as the to-do list would; errors.Is(err, tabletest.ErrKilled) when the process died.
func (p *process) call(id string, tries int) (err error) {
	c := &caller{}
	for range tries {
		err = p.probe(c.in(context.Background()), id)
		p.w.ledger.told(err)
		if err == nil || p.isDead() || connection.IsNotConnected(err) {
			return err
		}
		time.Sleep(max(time.Until(fault.RetryAt(err)), 500*time.Millisecond) + p.jitter())
	}
	return err
}

// work calls Lever as a worker does: under a claim, and done for good when the connection is not connected.
func (p *process) work(ref work.Ref) {
	c := &caller{}
	for range 4 {
		_ = p.held.Attend(c.in(context.Background()), work.Nudge{Ref: ref}, func(ctx context.Context, _ work.Item) (work.Verdict, error) {
			err := p.probe(ctx, ref.Connection)
			p.w.ledger.told(err)
			if connection.IsNotConnected(err) {
				return work.Done(), nil
			}
			return work.Next(time.Now().Add(time.Second), ""), err
		})
		time.Sleep(4*time.Second + p.jitter())
	}
}

// weather draws how the calls go in a seed: from calm over lossy to slower than any lease.
func weather(rng *rand.Rand) temper {
	return [...]temper{
		{},
		{failed: 0.03, lost: 0.05},
		{slow: 0.08, slowest: 20 * time.Second},
		{slow: 0.05, slowest: 60 * time.Second, failed: 0.02, lost: 0.03},
		{slow: 0.25, slowest: 40 * time.Second},
	}[rng.IntN(5)]
}

func rulesOf(seed uint64) levertest.Rules {
	r := levertest.DefaultRules()
	r.RefreshReuse = []levertest.RefreshReuse{levertest.ReuseRevokes, levertest.ReuseRefused, levertest.ReuseLeeway, levertest.ReuseAllowed}[seed%4]
	if seed%3 == 1 {
		r.InvalidGrantStatus = http.StatusBadRequest
	}
	return r
}

// refreshers lets several processes find the access token expired, and some of them die.
func (w *world) refreshers(id string) {
	var group sync.WaitGroup
	for range 2 + w.rng.IntN(3) {
		p := w.process(weather(w.rng))
		if w.rng.IntN(2) == 0 {
			p.dies, p.underWay = 1+w.rng.IntN(24), w.rng.IntN(2) == 0
		}
		if w.rng.IntN(3) == 0 {
			p.stalls, p.frozen = 1+w.rng.IntN(12), w.soon(time.Minute)
		}
		for n := range 1 + w.rng.IntN(2) {
			after := time.Duration(w.rng.Int64N(int64(20 * time.Second)))
			asWorker := w.rng.IntN(3) == 0
			group.Go(func() {
				time.Sleep(after)
				if asWorker {
					p.work(work.Ref{Connection: id, Kind: []work.Kind{work.Delta, work.Patrol}[n%2], Target: "all"})
					return
				}
				_ = p.call(id, 6)
			})
		}
	}
	group.Wait()
}

func TestSimulatedRefresh(t *testing.T) {
	t.Parallel()
	sum := &tally{deaths: map[string]int{}}
	took := over(t, *seedCount, func(t *testing.T, seed uint64) {
		w := newWorld(t, seed, rulesOf(seed))
		calm := w.process(temper{})
		c, err := calm.press(t.Context(), "t1", w.account)
		if err != nil {
			t.Fatal(err)
		}
		w.ledger.id = c.ID()
		revoked := w.rng.IntN(6) == 0
		for range 2 {
			time.Sleep(58*time.Minute + 10*time.Second)
			if revoked {
				time.AfterFunc(time.Duration(w.rng.Int64N(int64(time.Minute))), func() {
					if err := w.account.Revoke(); err != nil {
						w.wrong("revoke: %v", err)
					}
				})
			}
			w.refreshers(c.ID())
			time.Sleep(2 * time.Minute) // whatever is under way has ended
		}
		sum.add(w, w.judge(c.ID(), revoked), revoked)
	})
	sum.print(t, took)
}

// judge lets a process without trouble come and judges what it finds: a living grant must be in use, and a dead one be
// said to be dead and its loss be excused.
func (w *world) judge(id string, revoked bool) (lives bool) {
	calm := w.process(temper{})
	failure := calm.call(id, 20)
	w.mu.Lock()
	w.ledger.closed = true // what follows is our own question
	w.mu.Unlock()
	_, err := calm.OAuth.Refresh(context.Background(), secret.String(w.ledger.stored))
	lives = err == nil
	if err != nil && !errors.Is(err, lever.ErrInvalidGrant) {
		w.wrong("ask Lever: %v", err)
	}
	if !lives {
		time.Sleep(time.Hour) // it is noticed at the latest when the access token expires
		failure = calm.call(id, 20)
	}
	c, _, err := calm.Load(context.Background(), id)
	if err != nil {
		w.wrong("load: %v", err)
	}
	switch {
	case lives && c.State == connection.Revoked:
		w.wrong("a healthy connection is marked dead")
	case lives && failure != nil:
		w.wrong("a healthy connection does not work: %v", failure)
	case !lives && c.State != connection.Revoked:
		w.wrong("a dead connection is %s", c.State)
	case !lives && !revoked && (!w.ledger.excused() || w.lever.Rules().RefreshReuse == levertest.ReuseAllowed):
		w.wrong("a grant was lost outside of the loss window")
	}
	if !lives {
		return false
	}
	for _, kind := range []work.Kind{work.Hooks, work.Resync, work.Delta, work.Patrol} {
		if _, found, err := calm.Work.Find(context.Background(), work.Ref{Connection: id, Kind: kind, Target: "all"}); !found || err != nil {
			w.wrong("connected without %s work: %v", kind, err)
		}
	}
	return true
}

func (s *tally) add(w *world, lives, revoked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seeds++
	switch {
	case revoked:
		s.revoked++
	case !lives:
		s.lost++
	}
	s.requests += len(w.ledger.spendings)
	s.windows = append(s.windows, w.ledger.windows...)
	for what, n := range w.deaths {
		s.deaths[what] += n
	}
}

// print says what was covered, and how long the loss window is: the time in which a new pair is in one memory only.
func (s *tally) print(t *testing.T, took time.Duration) {
	t.Helper()
	if bound := 5 * time.Minute; s.seeds >= 10_000 && took > bound {
		t.Errorf("%d seeds took %s, promised at most %s", s.seeds, took, bound)
	}
	t.Logf("%d seeds in %s: %d token requests, processes died at %d different points, %d grants revoked, %d lost in the loss window",
		s.seeds, took.Round(time.Millisecond), s.requests, len(s.deaths), s.revoked, s.lost)
	for calm, name := range map[bool]string{true: "without trouble", false: "with slow and failing calls"} {
		var times, calls []float64
		for _, w := range s.windows {
			if w.calm == calm {
				times, calls = append(times, w.took.Seconds()), append(calls, float64(w.calls))
			}
		}
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		slices.Sort(calls)
		middle, last := len(times)/2, len(times)-1
		t.Logf("loss window (request sent to pair stored), %s: median %.3f s and %g calls, longest %.3f s and %g calls, of %d",
			name, times[middle], calls[middle], times[last], calls[last], len(times))
	}
}

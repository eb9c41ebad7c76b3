package simulation_test

import (
	"cmp"
	"flag"
	"fmt"
	"iter"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/simulation"
)

var (
	seedCount = flag.Uint64("seeds", share, "how many seeds the simulation plays")
	each      = flag.Bool("each", false, "then go to each kill point that none of them hit")
	fromSeed  = flag.Uint64("from", 1, "the first of them")
	oneSeed   = flag.Uint64("seed", 0, "play one seed only, with a trace")
	first     = flag.Bool("first", false, "stop at the first violation")
	killAt    = flag.String("kill", "", "besides what the seed kills, kill the first process that comes to this point")
)

// leastSteps is how many steps each seed has at least.
const leastSteps = 300

func play(t *testing.T, o simulation.Options) (r simulation.Result) {
	synctest.Test(t, func(t *testing.T) { r = simulation.Run(t.Context(), o) })
	return r
}

// TestSimulatedSeeds plays many seeds and then goes, one by one, to the kill points that none of them happened to hit.
func TestSimulatedSeeds(t *testing.T) {
	t.Parallel()
	if *oneSeed > 0 {
		replay(t)
		return
	}
	began := time.Now()
	s := summary{points: map[simulation.Point]*pointed{}, fewest: 1 << 30}
	s.play(t, *fromSeed, *seedCount)
	alone := 0
	if *each {
		alone = s.visit(t)
		s.levels(t, time.Since(began))
	}
	fmt.Printf("%d seeds in %s: %d steps, at least %d a seed; %d calls; %d acts of people; %d processes killed; %d violations\n",
		*seedCount, time.Since(began).Round(time.Second), s.steps, s.fewest, s.calls, s.acts, s.kills, s.violations)
	fmt.Printf("I6: %d records left a mirror, each held against Lever; %d wrongly\n", s.removals, s.wrong)
	fmt.Printf("%d kill points met, %d of them hit, %d in a play of its own\n", len(s.points), s.hit(), alone)
	fmt.Println("(a kill point is a kind of work and a kind of call: get, put, send, unwrap, HTTP there and back, each by table and item, queue, purpose or address)")
}

// pace is how long the machine of the promise, with two cores, may take over a seed: ten minutes for 10,000.
const pace = 10 * time.Minute / 10_000

// levels prints what was promised of a complete run as rows for the table of `make bench`, and fails when one is broken.
func (s *summary) levels(t *testing.T, took time.Duration) {
	for _, l := range []struct {
		name  string
		value float64
		most  int
		unit  string
	}{
		{"violations of an invariant", float64(s.violations), 0, "violations"},
		{"wrong removals", float64(s.wrong), 0, "records"},
		{"kill points met and not hit", float64(len(s.points) - s.hit()), 0, "points"},
		{"time, against ten minutes for 10,000", took.Seconds() / (time.Duration(max(*seedCount, 10_000)) * pace).Seconds(), 1, "times"},
	} {
		fmt.Printf("| simulation of %d seeds: %s | %.3g | ≤ %d | | %s |\n", *seedCount, l.name, l.value, l.most, l.unit)
		if l.value > float64(l.most) {
			t.Errorf("%s: %.3g %s, promised at most %d", l.name, l.value, l.unit, l.most)
		}
	}
}

// replay plays one seed with a trace.
func replay(t *testing.T) {
	at, err := simulation.ParsePoint(*killAt)
	if err != nil {
		t.Fatal(err)
	}
	r := play(t, simulation.Options{Seed: *oneSeed, KillAt: at, Trace: os.Stdout})
	fmt.Println(r.Print)
	if r.Violation != "" {
		t.Errorf("after %s: %s", r.At, r.Violation)
	}
}

// pointed is what is known of a kill point.
type pointed struct {
	simulation.Hits
	seed uint64 // that met it
}

// summary gathers results. Its methods are safe for concurrent use.
type summary struct {
	mu                                                 sync.Mutex
	points                                             map[simulation.Point]*pointed
	steps, fewest, calls, acts, kills, removals, wrong int
	violations                                         int
}

func (s *summary) play(t *testing.T, from, count uint64) {
	s.each(t, func(yield func(simulation.Options) bool) {
		for seed := from; seed < from+count; seed++ {
			if done := seed - from; done > 0 && done%500 == 0 {
				fmt.Printf("%d of %d seeds\n", done, count)
			}
			if !yield(simulation.Options{Seed: seed}) {
				return
			}
		}
	})
}

// each plays what it is given, as many plays at once as there are processors.
func (s *summary) each(t *testing.T, plays iter.Seq[simulation.Options]) {
	waiting := make(chan simulation.Options)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for o := range waiting {
				s.add(t, o)
			}
		})
	}
	for o := range plays {
		if !s.going() {
			break
		}
		waiting <- o
	}
	close(waiting)
	group.Wait()
}

// going says whether it is worth to play on: a few violations tell as much as many.
func (s *summary) going() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violations == 0 || s.violations < 10 && !*first
}

func (s *summary) add(t *testing.T, o simulation.Options) {
	r := play(t, o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps, s.calls, s.acts = s.steps+r.Steps, s.calls+r.Calls, s.acts+r.Acts
	s.kills, s.removals, s.fewest = s.kills+r.Kills, s.removals+r.Removals, min(s.fewest, r.Steps)
	for at, h := range r.Points {
		if s.points[at] == nil && o.KillAt == (simulation.Point{}) {
			s.points[at] = &pointed{seed: r.Seed}
		}
		if p := s.points[at]; p != nil {
			p.Seen, p.Killed = p.Seen+h.Seen, p.Killed+h.Killed
			if o.KillAt == (simulation.Point{}) {
				p.seed = min(p.seed, r.Seed)
			}
		}
	}
	switch {
	case r.Violation != "":
		if s.violations++; r.Violation[:2] == "I6" {
			s.wrong++
		}
		t.Errorf("seed %d after %s: %s", r.Seed, r.At, r.Violation)
		fmt.Printf("seed %d after %s: %s\nreplay it with: make simulate SEED=%d%s\n", r.Seed, r.At, r.Violation, r.Seed, also(o.KillAt))
	case r.Steps < leastSteps:
		t.Errorf("seed %d has only %d steps", r.Seed, r.Steps)
	}
}

// hit counts the kill points at which a process was killed.
func (s *summary) hit() (n int) {
	for _, p := range s.points {
		if p.Killed > 0 {
			n++
		}
	}
	return n
}

func also(at simulation.Point) string {
	if at == (simulation.Point{}) {
		return ""
	}
	return " KILL='" + at.String() + "'"
}

// visit plays, for each kill point that was met and never hit, a seed that met it once more, and kills there.
func (s *summary) visit(t *testing.T) int {
	var alone []simulation.Options
	for at, p := range s.points {
		if p.Killed == 0 {
			alone = append(alone, simulation.Options{Seed: p.seed, KillAt: at})
		}
	}
	slices.SortFunc(alone, func(a, b simulation.Options) int { return cmp.Compare(a.KillAt.String(), b.KillAt.String()) })
	s.each(t, slices.Values(alone))
	for _, o := range alone {
		if s.points[o.KillAt].Killed == 0 {
			t.Errorf("kill point %s was met by seed %d and could not be hit", o.KillAt, o.Seed)
		}
	}
	return len(alone)
}

func TestSimulatedSeedPlaysTheSameTwice(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 5; seed++ {
		first, second := play(t, simulation.Options{Seed: seed}), play(t, simulation.Options{Seed: seed})
		if first.Print != second.Print {
			t.Errorf("seed %d: %s; again: %s", seed, first.Print, second.Print)
		}
	}
}

package decision

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var (
	decisions = flag.Int("decisions", 400, "how many decisions TestSimulatedDecisions delivers")
	oneSeed   = flag.Uint64("seed", 0, "the one world to run again, 0 for all")
)

// perWorld is how many decisions a world has.
const perWorld = 20

// TestSimulatedDecisions delivers decisions through everything that may go wrong, in small worlds by seed: answers lost
// after Lever carried a request out, requests that Lever carries out up to D after we gave up on them, notes that are
// listed up to a minute late, 401, 429, 5xx and pages of HTML, the process killed or standing still before or after any
// call, stores that fail, messages lost, doubled, reordered and redriven, connections that end and come back, people who
// reply, remove notes and paste markers. At quiet it counts what must not be. More of it:
//
//	go test ./shared/decision -run TestSimulatedDecisions -decisions 10000 -v
//
// and one world again: -seed N.
func TestSimulatedDecisions(t *testing.T) {
	t.Parallel()
	total := newTally()
	first, last := uint64(1), uint64((*decisions+perWorld-1)/perWorld)
	if *oneSeed > 0 {
		first, last = *oneSeed, *oneSeed
	}
	t.Run("worlds", func(t *testing.T) {
		var failed atomic.Bool
		shards := uint64(runtime.GOMAXPROCS(0))
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				defer func() { failed.Store(failed.Load() || t.Failed()) }()
				for seed := first + shard; seed <= last && !failed.Load(); seed += shards {
					synctest.Test(t, func(t *testing.T) { total.add(seed, simulate(t, seed, "")) })
				}
			})
		}
	})
	for point := range total.points {
		if seed := total.passed[point]; total.kills[point] == 0 && *oneSeed == 0 { // seldom passed: a world of its own, with a kill there
			synctest.Test(t, func(t *testing.T) { total.add(seed, simulate(t, seed, point)) })
		}
	}
	t.Log(total.summary())
	for point, passed := range total.points {
		often := passed >= 2000 // at least one call in 150 kills
		if (often || *decisions >= 10_000 && *oneSeed == 0) && total.kills[point] == 0 {
			t.Errorf("the process was never killed %s, which was passed %d times", point, passed)
		}
	}
	for _, wrong := range faults {
		if n := total.counts[wrong]; n > 0 {
			t.Errorf("%d decisions %s", n, wrong)
		}
	}
	if *oneSeed == 0 && total.counts["decisions"] < *decisions {
		t.Errorf("%d decisions, want %d", total.counts["decisions"], *decisions)
	}
}

// What must not be at quiet, by the words of the summary.
const (
	duplicated = "with a second note that nobody replied to"
	missing    = "missing or not in their last version"
	misplaced  = "on the wrong opportunity"
	again      = "sent again although the note was to be seen"
	putBack    = "put back after a person removed the note"
	erased     = "with a reply of a person erased"
	forged     = "whose author is somebody else"
)

var faults = []string{duplicated, missing, misplaced, again, putBack, erased, forged}

// tally is what happened in one world or in all.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	points map[string]int    // how often the places at which the process may be killed were passed
	kills  map[string]int    // how often it was killed there
	passed map[string]uint64 // a seed in whose world each place was passed
}

func newTally() *tally {
	return &tally{counts: map[string]int{}, points: map[string]int{}, kills: map[string]int{}, passed: map[string]uint64{}}
}

// add takes in what happened in the world of a seed.
func (s *tally) add(seed uint64, other *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for mine, theirs := range map[*map[string]int]map[string]int{&s.counts: other.counts, &s.points: other.points, &s.kills: other.kills} {
		for name, n := range theirs {
			(*mine)[name] += n
		}
	}
	for point := range other.points {
		s.passed[point] = max(s.passed[point], seed)
	}
}

// summary is one line.
func (s *tally) summary() string {
	var happened, wrong []string
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		if !slices.Contains(faults, name) && name != "decisions" {
			happened = append(happened, fmt.Sprintf("%d %s", s.counts[name], name))
		}
	}
	for _, name := range faults {
		wrong = append(wrong, fmt.Sprintf("%d %s", s.counts[name], name))
	}
	return fmt.Sprintf("%d decisions at quiet: %s. On the way: %s; killed at %d of %d points.",
		s.counts["decisions"], strings.Join(wrong, ", "), strings.Join(happened, ", "), len(s.kills), len(s.points))
}

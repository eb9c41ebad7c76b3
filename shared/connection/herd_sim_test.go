package connection_test

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// The herd: so many callers in so many processes find the access token expired at the same moment.
const (
	herdProcesses = 100
	herdCallers   = 10 // in each
	herdWaits     = 2 * time.Second
)

func TestSimulatedHerdRefreshesOnceAndWaitsBriefly(t *testing.T) {
	t.Parallel()
	over(t, 2, func(t *testing.T, seed uint64) {
		w := newWorld(t, seed, rulesOf(seed))
		c, err := w.process(temper{}).press(t.Context(), "t1", w.account)
		if err != nil {
			t.Fatal(err)
		}
		w.ledger.id = c.ID()
		time.Sleep(time.Hour)
		var (
			group sync.WaitGroup
			mu    sync.Mutex
			waits []time.Duration
		)
		for range herdProcesses {
			p := w.process(temper{})
			for range herdCallers {
				late := time.Duration(w.rng.Int64N(int64(50 * time.Millisecond)))
				group.Go(func() {
					time.Sleep(late)
					started := time.Now()
					err := p.call(c.ID(), 1)
					mu.Lock()
					defer mu.Unlock()
					if waits = append(waits, time.Since(started)); err != nil {
						w.wrong("a caller failed: %v", err)
					}
				})
			}
		}
		group.Wait()
		slices.Sort(waits)
		if n := len(w.ledger.spendings); n != 1 {
			w.wrong("%d refreshes", n)
		}
		p99 := waits[len(waits)*99/100]
		if p99 >= herdWaits {
			w.wrong("one of a hundred callers waited %s and more", p99)
		}
		t.Logf("%d callers in %d processes: 1 refresh; waits until Lever had answered: median %s, p99 %s, longest %s",
			len(waits), herdProcesses, waits[len(waits)/2].Round(time.Millisecond), p99.Round(time.Millisecond), waits[len(waits)-1].Round(time.Millisecond))
	})
}

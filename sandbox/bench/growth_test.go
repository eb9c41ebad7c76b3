package bench

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

// sending is what it takes to put a message into a queue.
const sending = 10 * time.Millisecond

// sent is a queue of which only the number of messages is of interest.
type sent struct {
	mu sync.Mutex
	n  int
}

// Nudge implements work.Nudger.
func (s *sent) Nudge(ctx context.Context, _ work.Nudge, _ time.Duration) error {
	if err := sleep(ctx, sending); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return nil
}

// fleet stores the work that so many connections always have: of the busy ones a delta and a patrol within the minute, of
// each a sweep and a look at its webhooks at some time of the day.
func fleet(t *testing.T, list *work.List, connections, busy int) {
	t.Helper()
	began := time.Now()
	for i := range connections {
		within := func(d time.Duration) time.Time { return began.Add(d * time.Duration(i) / time.Duration(connections)) }
		far := 2*time.Minute + 24*time.Hour*time.Duration(i)/time.Duration(connections)
		due := map[work.Kind]time.Time{work.Resync: began.Add(far), work.Hooks: began.Add(far)}
		if due[work.Delta], due[work.Patrol] = began.Add(far), began.Add(far); i < busy {
			due[work.Delta], due[work.Patrol] = within(55*time.Second), within(20*time.Second)
		}
		for kind, at := range due {
			ref := work.Ref{Connection: fmt.Sprintf("connection-%d", i), Kind: kind, Target: "all"}
			if err := list.Ask(t.Context(), ref, at, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// dispatched runs sync-dispatch once over a fleet: how many nudges it sent, how long it took, what it read, and how uneven
// the shards are.
func dispatched(t *testing.T, connections, busy int) (nudged, took, reads, fullest float64) {
	synctest.Test(t, func(t *testing.T) {
		meter, queue := &Meter{DB: memory.New()}, &sent{}
		list := &work.List{DB: meter, Now: time.Now, NewID: func() string { return "x" }}
		fleet(t, list, connections, busy)
		meter.Latency = tableLatency
		before, began := meter.Spent(table.Work), time.Now()
		shards := make([]float64, work.Shards)
		n, err := (&work.Dispatcher{List: list, Nudge: queue, Now: time.Now}).Run(t.Context(), func(shard int, _ work.Item) { shards[shard]++ })
		if err != nil || n != queue.n {
			t.Errorf("%d nudged, %d sent, %v", n, queue.n, err)
		}
		nudged, took, reads = float64(n), time.Since(began).Seconds(), meter.Spent(table.Work).Read-before.Read
		for _, s := range shards {
			fullest = math.Max(fullest, s)
		}
	})
	return nudged, took, reads, fullest
}

// growthLevels measures sync-dispatch from 1 to 10,000 connections.
func growthLevels(t *testing.T) (levels []Level) {
	for _, n := range []int{1, 100, 10_000} {
		nudged, took, reads, fullest := dispatched(t, n, n)
		name := fmt.Sprintf("%d connections: ", n)
		if int(nudged) != 2*n {
			t.Errorf("%s%v nudged", name, nudged)
		}
		levels = append(levels,
			Level{name + "dispatch of a minute's work", took, 20, "", "s"},
			Level{name + "read by a dispatch, an item due", reads / nudged, map[bool]float64{true: 0.1, false: Free()}[n > 100], "", "read units"})
		if n == 10_000 {
			levels = append(levels, Level{name + "fullest of the 16 shards, of an even share", fullest * work.Shards / nudged, 1.5, "1", "times"})
		}
	}
	_, _, few, _ := dispatched(t, 100, 100)
	_, _, many, _ := dispatched(t, 10_000, 100)
	return append(levels, Level{"10000 connections of which 100 have something due: reads, of those of 100 connections", many / few, 1.1, "1", "times"})
}

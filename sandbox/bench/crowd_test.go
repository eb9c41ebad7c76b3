package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// tenant is one of many connections.
type tenant struct {
	account    *levertest.Account
	connection connection.Connection
	people     []levertest.Opportunity
}

// crowd connects many accounts, each with some active candidates, and waits until all are swept.
func crowd(t *testing.T, w *World, n, people int) []tenant {
	t.Helper()
	all := make([]tenant, n)
	for i := range all {
		all[i].account = w.Lever.Seed(levertest.SmallCompany(uint64(i+1), people, time.Now()))
		all[i].people = active(all[i].account)
	}
	began := time.Now()
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			c, err := w.Connect(t.Context(), fmt.Sprint("tenant-", i), all[i].account)
			if err != nil {
				t.Error(err)
			}
			all[i].connection = c
		})
	}
	group.Wait()
	for _, one := range all {
		swept(t, w, one.connection.ID(), began)
	}
	return all
}

func stageOf(r mirror.Record) string {
	var doc mirror.CandidateDoc
	if json.Unmarshal([]byte(r.Doc), &doc) != nil {
		return ""
	}
	return doc.Stage
}

// quiet has each quiet tenant move a candidate now and then for a while, and lists how long the mirrors took.
func quiet(t *testing.T, w *World, all []tenant, rng *rand.Rand, during time.Duration) []time.Duration {
	var mu sync.Mutex
	var took []time.Duration
	var group sync.WaitGroup
	for end := time.Now().Add(during); time.Now().Before(end); {
		one := all[rng.IntN(len(all))]
		person := one.people[rng.IntN(len(one.people))]
		group.Go(func() {
			d := moved(t, w, one.account, one.connection.ID(), person)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, d)
		})
		time.Sleep(time.Duration(float64(6*time.Second) / float64(len(all)) * 2 * rng.Float64()))
	}
	group.Wait()
	return took
}

// noisyLevels measures quiet connections beside one with a flood of hints.
func noisyLevels(t *testing.T, quietOnes, hints int) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, rng := New(Options{Latency: 100 * time.Millisecond}), rand.New(rand.NewPCG(3, 4))
		stop := w.Start(t.Context())
		all := crowd(t, w, quietOnes+1, 12)
		noisy, others := all[0], all[1:]
		baseline := quantile(quiet(t, w, others, rng, 40*time.Second), 0.95)
		before := len(w.Waits(budget.HintLane, budget.PromisedLane))
		for i := range hints {
			a := hint.Arrival{Connection: noisy.connection.ID(), Event: "candidateStageChange", At: time.Now().UnixMilli()}
			a.Opportunity = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
			if err := w.Arrived(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		beside := quantile(quiet(t, w, others, rng, 40*time.Second), 0.95)
		waits := w.Waits(budget.HintLane, budget.PromisedLane)[before:]
		stop()
		name := fmt.Sprintf("one connection with %d hints beside %d quiet ones: ", hints, quietOnes)
		levels = []Level{
			{name + "longest wait of a worker for a permit", quantile(waits, 1), 1, "0", "s"},
			{name + "quiet webhook to mirror, p95 (model of fair queues)", beside, 2 * baseline, number(baseline), "s"},
		}
	})
	return levels
}

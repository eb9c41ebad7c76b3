package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/work"
)

// spent is the processor time of this thread, which neither a bubble's clock nor a busy machine distorts.
func spent() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &used); err != nil {
		panic("bench: " + err.Error())
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// refusing is a queue that fails at times.
type refusing struct {
	*World
	rng *rand.Rand
	mu  sync.Mutex
}

// Arrived implements the intake's queue.
func (r *refusing) Arrived(ctx context.Context, a hint.Arrival) error {
	r.mu.Lock()
	fails := r.rng.Float64() < 0.01
	r.mu.Unlock()
	if fails {
		return fault.Wrap(errors.New("refused"), fault.Unavailable, "queue-unavailable", "")
	}
	return r.World.Arrived(ctx, a)
}

// rush plays webhooks into the intake and keeps account.
type rush struct {
	*World
	intake   *hint.Intake
	rng      *rand.Rand
	underWay atomic.Int64 // sends

	mu    sync.Mutex
	own   []time.Duration      // processor time of the handler
	taken map[string]time.Time // by opportunity: when the newest delivery that was answered 2xx had arrived
	ok    int
}

// deliver sends what Lever has to send: shuffled by a random way of up to two seconds, one in five twice.
func (r *rush) deliver(ctx context.Context) {
	for _, d := range r.Lever.Due(time.Now()) {
		r.mu.Lock()
		way, again, twice := time.Duration(r.rng.Int64N(int64(2*time.Second))), time.Duration(r.rng.Int64N(int64(3*time.Second))), r.rng.Float64() < 0.2
		r.mu.Unlock()
		r.underWay.Add(1)
		go func() {
			defer r.underWay.Add(-1)
			time.Sleep(way)
			r.Lever.Report(d.ID, r.take(ctx, d), nil)
			if twice {
				time.Sleep(again)
				r.take(ctx, d)
			}
		}()
	}
}

// take hands one delivery to the intake, and returns the status that Lever sees.
func (r *rush) take(ctx context.Context, d levertest.Delivery) int {
	runtime.LockOSThread()
	arrived, began := time.Now(), spent()
	err := r.intake.Take(ctx, strings.TrimPrefix(d.URL, publicURL+"/webhooks/lever/"), d.Body)
	took := spent() - began
	runtime.UnlockOSThread()
	e, parsed := hint.Parse(d.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own = append(r.own, took)
	if err != nil || parsed != nil {
		return http.StatusServiceUnavailable
	}
	r.ok++
	if arrived.After(r.taken[e.Data.OpportunityID]) {
		r.taken[e.Data.OpportunityID] = arrived
	}
	return http.StatusOK
}

// unlooked counts the opportunities that nobody fetched after their newest accepted delivery.
func (r *rush) unlooked(calls []Call) int {
	last := map[string]time.Time{}
	for _, c := range calls {
		id, _, _ := strings.Cut(strings.TrimPrefix(c.Path, "/v1/opportunities/"), "/")
		if c.At.After(last[id]) {
			last[id] = c.At
		}
	}
	n := 0
	for id, at := range r.taken {
		if last[id].Before(at) {
			n++
		}
	}
	return n
}

// resting says whether no hint is on its way any more.
func (r *rush) resting(t *testing.T, all []tenant) bool {
	if r.Lever.Pending() > 0 || r.underWay.Load() > 0 || r.Queues[work.Hint].Open() > 0 {
		return false
	}
	list := work.List{DB: r.Memory, Now: time.Now} // a look that costs no time
	for _, one := range all {
		items, err := list.Of(t.Context(), one.connection.ID())
		if err != nil {
			t.Error(err)
			return true
		}
		for _, i := range items {
			if i.Ref().Kind == work.Hint {
				return false
			}
		}
	}
	return true
}

// busiest is how many of the calls were made for the connection with the most of them.
func busiest(all []tenant, calls []Call) int {
	of, count := map[string]int{}, make([]int, len(all))
	for i, one := range all {
		for _, o := range one.people {
			of[o.ID] = i
		}
	}
	most := 0
	for _, c := range calls {
		id, _, _ := strings.Cut(strings.TrimPrefix(c.Path, "/v1/opportunities/"), "/")
		if i, known := of[id]; known {
			count[i]++
			most = max(most, count[i])
		}
	}
	return most
}

// play has people at Lever move candidates, so many times a second in all.
func (r *rush) play(t *testing.T, all []tenant, each float64, during time.Duration) {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	for n := range int(each * during.Seconds()) {
		one := all[n%len(all)]
		stages := one.account.Stages()
		person := one.people[rng.IntN(len(one.people))]
		to := rng.IntN(len(stages))
		if now, _ := one.account.Opportunity(person.ID); now.Stage == stages[to].ID { // that would be no move, and no webhook
			to = (to + 1) % len(stages)
		}
		if err := one.account.MoveStage(person.ID, stages[to].ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(float64(time.Second) / each))
	}
}

// intakeLevels measures a rush of webhooks, so many sends a second for so long, over many connections.
func intakeLevels(t *testing.T, connections int, each float64, during time.Duration) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w := New(Options{Latency: 100 * time.Millisecond})
		r := &rush{World: w, rng: rand.New(rand.NewPCG(5, 6)), taken: map[string]time.Time{}}
		r.intake = &hint.Intake{
			Queue: &refusing{World: w, rng: rand.New(rand.NewPCG(7, 8))}, Now: time.Now,
			Secret: func(ctx context.Context, address string) (connection.HookSecret, secret.String, bool, error) {
				return connection.Secret(ctx, w.Memory, w.box, address)
			},
		}
		w.Deliver = r.deliver
		stop := w.Start(t.Context())
		all := crowd(t, w, connections, 30)
		began := time.Now()
		r.play(t, all, each/1.2, during)
		ended := time.Now()
		for !r.resting(t, all) {
			time.Sleep(200 * time.Millisecond)
		}
		drained := time.Now()
		stop()
		wrong := 0
		for _, one := range all {
			differences, err := simulation.Differences(t.Context(), w.Connections, w.Mirror, one.account, one.connection.ID())
			if err != nil {
				t.Error(err)
			}
			wrong += len(differences)
		}
		name := fmt.Sprintf("%.0f webhooks/s for %.0f s over %d connections: ", each, during.Seconds(), connections)
		levels = []Level{
			{name + "deliveries taken", float64(r.ok), Free(), "", "answers 2xx"},
			{name + "handler's own time, p99", 1000 * quantile(r.own, 0.99), 5, "", "ms"},
			{name + "candidates without a fetch after their last 2xx", float64(r.unlooked(w.Calls.Between(began, drained))), 0, "0", "candidates"},
			{name + "differences between mirrors and Lever", float64(wrong), 0, "0", "records"},
			{name + "drain", drained.Sub(ended).Seconds(), Free(), number(float64(busiest(all, w.Calls.Between(ended, drained)))/10) + " + the last sends' 5", "s"},
		}
	})
	return levels
}

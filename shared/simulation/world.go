// Package simulation runs the whole integration in memory, single-threaded and under a simulated clock: the real rooms
// over memory tables, a queue in memory and the simulated Lever. Nothing sleeps and nothing is random but by seed, so a
// run that fails can be run again. Only the wiring of the ten functions is replaced; their rules are the real ones.
package simulation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/delta"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/resync"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

// Addresses of the simulated world.
const (
	publicURL = "https://integration.example"
	returnURL = "https://app.evidenced.example/integrations/lever"
)

// World is one simulated deployment beside one simulated Lever. It is not safe for concurrent use.
type World struct {
	Lever       *levertest.Lever
	DB          *memory.DB
	Connections *connection.Service
	Sessions    *portal.Sessions
	Mirror      *mirror.Store
	Work        *work.List
	Decisions   *decision.Service
	// Refuse, when set, may fail a write to the tables before it happens.
	Refuse func(changes []table.Change) error
	// Tamper, when set, may alter the bodies that Lever answers to the API paths it is given.
	Tamper func(path string, body []byte) []byte

	seams
	now     time.Time
	rng     *rand.Rand
	ids     int
	queue   []message
	box     *seal.Box
	intake  *hint.Intake
	hints   *hint.Worker
	sweeper *resync.Sweeper
	deltas  *delta.Runner
	pusher  *decision.Deliverer
	attend  *work.Attendant
	next    time.Time // next run of the dispatcher
	newer   *World    // the next version of the code beside this one, when both run
}

type message struct {
	due      time.Time
	nudge    work.Nudge
	arrival  *hint.Arrival
	received int
}

// New builds a world whose randomness comes from seed, with a simulated Lever under the given rules (nil = default).
func New(seed uint64, rules *levertest.Rules) *World {
	w := &World{
		DB: memory.New(), rng: rand.New(rand.NewPCG(seed, 0x51)), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
	w.next = w.now
	w.seams = seams{
		store: refusing{w.DB, w}, keys: &sealtest.Keys{}, mail: w, pause: w.sleep,
		way: func(lever http.RoundTripper) http.RoundTripper { return tampering{w, lever} },
		clock: func() time.Time {
			w.now = w.now.Add(time.Microsecond) // as on a real machine, no two readings are the same
			return w.now
		},
	}
	w.wire(seed, rules)
	return w
}

// Now is the simulated time.
func (w *World) Now() time.Time { return w.now }

// Read implements io.Reader with bytes by seed.
func (w *World) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(w.rng.UintN(256))
	}
	return len(p), nil
}

var _ io.Reader = (*World)(nil)

func (w *World) id() string {
	w.ids++
	return fmt.Sprintf("id-%06d", w.ids)
}

func (w *World) sleep(ctx context.Context, d time.Duration) error {
	w.now = w.now.Add(d)
	return ctx.Err()
}

// Nudge implements work.Nudger.
func (w *World) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	w.queue = append(w.queue, message{due: w.now.Add(delay), nudge: n})
	return nil
}

// Arrived implements the intake's queue.
func (w *World) Arrived(_ context.Context, a hint.Arrival) error {
	w.queue = append(w.queue, message{due: w.now, arrival: &a})
	return nil
}

// RoundTrip lets the simulated Lever deliver its webhooks.
func (w *World) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if err := w.version().intake.Take(r.Context(), strings.TrimPrefix(r.URL.Path, "/webhooks/lever/"), body); err != nil {
		status = http.StatusUnauthorized
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

// Run lets the world run for d of simulated time: webhooks are delivered, messages handled, overdue work dispatched.
func (w *World) Run(ctx context.Context, d time.Duration) error {
	for end := w.now.Add(d); w.now.Before(end); {
		w.Lever.Pump(ctx, &http.Client{Transport: w})
		worked, err := w.step(ctx)
		if err != nil {
			return err
		}
		if !worked {
			w.now = w.now.Add(100 * time.Millisecond)
		}
	}
	return nil
}

// step handles the oldest message that is due, or dispatches; worked is false when there is nothing to do now.
func (w *World) step(ctx context.Context) (worked bool, err error) {
	if !w.now.Before(w.next) {
		w.next = w.next.Add(time.Minute)
		return true, w.dispatch(ctx)
	}
	for i, m := range w.queue {
		if m.due.After(w.now) {
			continue
		}
		w.queue = slices.Delete(w.queue, i, i+1)
		return true, w.handle(ctx, m)
	}
	return false, nil
}

func (w *World) dispatch(ctx context.Context) error {
	for shard := range work.Shards {
		items, err := w.Work.Overdue(ctx, shard, w.now, 1000)
		if err != nil {
			return err
		}
		for _, i := range items {
			if err := w.Nudge(ctx, work.Nudge{Ref: i.Ref()}, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *World) handle(ctx context.Context, m message) error {
	w = w.version()
	if m.arrival != nil {
		n, ok, err := w.hints.Arrived(ctx, *m.arrival)
		if err == nil && ok {
			_ = w.hints.Nudged(ctx, n) // stored, so the work item is due by itself whatever becomes of this
		}
		return err
	}
	switch m.nudge.Kind {
	case work.Hint:
		return w.hints.Nudged(ctx, m.nudge)
	case work.Delta:
		return w.attend.Attend(ctx, m.nudge, w.deltas.Attend)
	case work.Patrol:
		return w.attend.Attend(ctx, m.nudge, w.deltas.Patrol)
	case work.Resync:
		return w.attend.Attend(ctx, m.nudge, w.sweeper.Attend)
	case work.Decision:
		return w.pusher.Handle(ctx, m.nudge)
	case work.Hooks:
		return w.attend.Attend(ctx, m.nudge, w.Connections.AttendHooks)
	case work.Ending:
		return w.attend.Attend(ctx, m.nudge, w.Connections.AttendEnding)
	}
	return errors.New("a nudge of no kind")
}

// Dump lists the raw items of a table, for assertions about what is stored.
func (w *World) Dump(name table.Name) []table.Item { return w.DB.Dump(name) }

// Skip lets time pass in which nothing happens.
func (w *World) Skip(d time.Duration) { w.now = w.now.Add(d) }

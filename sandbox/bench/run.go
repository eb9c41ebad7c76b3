package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/queue"
	"github.com/evidenced/lever-integration/shared/work"
)

// Slots of each queue and the messages of a batch, as in template.yaml (MaximumConcurrency, BatchSize).
const (
	hintSlots, hintBatch = 50, 10
	deltaSlots           = 50
	resyncSlots          = 30
)

// kindOf is the queue of each kind of work.
func kindOf(kind work.Kind) work.Kind {
	switch kind {
	case work.Patrol:
		return work.Delta
	case work.Hooks, work.Ending:
		return work.Resync
	}
	return kind
}

// Nudge implements work.Nudger.
func (w *World) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	w.send(n.Kind, n.Connection, queue.Body{Nudge: n}, delay)
	return nil
}

// Arrived implements the intake's queue.
func (w *World) Arrived(_ context.Context, a hint.Arrival) error {
	w.send(work.Hint, a.Connection, queue.Body{Arrival: &a}, 0)
	return nil
}

func (w *World) send(kind work.Kind, group string, body queue.Body, delay time.Duration) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic("bench: " + err.Error())
	}
	if q := w.Queues[kindOf(kind)]; q != nil {
		q.Send(group, string(raw), delay)
	}
}

// Start lets the deployment run until the returned function is called, which waits for all that is under way. Sweeps can
// be left out, for measurements beside which none should run.
func (w *World) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	other := func() func(context.Context, []message) { return w.attendTo }
	groups := []*sync.WaitGroup{
		w.Queues[work.Hint].serve(ctx, hintSlots, hintBatch, w.hintWorker),
		w.Queues[work.Delta].serve(ctx, deltaSlots, 1, other),
		w.Queues[work.Resync].serve(ctx, resyncSlots, 1, other),
		w.Queues[work.Decision].serve(ctx, decisionSlots, decisionBatch, w.decisionWorker),
	}
	var around sync.WaitGroup
	around.Go(func() { w.every(ctx, time.Minute, w.dispatch) })
	around.Go(func() { w.every(ctx, 20*time.Millisecond, w.Deliver) })
	return func() {
		cancel()
		for _, g := range append(groups, &around) {
			g.Wait()
		}
		time.Sleep(10 * time.Second) // deliveries and calls under way come to their end
	}
}

func (w *World) every(ctx context.Context, d time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		do(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// hintWorker is the function of that name, in a process of its own.
func (w *World) hintWorker() func(ctx context.Context, batch []message) {
	connections, worker := *w.Connections, *w.Hints
	rate := &budget.Budget{DB: w.Meter, Now: time.Now, Sleep: sleep, Limits: budget.Lever()}
	connections.Limiter = func(id string, lane budget.Lane) lever.Limiter { return &clocked{rate.Lease(id, lane), w, lane} }
	worker.Connections = &connections
	return func(ctx context.Context, batch []message) { w.handleHints(ctx, &worker, batch) }
}

func (w *World) handleHints(ctx context.Context, worker *hint.Worker, batch []message) {
	event := events.SQSEvent{}
	for i, m := range batch {
		event.Records = append(event.Records, events.SQSMessage{MessageId: strconv.Itoa(i), Body: m.body})
	}
	var seen sync.Map
	answer := queue.TwoPass(ctx, event, func(ctx context.Context, body string) (func(context.Context) error, error) {
		b, err := queue.Read(body)
		if err != nil {
			return nil, err
		}
		n, ok := b.Nudge, true
		if b.Arrival != nil {
			if n, ok, err = worker.Arrived(ctx, *b.Arrival); err != nil {
				return nil, err
			}
		}
		if _, twice := seen.LoadOrStore(n.Ref, true); !ok || twice {
			return nil, nil
		}
		return func(ctx context.Context) error { return worker.Nudged(ctx, n) }, nil
	})
	for _, f := range answer.BatchItemFailures {
		i, _ := strconv.Atoi(f.ItemIdentifier) // a number, from above
		m := batch[i]
		time.AfterFunc(6*time.Minute, func() { w.Queues[work.Hint].push(m) })
	}
}

// attendTo is delta-sync and full-resync.
func (w *World) attendTo(ctx context.Context, batch []message) {
	for _, m := range batch {
		b, err := queue.Read(m.body)
		if err != nil {
			panic("bench: " + err.Error())
		}
		do := map[work.Kind]func(context.Context, work.Item) (work.Verdict, error){
			work.Delta: w.deltas.Attend, work.Patrol: w.deltas.Patrol, work.Resync: w.sweeper.Attend, work.Hooks: w.Connections.AttendHooks,
		}[b.Kind]
		if err := w.attend[kindOf(b.Kind)].Attend(ctx, b.Nudge, do); err != nil && ctx.Err() == nil {
			panic("bench: " + err.Error())
		}
	}
}

// dispatch is sync-dispatch.
func (w *World) dispatch(ctx context.Context) { w.dispatching(ctx, func(int, work.Item) {}) }

// dispatching is the same, and shows each item that it reads.
func (w *World) dispatching(ctx context.Context, see func(shard int, i work.Item)) {
	shared := &work.List{DB: w.Memory, Now: time.Now, NewID: w.id} // its own cost is no tenant's; growth_test.go measures it
	d := work.Dispatcher{List: shared, Nudge: w, Now: time.Now}
	_, _ = d.Run(ctx, see) // fails only when the world stops
}

// deliver lets Lever send what webhooks it has, each on its own way of 50 ms.
func (w *World) deliver(ctx context.Context) {
	for _, d := range w.Lever.Due(time.Now()) {
		go func() {
			time.Sleep(50 * time.Millisecond)
			r, err := d.NewRequest(ctx)
			if err != nil {
				panic("bench: " + err.Error())
			}
			answer, err := w.RoundTrip(r)
			status := 0
			if err == nil {
				status = answer.StatusCode
			}
			w.Lever.Report(d.ID, status, err)
		}()
	}
}

// Connect plays the connect of a tenant to an account, and switches all webhooks on.
func (w *World) Connect(ctx context.Context, tenant string, account *levertest.Account) (connection.Connection, error) {
	by := connection.Person{ID: "admin", Name: "Admin"}
	none := connection.Connection{}
	if err := w.Connections.Welcome(ctx, tenant, tenant); err != nil {
		return none, err
	}
	entry, _, err := w.Sessions.Create(ctx, portal.Entry{
		Tenant: tenant, TenantName: tenant, UserID: by.ID, UserName: by.Name, Role: portal.Admin, ReturnURL: returnURL,
	})
	if err != nil {
		return none, err
	}
	_, session, err := w.Sessions.Enter(ctx, parameter(entry, "entry"))
	if err != nil {
		return none, err
	}
	authorize, err := w.Connections.Begin(ctx, session, true)
	if err != nil {
		return none, err
	}
	code, err := account.Code(levertest.AuthorizeRequest{
		RedirectURI: parameter(authorize, "redirect_uri"), Scopes: connection.Scopes(true), CodeChallenge: parameter(authorize, "code_challenge"),
	})
	if err != nil {
		return none, fmt.Errorf("consent: %w", err)
	}
	back, err := w.Connections.Return(ctx, session.Key, url.Values{"state": {parameter(authorize, "state")}, "code": {code}})
	if err != nil {
		return none, err
	}
	c, err := w.Connections.Confirm(ctx, tenant, parameter(back, "attempt"), by)
	if err != nil {
		return none, err
	}
	return c, account.SetToggle("all", true)
}

func parameter(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

var _ http.RoundTripper = (*World)(nil)

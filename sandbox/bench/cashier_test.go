package bench

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// bill is what AWS would charge for, in units.
type bill struct {
	reads, writes  float64 // request units of DynamoDB
	invocations    float64
	gbSeconds      float64
	messages       float64 // through queues
	keys, events   float64 // calls to KMS, events on the bus
	requests       float64 // to the HTTP API: webhooks, and what the platform reads
	logged         float64 // bytes
	running, delta float64 // seconds of all functions, and of delta-sync among them
}

// plus adds another bill a number of times.
func (b bill) plus(o bill, times float64) bill {
	return bill{
		b.reads + times*o.reads, b.writes + times*o.writes, b.invocations + times*o.invocations, b.gbSeconds + times*o.gbSeconds,
		b.messages + times*o.messages, b.keys + times*o.keys, b.events + times*o.events, b.requests + times*o.requests, b.logged + times*o.logged,
		b.running + times*o.running, b.delta + times*o.delta,
	}
}

func (b bill) minus(o bill) bill { return b.plus(o, -1) }

// perRun is what is logged of an invocation, in bytes: the start and the report of Lambda, as JSON (AWS, "Lambda advanced
// logging controls"), and what CloudWatch adds to each line. The functions write nothing of their own in an ordinary run, and
// of delta-sync neither does Lambda (template.yaml, SystemLogLevel).
const perRun = 500

// perRequest is the line of a request in the access log of the HTTP API, in bytes, with what CloudWatch adds.
const perRequest = 300

// cashier meters a world as it runs.
type cashier struct {
	w    *World
	keys *sealtest.Keys

	mu   sync.Mutex
	bill bill
	last map[table.Name]time.Time // when the stream of a table was read last
}

// meter puts a cashier into a world before it starts.
func meter(w *World) *cashier {
	c := &cashier{w: w, keys: &sealtest.Keys{}, last: map[table.Name]time.Time{}}
	w.box = seal.New(c.keys, time.Now, w)
	w.Connections.Box = w.box
	w.Memory.Watch(c.streamed)
	w.Deliver = c.deliver
	return c
}

// wordOf is an attribute of an item that is a string, "" when there is none.
func wordOf(item table.Item, name string) string {
	value, _ := item[name].(*types.AttributeValueMemberS)
	if value == nil {
		return ""
	}
	return value.Value
}

// ran notes an invocation.
func (c *cashier) ran(took time.Duration, messages, logged int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bill.invocations++
	c.bill.gbSeconds += gigabytes * took.Seconds()
	c.bill.running += took.Seconds()
	c.bill.messages += float64(messages)
	c.bill.logged += float64(logged)
}

// How change-publisher is called: Lambda reads a stream four times a second and hands over what came; a call that has
// nothing to publish takes some milliseconds, one that has calls the bus.
const (
	streamEvery = 250 * time.Millisecond
	nothingNew  = 3 * time.Millisecond
	publishing  = 20 * time.Millisecond
)

// streamed is what a write costs beside itself: a call of change-publisher, for what the filters in template.yaml let through.
func (c *cashier) streamed(name table.Name, before, after table.Item) {
	state := name == table.Connections && (wordOf(before, "sk") == "state" || wordOf(after, "sk") == "state")
	news := name == table.Mirror && wordOf(after, "news") == "yes"
	if !news && name != table.Decisions && !state {
		return
	}
	took, events := nothingNew, 0.0
	if name == table.Mirror && after != nil {
		was, errWas := table.Decode[mirror.Record](before)
		is, errIs := table.Decode[mirror.Record](after)
		if errWas == nil && errIs == nil && is.Version != was.Version {
			took, events = publishing, 1
		}
	}
	c.mu.Lock()
	fresh := time.Since(c.last[name]) >= streamEvery
	if fresh {
		c.last[name] = time.Now()
	}
	c.bill.events += events
	c.mu.Unlock()
	if fresh {
		c.ran(took, 0, perRun)
	}
}

// deliver is the World's, with webhook-intake metered.
func (c *cashier) deliver(ctx context.Context) {
	for _, d := range c.w.Lever.Due(time.Now()) {
		r, err := d.NewRequest(ctx)
		if err != nil {
			panic("bench: " + err.Error())
		}
		began := time.Now()
		answer, err := c.w.RoundTrip(r)
		if err != nil {
			panic("bench: " + err.Error())
		}
		c.ran(time.Since(began)+tableLatency, 0, perRun+perRequest) // and the sending to the queue
		c.mu.Lock()
		c.bill.requests++
		c.mu.Unlock()
		c.w.Lever.Report(d.ID, answer.StatusCode, nil)
	}
}

// reads does what platform-api does when the platform reads a candidate, as its consumer is told to for each event.
func (c *cashier) reads(ctx context.Context, tenant, candidate string) error {
	began := time.Now()
	connected, _, err := c.w.Connections.Current(ctx, tenant)
	if err != nil {
		return err
	}
	if _, _, err := c.w.Mirror.Get(ctx, connected.ID(), mirror.Candidate, candidate); err != nil {
		return err
	}
	c.ran(time.Since(began), 0, perRun+perRequest)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bill.requests++
	return nil
}

// start runs the functions as Start does and meters each invocation.
func (c *cashier) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	noting := func(kind work.Kind, logged int, handler func() func(context.Context, []message)) func() func(context.Context, []message) {
		return func() func(context.Context, []message) {
			handle := handler()
			return func(ctx context.Context, batch []message) {
				began := time.Now()
				handle(ctx, batch)
				c.ran(time.Since(began), len(batch), logged)
				if kind == work.Delta {
					c.mu.Lock()
					c.bill.delta += time.Since(began).Seconds()
					c.mu.Unlock()
				}
			}
		}
	}
	w := c.w
	other := func() func(context.Context, []message) { return w.attendTo }
	groups := []*sync.WaitGroup{
		w.Queues[work.Hint].serve(ctx, hintSlots, hintBatch, noting(work.Hint, perRun, w.hintWorker)),
		w.Queues[work.Delta].serve(ctx, deltaSlots, 1, noting(work.Delta, 0, other)),
		w.Queues[work.Resync].serve(ctx, resyncSlots, 1, noting(work.Resync, perRun, other)),
	}
	var around sync.WaitGroup
	around.Go(func() { w.every(ctx, time.Minute, w.dispatch) })
	around.Go(func() { w.every(ctx, 50*time.Millisecond, w.Deliver) })
	return func() {
		cancel()
		for _, g := range append(groups, &around) {
			g.Wait()
		}
		time.Sleep(10 * time.Second)
	}
}

// spent is what each table has cost so far.
func (w *World) spent() map[table.Name]Units {
	all := map[table.Name]Units{}
	for _, name := range []table.Name{table.Connections, table.Sessions, table.Hooks, table.Mirror, table.Work, table.Decisions} {
		all[name] = w.Meter.Spent(name)
	}
	return all
}

// now is the bill so far.
func (c *cashier) now() bill {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bill
	b.keys = float64(c.keys.Calls())
	for _, u := range c.w.spent() {
		b.reads, b.writes = b.reads+u.Read, b.writes+u.Write
	}
	return b
}

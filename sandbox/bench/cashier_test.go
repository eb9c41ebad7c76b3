package bench

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// bill is what AWS would charge for, in units, and what else has a limit.
type bill struct {
	reads, writes float64 // request units of DynamoDB
	invocations   float64
	gbSeconds     float64
	messages      float64 // through queues
	keys, events  float64 // calls to KMS, events on the bus
	requests      float64 // to the HTTP API: webhooks, and what the platform reads and decides
	logged        float64 // bytes
	busy          busy
	due           float64 // write units of the index of what is due
	found         float64 // items that dispatches read in that index
}

// busy is for how many seconds each function ran, by the name of its folder.
type busy map[string]float64

// of sums the seconds of some functions, of all when none is named.
func (b busy) of(functions ...string) (seconds float64) {
	for _, name := range slices.Sorted(maps.Keys(b)) { // in one order, as sums of fractions depend on it
		if len(functions) == 0 || slices.Contains(functions, name) {
			seconds += b[name]
		}
	}
	return seconds
}

func (b busy) plus(o busy, times float64) busy {
	sum := busy{}
	maps.Copy(sum, b)
	for name, seconds := range o {
		sum[name] += times * seconds
	}
	return sum
}

// plus adds another bill a number of times.
func (b bill) plus(o bill, times float64) bill {
	return bill{
		b.reads + times*o.reads, b.writes + times*o.writes, b.invocations + times*o.invocations, b.gbSeconds + times*o.gbSeconds,
		b.messages + times*o.messages, b.keys + times*o.keys, b.events + times*o.events, b.requests + times*o.requests, b.logged + times*o.logged,
		b.busy.plus(o.busy, times), b.due + times*o.due, b.found + times*o.found,
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
	c := &cashier{w: w, keys: &sealtest.Keys{}, bill: bill{busy: busy{}}, last: map[table.Name]time.Time{}}
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

// ran notes an invocation of a function.
func (c *cashier) ran(function string, took time.Duration, messages, logged int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bill.invocations++
	c.bill.gbSeconds += gigabytes * took.Seconds()
	c.bill.busy[function] += took.Seconds()
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
	if name == table.Work { // of its indexes it has the one
		c.mu.Lock()
		c.bill.due += indexed(before, after)
		c.mu.Unlock()
	}
	state := name == table.Connections && (wordOf(before, "sk") == "state" || wordOf(after, "sk") == "state")
	news := name == table.Mirror && wordOf(after, "news") == "yes"
	if !news && name != table.Decisions && !state {
		return
	}
	took := nothingNew
	happened, err := change.From(name, before, after)
	if err != nil {
		panic("bench: " + err.Error())
	}
	if len(happened) > 0 {
		took = publishing
	}
	c.mu.Lock()
	fresh := time.Since(c.last[name]) >= streamEvery
	if fresh {
		c.last[name] = time.Now()
	}
	c.bill.events += float64(len(happened))
	c.mu.Unlock()
	if fresh {
		c.ran("change-publisher", took, 0, perRun)
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
		c.ran("webhook-intake", time.Since(began)+tableLatency, 0, perRun+perRequest) // and the sending to the queue
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
	c.answered(began)
	return nil
}

// decides does what platform-api does when the platform hands a decision over.
func (c *cashier) decides(ctx context.Context, tenant, candidate string, n int) error {
	began := time.Now()
	if err := c.w.Decide(ctx, tenant, candidate, n); err != nil {
		return err
	}
	c.answered(began)
	return nil
}

// answered notes a request of the platform that came at a time.
func (c *cashier) answered(began time.Time) {
	c.ran("platform-api", time.Since(began), 0, perRun+perRequest)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bill.requests++
}

// dispatch is sync-dispatch. What it costs is no tenant's, but what it finds is counted.
func (c *cashier) dispatch(ctx context.Context) {
	c.w.dispatching(ctx, func(int, work.Item) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bill.found++
	})
}

// start runs the functions as Start does and meters each invocation.
func (c *cashier) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	noting := func(function string, logged int, handler func() func(context.Context, []message)) func() func(context.Context, []message) {
		return func() func(context.Context, []message) {
			handle := handler()
			return func(ctx context.Context, batch []message) {
				began := time.Now()
				handle(ctx, batch)
				c.ran(function, time.Since(began), len(batch), logged)
			}
		}
	}
	w := c.w
	other := func() func(context.Context, []message) { return w.attendTo }
	groups := []*sync.WaitGroup{
		w.Queues[work.Hint].serve(ctx, hintSlots, hintBatch, noting("hint-worker", perRun, w.hintWorker)),
		w.Queues[work.Delta].serve(ctx, deltaSlots, 1, noting("delta-sync", 0, other)),
		w.Queues[work.Resync].serve(ctx, resyncSlots, 1, noting("full-resync", perRun, other)),
		w.Queues[work.Decision].serve(ctx, decisionSlots, decisionBatch, noting("decision-push", perRun, w.decisionWorker)),
	}
	var around sync.WaitGroup
	around.Go(func() { w.every(ctx, time.Minute, c.dispatch) })
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
	b := bill{}.plus(c.bill, 1)
	b.keys = float64(c.keys.Calls())
	for _, u := range c.w.spent() {
		b.reads, b.writes = b.reads+u.Read, b.writes+u.Write
	}
	return b
}

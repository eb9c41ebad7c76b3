package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// bill is what AWS would charge for, in units.
type bill struct {
	reads, writes       float64 // request units of DynamoDB
	invocations         float64
	gbSeconds           float64
	messages            float64 // through queues
	keys, events, hooks float64 // calls to KMS, events on the bus, webhooks taken
	logged              float64 // bytes
	running, delta      float64 // seconds of all functions, and of delta-sync among them
}

// plus adds another bill a number of times.
func (b bill) plus(o bill, times float64) bill {
	return bill{
		b.reads + times*o.reads, b.writes + times*o.writes, b.invocations + times*o.invocations, b.gbSeconds + times*o.gbSeconds,
		b.messages + times*o.messages, b.keys + times*o.keys, b.events + times*o.events, b.hooks + times*o.hooks, b.logged + times*o.logged,
		b.running + times*o.running, b.delta + times*o.delta,
	}
}

func (b bill) minus(o bill) bill { return b.plus(o, -1) }

// perRun is what is logged of an invocation, in bytes: the start and the report of Lambda, as JSON (AWS, "Lambda advanced
// logging controls"), and what CloudWatch adds to each line. The functions write nothing of their own in an ordinary run, and
// of delta-sync neither does Lambda (template.yaml, SystemLogLevel).
const perRun = 500

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
		c.ran(time.Since(began)+tableLatency, 0, perRun) // and the sending to the queue
		c.mu.Lock()
		c.bill.hooks++
		c.mu.Unlock()
		c.w.Lever.Report(d.ID, answer.StatusCode, nil)
	}
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

// The tenant whose month is priced.
const (
	monthHours   = 720
	eventsAnHour = 7 // a little more than 5,000 in 720 hours
	mostCents    = 50
)

// costLevels prices a month of a tenant with 1,000 active candidates and 5,000 events: an ordinary hour is run and extended to
// 720, a nightly sweep to 30.
func costLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		n := levertest.Numbers{Opportunities: 1500, Active: 1000, Postings: 30, Users: 60}
		w := New(Options{Latency: 100 * time.Millisecond})
		c := meter(w)
		account := w.Lever.Seed(levertest.SizedCompany(1, n, time.Now()))
		connected, err := w.Connect(t.Context(), "tenant-1", account)
		if err != nil {
			t.Fatal(err)
		}
		stop := c.start(t.Context())
		swept(t, w, connected.ID(), time.Now())
		before := c.now()
		time.Sleep(time.Hour)
		doubt := c.now().minus(before)
		people := active(account)
		if err := account.MoveStage(people[0].ID, "offer"); err != nil { // a webhook is heard
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour) // past the first day and the first nightly sweep: the patrol rests
		before, spent := c.now(), w.spent()
		for i := range eventsAnHour {
			if err := account.MoveStage(people[i+1].ID, "offer"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour / eventsAnHour)
		}
		hour, tables := c.now().minus(before), w.spent()
		before, began := c.now(), time.Now()
		if err := w.Work.Ask(t.Context(), work.Ref{Connection: connected.ID(), Kind: work.Resync, Target: "all"}, began, nil); err != nil {
			t.Fatal(err)
		}
		ended := swept(t, w, connected.ID(), began)
		sweep := c.now().minus(before).plus(hour, -ended.Sub(began).Hours())
		stored := 0.0
		for _, name := range []table.Name{table.Connections, table.Hooks, table.Mirror, table.Work} {
			for _, item := range w.Memory.Dump(name) {
				stored += float64(size(item) + 100) // AWS adds 100 bytes an item
			}
		}
		stop()
		levels = priced(bill{}.plus(hour, monthHours).plus(sweep, 30), 2*stored) // indexes hold about as much again
		dear := priced(bill{}.plus(doubt, monthHours).plus(sweep, 30), 2*stored)
		levels = append(levels, Level{"the same without events, while the patrol goes round all month: in all", dear[len(dear)-1].Measured, Free(), "", "US cents"})
		levels = append(levels, quotaLevels(usage{
			running: hour.running / 3600, delta: hour.delta / 3600, keys: hour.keys / 3600, events: hour.events / 3600,
			writes: (tables[table.Mirror].Write - spent[table.Mirror].Write) / 3600, reads: (tables[table.Mirror].Read - spent[table.Mirror].Read) / 3600,
			work: (tables[table.Work].Write - spent[table.Work].Write) / 3600,
		})...)
	})
	return levels
}

// priced is a bill line by line.
func priced(b bill, stored float64) []Level {
	name := "a tenant's month, 1,000 active candidates, 5,000 events: "
	sum, lines := 0.0, []Level{}
	for _, l := range []struct {
		what         string
		amount, each float64
	}{
		{"DynamoDB, write units", b.writes, priceWrites},
		{"DynamoDB, read units", b.reads, priceReads},
		{"DynamoDB, bytes stored and backed up", stored, priceStored + priceBackup},
		{"Lambda, GB-seconds", b.gbSeconds, priceGBSecond},
		{"Lambda, invocations", b.invocations, priceInvocation},
		{"SQS, requests (send, receive, delete)", 3 * b.messages, priceMessage},
		{"KMS, calls", b.keys, priceKey},
		{"EventBridge, events", b.events, priceEvent},
		{"API Gateway, webhooks", b.hooks, priceRequest},
		{"CloudWatch Logs, bytes", b.logged, priceLog},
	} {
		cents := 100 * l.amount * l.each
		sum += cents
		lines = append(lines, Level{name + l.what, cents, Free(), "", fmt.Sprintf("US cents, for %.0f", l.amount)})
	}
	return append(lines, Level{name + "in all", sum, mostCents, "", "US cents"})
}

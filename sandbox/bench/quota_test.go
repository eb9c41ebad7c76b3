package bench

import (
	"math"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// decisionsAnHour are some 1,400 in 720 hours: more than one for each of the 1,000 active candidates. How many a tenant really
// takes nobody has counted.
const decisionsAnHour = 2

// Limits of ours beside the slots of the queues, as in template.yaml and shared/work; limits_test.go holds them to that.
const (
	publisherReserved = 10   // runs of change-publisher at once (ReservedConcurrentExecutions)
	allReserved       = 212  // runs at once that are kept for one function each, their sum
	requestsASecond   = 250  // to the HTTP API (ThrottlingRateLimit)
	dispatchAtOnce    = 2000 // items of a shard that a dispatch reads (atOnce)
)

// accountRuns is how many functions may run at once in an account (AWS, "Lambda quotas"; can be raised).
const accountRuns = 1000

// A quota is a limit that more connections come nearer to: one of ours, or one of AWS with its default in eu-west-1 as the
// quota pages gave it in November 2025. Those marked so can be raised.
type quota struct {
	what   string
	amount float64
	source string
	each   func(u usage) float64 // what a connection takes of it
}

// usage is what a connection takes per second, on the mean of a day.
type usage struct {
	bill
	tables map[table.Name]Units
	round  float64 // seconds of delta-sync, on the mean of an hour in which the patrol goes round
}

// units are those of the table that takes the most.
func (u usage) units(kind func(Units) float64) (most float64) {
	for _, units := range u.tables {
		most = math.Max(most, kind(units))
	}
	return most
}

// day measures a day as it is: each hour its events and decisions, and once the nightly sweep and the look at the webhooks,
// which come by themselves.
func (p *payer) day(t *testing.T) usage {
	t.Helper()
	time.Sleep(time.Hour) // the sweep comes a day after the last: within the day, and not at its end
	began, spent, failed, notes := time.Now(), p.w.spent(), failures.Load(), p.notes()
	all := p.spends(func() {
		for range 24 {
			p.hour(t, decisionsAnHour)
		}
	})
	over, after := time.Now(), p.w.spent()
	if failed, notes = failures.Load()-failed, p.notes()-notes; failed > 0 || notes != 24*decisionsAnHour {
		t.Errorf("a day with %d failures and %d notes", failed, notes)
	}
	swept(t, p.w, p.connection, began) // fails unless the nightly sweep has ended within the day
	each := 1 / over.Sub(began).Seconds()
	u := usage{bill: bill{}.plus(all, each), tables: map[table.Name]Units{}}
	for name, units := range after {
		u.tables[name] = Units{each * (units.Read - spent[name].Read), each * (units.Write - spent[name].Write)}
	}
	return u
}

// notes counts the notes in Lever, of which there is one a decision.
func (p *payer) notes() (n int) {
	for _, o := range p.people {
		n += len(p.account.Notes(o.ID))
	}
	return n
}

// runs are how many of a function run at once: as many seconds of it as pass in one.
func runs(function string) func(usage) float64 {
	return func(u usage) float64 { return u.busy[function] }
}

// ours are the limits of template.yaml and of the code.
func ours() []quota {
	return []quota{
		{"template.yaml, delta-sync at once (MaximumConcurrency)", deltaSlots, "ours", runs("delta-sync")},
		{patrols, deltaSlots, "ours", func(u usage) float64 { return u.round }},
		{"template.yaml, full-resync at once (MaximumConcurrency)", resyncSlots, "ours", runs("full-resync")},
		{"template.yaml, hint-worker at once (MaximumConcurrency)", hintSlots, "ours", runs("hint-worker")},
		{"template.yaml, decision-push at once (MaximumConcurrency)", decisionSlots, "ours", runs("decision-push")},
		{"template.yaml, change-publisher at once (ReservedConcurrentExecutions)", publisherReserved, "ours", runs("change-publisher")},
		{"template.yaml, requests a second to the HTTP API (ThrottlingRateLimit)", requestsASecond, "ours", func(u usage) float64 { return u.requests }},
		{"shared/work, items that a dispatch reads of its 16 shards (atOnce)", dispatchAtOnce * work.Shards, "ours", func(u usage) float64 { return u.found * 60 }},
	}
}

// quotas are those of AWS.
func quotas() []quota {
	write, read := func(u Units) float64 { return u.Write }, func(u Units) float64 { return u.Read }
	return []quota{
		{"Lambda, functions at once in an account (can be raised)", accountRuns, "Lambda quotas", func(u usage) float64 { return u.busy.of() }},
		{"Lambda, the same without what template.yaml reserves: webhook-intake and platform-api", accountRuns - allReserved, "Lambda quotas", func(u usage) float64 {
			return u.busy.of("webhook-intake", "platform-api")
		}},
		{"DynamoDB, writes to a partition of the index of what is due", 1000 * work.Shards, "partition key design", func(u usage) float64 { return u.due }},
		{"DynamoDB, write units of a table (can be raised)", 40_000, "DynamoDB quotas", func(u usage) float64 { return u.units(write) }},
		{"DynamoDB, read units of a table (can be raised)", 40_000, "DynamoDB quotas", func(u usage) float64 { return u.units(read) }},
		// Many processes share the connections, and one keeps the keys that it opened itself, so each run may have to ask.
		{"KMS, calls if each run makes one (can be raised)", 100_000, "KMS request quotas", func(u usage) float64 { return u.invocations }},
		{"EventBridge, events put (can be raised)", 10_000, "EventBridge quotas", func(u usage) float64 { return u.events }},
		{"SQS, messages in flight in a queue", 120_000, "SQS quotas", func(u usage) float64 { return math.Max(u.busy["delta-sync"], u.busy["full-resync"]) }},
	}
}

// roomFor is for how many connections there has to be room in a mean day; not for their patrols all at once, see the page.
const roomFor = 10_000

const patrols = "template.yaml, the same while all their patrols go round"

// quotaLevels says at how many connections of the given usage each limit is met.
func quotaLevels(t *testing.T, u usage) (levels []Level) {
	t.Helper()
	for _, q := range append(ours(), quotas()...) {
		if q.each(u) <= 0 {
			t.Errorf("nothing was measured that %s limits", q.what)
		}
		name := "connections whose mean day meets it: " + q.what + ", " + number(q.amount)
		at := math.Floor(q.amount / q.each(u))
		if at < roomFor && q.what != patrols {
			t.Errorf("%s: %.0f, and there has to be room for %d", name, at, roomFor)
		}
		levels = append(levels, Level{name, at, Free(), "", "connections; " + q.source})
	}
	return levels
}

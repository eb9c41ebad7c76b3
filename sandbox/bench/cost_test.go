package bench

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// The tenant whose month is priced.
const (
	monthHours   = 720
	eventsAnHour = 7 // a little more than 5,000 in 720 hours
	mostCents    = 50
	// mostCrowdedCents is promised where many tenants share many processes.
	mostCrowdedCents = 70
)

// costLevels prices a month of a tenant with 1,000 active candidates and 5,000 events: an ordinary hour is run and extended to
// 720, a nightly sweep to 30. How many such tenants fit follows from a whole day, with its sweep and decisions.
func costLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		p := reference(t)
		stop := p.c.start(t.Context())
		swept(t, p.w, p.connection, time.Now())
		doubt := p.spends(func() { time.Sleep(time.Hour) })
		p.event(t)                 // a webhook is heard
		time.Sleep(24 * time.Hour) // past the first day and the first nightly sweep: the patrol rests
		hour := p.spends(func() { p.hour(t, 0) })
		sweep := p.sweep(t, hour)
		stored := p.stored()
		day := p.day(t)
		stop()
		month := bill{}.plus(hour, monthHours).plus(sweep, 30)
		levels = priced(month, 2*stored) // indexes hold about as much again
		crowded := month
		crowded.keys = month.invocations // many processes share many tenants, and each keeps the keys that it opened itself
		for _, other := range []struct {
			what  string
			bound float64
			bill
		}{
			{"without events, while the patrol goes round all month", Free(), bill{}.plus(doubt, monthHours).plus(sweep, 30)},
			{"if each run makes a call to KMS", mostCrowdedCents, crowded},
		} {
			lines := priced(other.bill, 2*stored)
			levels = append(levels, Level{"the same " + other.what + ": in all", lines[len(lines)-1].Measured, other.bound, "", "US cents"})
		}
		day.round = doubt.busy["delta-sync"] / time.Hour.Seconds()
		levels = append(levels, quotaLevels(t, day)...)
	})
	return levels
}

// payer is the tenant whose month is priced, at work.
type payer struct {
	w          *World
	c          *cashier
	account    *levertest.Account
	people     []levertest.Opportunity
	connection string
	n          int // events so far
}

// reference connects a tenant with 1,000 active candidates to a metered world. Nothing runs yet.
func reference(t *testing.T) *payer {
	t.Helper()
	n := levertest.Numbers{Opportunities: 1500, Active: 1000, Postings: 30, Users: 60}
	w := New(Options{Latency: 100 * time.Millisecond})
	c := meter(w)
	account := w.Lever.Seed(levertest.SizedCompany(1, n, time.Now()))
	connected, err := w.Connect(t.Context(), "tenant-1", account)
	if err != nil {
		t.Fatal(err)
	}
	return &payer{w: w, c: c, account: account, people: active(account), connection: connected.ID()}
}

// spends says what was spent while something was done.
func (p *payer) spends(do func()) bill {
	before := p.c.now()
	do()
	return p.c.now().minus(before)
}

// event moves another candidate to another stage, and returns who that is.
func (p *payer) event(t *testing.T) (candidate string) {
	t.Helper()
	candidate, to := p.people[p.n].ID, "offer"
	if p.people[p.n].Stage == to {
		to = "applicant-new"
	}
	p.n++
	if err := p.account.MoveStage(candidate, to); err != nil {
		t.Fatal(err)
	}
	return candidate
}

// hour lets an hour pass with its events, which the platform reads, and some decisions about those candidates.
func (p *payer) hour(t *testing.T, decisions int) {
	t.Helper()
	for i := range eventsAnHour {
		candidate := p.event(t)
		time.Sleep(time.Hour / eventsAnHour)
		if err := p.c.reads(t.Context(), "tenant-1", candidate); err != nil {
			t.Fatal(err)
		}
		if i >= decisions {
			continue
		}
		if err := p.c.decides(t.Context(), "tenant-1", candidate, p.n); err != nil {
			t.Fatal(err)
		}
	}
}

// sweep runs a resync and says what it takes beside what the time would have taken anyway.
func (p *payer) sweep(t *testing.T, hour bill) bill {
	t.Helper()
	began, ended := time.Now(), time.Time{}
	took := p.spends(func() {
		if err := p.w.Work.Ask(t.Context(), work.Ref{Connection: p.connection, Kind: work.Resync, Target: "all"}, began, nil); err != nil {
			t.Fatal(err)
		}
		ended = swept(t, p.w, p.connection, began)
	})
	return took.plus(hour, -ended.Sub(began).Hours())
}

// stored is how many bytes of the tenant the tables hold.
func (p *payer) stored() (bytes float64) {
	for _, name := range []table.Name{table.Connections, table.Hooks, table.Mirror, table.Work} {
		for _, item := range p.w.Memory.Dump(name) {
			bytes += float64(size(item) + 100) // AWS adds 100 bytes an item
		}
	}
	return bytes
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
		{"API Gateway, requests", b.requests, priceRequest},
		{"CloudWatch Logs, bytes", b.logged, priceLog},
	} {
		cents := 100 * l.amount * l.each
		sum += cents
		lines = append(lines, Level{name + l.what, cents, Free(), "", fmt.Sprintf("US cents, for %.0f", l.amount)})
	}
	return append(lines, Level{name + "in all", sum, mostCents, "", "US cents"})
}

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
			if err := c.reads(t.Context(), "tenant-1", people[i+1].ID); err != nil {
				t.Fatal(err)
			}
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
		{"API Gateway, requests", b.requests, priceRequest},
		{"CloudWatch Logs, bytes", b.logged, priceLog},
	} {
		cents := 100 * l.amount * l.each
		sum += cents
		lines = append(lines, Level{name + l.what, cents, Free(), "", fmt.Sprintf("US cents, for %.0f", l.amount)})
	}
	return append(lines, Level{name + "in all", sum, mostCents, "", "US cents"})
}

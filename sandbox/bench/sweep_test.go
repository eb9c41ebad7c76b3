package bench

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// company is the size for which the requests of a sweep are promised.
var company = levertest.Numbers{Opportunities: 1000, Active: 300, Postings: 30, Users: 60}

// reserved is how many requests of Lever's burst of 20 a sweep leaves to the lanes above it (shared/budget).
const reserved = 8

// sweepLimit is the least time that Lever's limit allows for so many requests, with the reserve left alone.
func sweepLimit(requests int) float64 { return float64(requests-20+reserved) / 10 }

// connected makes a world with one account of the given size, connected and at rest, before anything was swept.
func connected(t *testing.T, o Options, n levertest.Numbers) (*World, *levertest.Account, connection.Connection) {
	t.Helper()
	w := New(o)
	account := w.Lever.Seed(levertest.SizedCompany(1, n, time.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // what the connect spent of the limit has come back
	return w, account, c
}

// swept waits for the end of the sweep that is running or asked for, and returns when it ended.
func swept(t *testing.T, w *World, connection string, after time.Time) time.Time {
	t.Helper()
	onlooker := *w.Connections
	onlooker.DB, onlooker.Work = w.Memory, &work.List{DB: w.Memory} // reads that cost nothing
	for {
		time.Sleep(50 * time.Millisecond)
		p, err := onlooker.Progress(t.Context(), connection)
		if err != nil {
			t.Fatal(err)
		}
		if ended := time.UnixMilli(p.EndedAt); !p.Running && ended.After(after) {
			return ended
		}
		if time.Since(after) > 24*time.Hour {
			t.Fatal("the sweep does not end")
		}
	}
}

// sweepLevels measures a cold sweep.
func sweepLevels(t *testing.T, name string, o Options, n levertest.Numbers, most float64) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, o, n)
		began := time.Now()
		stop := w.Start(t.Context())
		ended := swept(t, w, c.ID(), began)
		calls := w.Calls.Between(began, ended)
		took, limit := ended.Sub(began).Seconds(), sweepLimit(len(calls))
		stop()
		if differences, err := simulation.Differences(t.Context(), w.Connections, w.Mirror, account, c.ID()); err != nil || len(differences) > 0 {
			t.Errorf("%s: %d differences, %v", name, len(differences), err)
		}
		levels = []Level{
			{name + ": requests, the delta's included", float64(len(calls)), most, number(float64(n.Active + n.Active/100 + 4)), "requests"},
			{name + ": time", took, 1.05 * limit, number(limit), "s"},
			{name + ": answers 429", float64(refused(calls)), 0, "0", "answers"},
		}
	})
	return levels
}

// warmLevels measures a second sweep over an unchanged account.
func warmLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, _, c := connected(t, Options{Latency: 100 * time.Millisecond}, company)
		stop := w.Start(t.Context())
		began := time.Now()
		swept(t, w, c.ID(), began)
		time.Sleep(5 * time.Second)
		raised, events := 0, 0
		w.Memory.Watch(func(name table.Name, before, after table.Item) {
			if name != table.Mirror {
				return
			}
			was, errWas := table.Decode[mirror.Record](before)
			is, errIs := table.Decode[mirror.Record](after)
			if errWas != nil || errIs != nil || was.Version != is.Version {
				raised++
			}
			if happened, err := change.From(name, before, after); err != nil || len(happened) > 0 {
				events++
			}
		})
		before, asked := w.Meter.Spent(table.Mirror), time.Now()
		if err := w.Connections.Resync(t.Context(), "tenant-1"); err != nil {
			t.Fatal(err)
		}
		swept(t, w, c.ID(), asked)
		spent := w.Meter.Spent(table.Mirror)
		stop()
		levels = []Level{
			{"warm sweep, 300 active: versions raised", float64(raised), 0, "0", "versions"},
			{"warm sweep, 300 active: change events", float64(events), 0, "0", "events"},
			{"warm sweep, 300 active: writes to the mirror", spent.Write - before.Write, Free(), "", "write units"},
			{"warm sweep, 300 active: reads of the mirror", spent.Read - before.Read, Free(), "", "read units"},
		}
	})
	return levels
}

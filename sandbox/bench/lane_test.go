package bench

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// seen waits until the mirror shows what show says of a candidate, and returns how long that took.
func seen(t *testing.T, w *World, connection, candidate string, show func(mirror.Record) bool) time.Duration {
	plain := &mirror.Store{DB: w.Memory, Now: time.Now, Retention: w.Mirror.Retention} // a look that costs no time
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		r, _, err := plain.Known(t.Context(), connection, mirror.Candidate, candidate)
		if err != nil || show(r) {
			return time.Since(began)
		}
		if time.Since(began) > time.Hour {
			t.Error("never seen in the mirror")
			return time.Hour
		}
	}
}

// moved moves a candidate to another stage and returns how long the mirror takes to show it.
func moved(t *testing.T, w *World, account *levertest.Account, connection string, o levertest.Opportunity) time.Duration {
	to := "offer"
	if now, _ := account.Opportunity(o.ID); now.Stage == to {
		to = "applicant-new"
	}
	if err := account.MoveStage(o.ID, to); err != nil {
		t.Error(err)
	}
	return seen(t, w, connection, o.ID, func(r mirror.Record) bool {
		now, _ := account.Opportunity(o.ID)
		return stageOf(r) == to || now.Stage != to // moved on meanwhile
	})
}

// decided hands a decision over and returns how long it takes until its note stands in Lever; there must be one.
func decided(t *testing.T, w *World, account *levertest.Account, candidate string, n int) time.Duration {
	before, began := len(account.Notes(candidate)), time.Now()
	if err := w.Decide(t.Context(), "tenant-1", candidate, n); err != nil {
		t.Error(err)
	}
	for ; len(account.Notes(candidate)) == before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Hour {
			t.Error("no note of a decision")
			break
		}
	}
	took := time.Since(began)
	time.Sleep(5 * time.Second)
	if notes := len(account.Notes(candidate)) - before; notes != 1 {
		t.Errorf("%d notes of one decision", notes)
	}
	return took
}

// active lists the active candidates of an account.
func active(account *levertest.Account) []levertest.Opportunity {
	var list []levertest.Opportunity
	for _, o := range account.Opportunities() {
		if o.Archived == nil {
			list = append(list, o)
		}
	}
	return list
}

// laneLevels measures hints and decisions beside a full resync.
func laneLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, Options{Latency: 100 * time.Millisecond}, levertest.Numbers{Opportunities: 1500, Active: 1000, Postings: 30, Users: 60})
		people, began := active(account), time.Now()
		stop := w.Start(t.Context())
		time.Sleep(5 * time.Second)
		took := make([]time.Duration, 150)
		noted := make([]time.Duration, len(took))
		for i := range took {
			go func() { took[i] = moved(t, w, account, c.ID(), people[i]) }()
			go func() { noted[i] = decided(t, w, account, people[len(took)+i].ID, i) }()
			time.Sleep(450 * time.Millisecond)
		}
		if p, err := w.Connections.Progress(t.Context(), c.ID()); err != nil || !p.Running {
			t.Errorf("the sweep was over before the measurement: %v", err)
		}
		swept(t, w, c.ID(), began)
		stop()
		levels = []Level{
			{"beside a full resync: webhook to mirror, p99", quantile(took, 0.99), 3, "0.2", "s"},
			{"beside a full resync: decision accepted to its note in Lever, p99", quantile(noted, 0.99), 2, "0.1", "s"},
			{"beside a full resync: wait for a permit in the decision lane, p99", quantile(w.Waits(budget.DecisionLane), 0.99), 1, "0", "s"},
		}
	})
	return levels
}

// eaten is when another program begins, and how much of Lever's limit it takes.
const (
	eatenFrom  = 20 * time.Second
	eatenEach  = 200 * time.Millisecond
	adaptation = 5 * time.Second
)

// eatenLevels measures a sweep beside another program that takes half of the limit.
func eatenLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, _, c := connected(t, Options{Latency: 100 * time.Millisecond}, levertest.Numbers{Opportunities: 1500, Active: 1000, Postings: 30, Users: 60})
		free := *w.Connections
		free.Limiter = func(string, budget.Lane) lever.Limiter { return nil }
		other, err := free.Open(t.Context(), c.ID(), budget.DecisionLane)
		if err != nil {
			t.Fatal(err)
		}
		failed, began := failures.Load(), time.Now()
		stop := w.Start(t.Context())
		time.Sleep(eatenFrom)
		eating, done := context.WithCancel(t.Context())
		var eaten []time.Time
		go func() {
			for eating.Err() == nil {
				time.Sleep(eatenEach)
				go func() { _, _ = other.Lever.Webhooks(eating) }() // refused or not, it goes on
				eaten = append(eaten, time.Now())
			}
		}()
		from := began.Add(eatenFrom + adaptation)
		ended := swept(t, w, c.ID(), began)
		done()
		ours, refused := 0, 0
		for _, call := range w.Calls.Between(from, ended) {
			switch {
			case call.Path == "/v1/webhooks":
			case call.Status == http.StatusTooManyRequests:
				refused++
			default:
				ours++
			}
		}
		failed = failures.Load() - failed
		stop()
		if failed > 0 {
			t.Log(lastFailure.Load())
		}
		left := 10 - 1/eatenEach.Seconds()
		levels = []Level{
			{"another program takes half: failures", float64(failed), 0, "0", "failures"},
			{"another program takes half: refused from 5 s on", 100 * float64(refused) / float64(ours+refused), 5, "0", "% of our requests"},
			{"another program takes half: unused of what it leaves, from 5 s on", max(0, 100*(1-float64(ours)/ended.Sub(from).Seconds()/left)), 20, "0", "%"},
		}
	})
	return levels
}

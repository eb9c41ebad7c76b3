package bench

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/work"
)

var small = levertest.Numbers{Opportunities: 100, Active: 60, Postings: 10, Users: 10}

// burstLevels measures 50 hints about one candidate in the hands of 50 workers at once; with death, the first of them
// dies while Lever answers it.
func burstLevels(t *testing.T, name string, death bool) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, Options{Latency: 100 * time.Millisecond}, small)
		stop := w.Start(t.Context())
		swept(t, w, c.ID(), time.Now())
		person, began := active(account)[0], time.Now()
		handle := func(ctx context.Context) {
			a := hint.Arrival{Connection: c.ID(), Event: "candidateStageChange", Opportunity: person.ID, At: time.Now().UnixMilli()}
			if n, ok, err := w.Hints.Arrived(ctx, a); err == nil && ok {
				_ = w.Hints.Nudged(ctx, n) // a dead worker's fault is nobody's
			}
		}
		var group sync.WaitGroup
		if death {
			dying, die := context.WithTimeout(t.Context(), 100*time.Millisecond)
			group.Go(func() { handle(dying); die() })
			time.Sleep(60 * time.Millisecond)
		}
		if err := account.MoveStage(person.ID, "offer"); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			group.Go(func() { handle(t.Context()) })
		}
		group.Wait()
		took := seen(t, w, c.ID(), person.ID, func(r mirror.Record) bool { return stageOf(r) == "offer" })
		time.Sleep(3 * time.Minute)
		fetches := 0
		for _, call := range w.Calls.Between(began, time.Now()) {
			if call.Path == "/v1/opportunities/"+person.ID {
				fetches++
			}
		}
		stop()
		if death {
			fetches-- // the dead one's
		}
		levels = []Level{
			{name + ": fetches", float64(fetches), 2, "1", "requests"},
			{name + ": until the mirror shows it", took.Seconds(), map[bool]float64{false: 3, true: 60}[death], "", "s"},
		}
	})
	return levels
}

// killedLevels measures a sweep whose worker dies in the middle.
func killedLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, Options{Latency: 100 * time.Millisecond}, company)
		began := time.Now()
		stop := w.Start(t.Context())
		time.Sleep(18 * time.Second)
		ref := work.Ref{Connection: c.ID(), Kind: work.Resync, Target: "all"}
		dead, _, err := w.Work.Find(t.Context(), ref)
		if err != nil || dead.Holder == "" {
			t.Fatalf("nobody sweeps: %v", err)
		}
		killed := time.Now()
		stop()
		stop = w.Start(t.Context())
		for heir := dead; heir.Holder == "" || heir.Holder == dead.Holder; time.Sleep(time.Second) {
			if heir, _, err = w.Work.Find(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
		}
		resumed := time.Since(killed)
		swept(t, w, c.ID(), began)
		stop()
		twice := len(w.Waits(budget.ResyncLane)) - (company.Active + company.Active/100 + 4)
		if differences, err := simulation.Differences(t.Context(), w.Connections, w.Mirror, account, c.ID()); err != nil || len(differences) > 0 {
			t.Errorf("%d differences, %v", len(differences), err)
		}
		levels = []Level{
			{"a sweep's worker dies: another goes on after", resumed.Seconds(), 120, "", "s"},
			{"a sweep's worker dies: requests made twice", float64(twice), 80, "0", "requests"},
		}
	})
	return levels
}

// leavingLevels measures how late the mirror shows that somebody or something left when every webhook is lost.
func leavingLevels(t *testing.T) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, Options{Latency: 100 * time.Millisecond}, levertest.Numbers{Opportunities: 100, Active: 60, Postings: 40, Users: 10})
		if err := account.SetToggle("all", false); err != nil {
			t.Fatal(err)
		}
		stop := w.Start(t.Context())
		swept(t, w, c.ID(), time.Now())
		plain := &mirror.Store{DB: w.Memory, Now: time.Now, Retention: w.Mirror.Retention}
		var slowest [4]time.Duration
		people, open := active(account), []string{}
		for _, p := range account.Postings() {
			if p.State == "published" {
				open = append(open, p.ID)
			}
		}
		var group sync.WaitGroup
		var mu sync.Mutex
		for i := range 40 {
			group.Go(func() {
				time.Sleep(time.Duration(i) * 7300 * time.Millisecond) // at every phase of the minute
				kind, id, err := mirror.Candidate, people[i].ID, error(nil)
				switch i % 4 {
				case 0:
					err = account.Delete(id)
				case 1:
					err = account.Archive(id, account.ArchiveReasons()[0].ID)
				case 2:
					err = account.Hire(id)
				case 3:
					kind, id = mirror.Job, open[i/4]
					err = account.ClosePosting(id)
				}
				if err != nil {
					t.Error(err)
				}
				began := time.Now()
				for {
					r, _, err := plain.Known(t.Context(), c.ID(), kind, id)
					if err != nil || r.State != mirror.Active || kind == mirror.Job && strings.Contains(r.Doc, `"state":"closed"`) {
						break
					}
					time.Sleep(50 * time.Millisecond)
				}
				mu.Lock()
				defer mu.Unlock()
				slowest[i%4] = max(slowest[i%4], time.Since(began))
			})
		}
		group.Wait()
		stop()
		for i, what := range []string{"deleted", "archived", "hired", "posting closed"} {
			levels = append(levels, Level{"every webhook lost: " + what + ", seen after at most", slowest[i].Seconds(), 60 + oneRun, "", "s"})
		}
	})
	return levels
}

// oneRun is the time that one delta takes at 100 ms a call: six calls and the work around them, in seconds.
const oneRun = 1.5

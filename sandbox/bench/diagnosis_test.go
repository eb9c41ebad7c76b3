package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

// happen does in Lever what an event tells of, to the given candidate.
func happen(account *levertest.Account, event string, o levertest.Opportunity) error {
	switch event {
	case lever.EventApplicationCreated:
		for _, p := range account.Postings() {
			if p.State == "published" {
				_, err := account.Apply(p.ID, "New Person", o.ID+"@person.example")
				return err
			}
		}
	case lever.EventCandidateStageChange:
		return account.MoveStage(o.ID, "offer")
	case lever.EventCandidateArchiveChange:
		for _, r := range account.ArchiveReasons() {
			if r.Type != "hired" {
				return account.Archive(o.ID, r.ID)
			}
		}
	case lever.EventCandidateHired:
		return account.Hire(o.ID)
	case lever.EventCandidateDeleted:
		return account.Delete(o.ID)
	case lever.EventInterviewCreated:
		_, err := account.ScheduleInterview(o.ID, levertest.NewInterview{At: time.Now().Add(time.Hour)})
		return err
	case lever.EventInterviewUpdated:
		return account.MoveInterview(account.Interviews(o.ID)[0].ID, time.Now().Add(100*time.Hour))
	case lever.EventInterviewDeleted:
		return account.DeleteInterview(account.Interviews(o.ID)[0].ID)
	}
	return fmt.Errorf("nothing does %s", event)
}

// named lists the events that look switched off, as the page says it.
func named(hooks []connection.Hook, c connection.Connection, now time.Time) (events []string) {
	c.State = connection.Connected
	for _, f := range health.Findings(health.Facts{Now: now, Connection: c, Hooks: hooks, Progress: connection.Progress{DeltaAt: now.UnixMilli()}}) {
		for _, e := range f.Events {
			if f.Code == "webhooks-off" {
				events = append(events, e.Event)
			}
		}
	}
	return events
}

// toggleLevel measures how long after the third missed change a switched-off webhook is named, and nothing else is. That is
// in the first day, when the patrol goes round, or in the second, when it rests and the nightly resync takes its place.
func toggleLevel(t *testing.T, event string, second bool) (levels []Level) {
	synctest.Test(t, func(t *testing.T) {
		w, account, c := connected(t, Options{Latency: 100 * time.Millisecond}, levertest.Numbers{Opportunities: 100, Active: 60, Postings: 10, Users: 10})
		stop := w.Start(t.Context())
		swept(t, w, c.ID(), time.Now())
		for _, e := range []string{lever.EventCandidateStageChange, lever.EventInterviewCreated} { // some life before
			if err := happen(account, e, active(account)[20]); err != nil {
				t.Fatal(err)
			}
		}
		name, cycle := event+" switched off: named after the third missed change", 24*time.Hour
		if second {
			name += ", on the second day"
			time.Sleep(30 * time.Hour)
		}
		if err := account.SetToggle(event, false); err != nil {
			t.Fatal(err)
		}
		if !second {
			cycle = patrolled(t, w, c.ID())
		}
		for _, o := range slices.DeleteFunc(active(account), func(o levertest.Opportunity) bool { return o.Stage == "offer" })[:3] {
			if err := happen(account, event, o); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		third := time.Now()
		var found []string
		for len(found) == 0 && time.Since(third) < 25*time.Hour {
			time.Sleep(5 * time.Second)
			hooks, err := w.Connections.Hooks(t.Context(), c.ID())
			if err != nil {
				t.Fatal(err)
			}
			found = named(hooks, c, time.Now())
		}
		took := time.Since(third)
		stop()
		if !slices.Equal(found, []string{event}) {
			t.Errorf("named %v", found)
		}
		bound := 10 * time.Minute
		if strings.HasPrefix(event, "interview") {
			bound += cycle
		}
		levels = []Level{{name, took.Minutes(), bound.Minutes(), "", "min"}}
	})
	return levels
}

// patrolled waits for a whole circle of the patrol and returns what it took.
func patrolled(t *testing.T, w *World, connection string) time.Duration {
	var ends []int64
	for len(ends) < 3 {
		time.Sleep(time.Second)
		p, err := w.Connections.Progress(t.Context(), connection)
		if err != nil {
			t.Fatal(err)
		}
		if len(ends) == 0 || p.PatrolAt > ends[len(ends)-1] {
			ends = append(ends, p.PatrolAt)
		}
	}
	return time.Duration(ends[2]-ends[1]) * time.Millisecond
}

// happening is one thing in the life of a modelled connection.
type happening struct {
	at    time.Time
	event string
	since time.Time     // of a change that was found by looking
	late  time.Duration // of a delivery
	found bool
}

// life is what happens to a connection in a month: changes, the deliveries that tell of them (1 % lost, the others up to
// 15 minutes late), and the looks that find a change before its delivery came.
func life(rng *rand.Rand, from time.Time, month time.Duration, aDay float64) (all []happening) {
	const patrol = 6 * time.Minute
	for at := from; at.Before(from.Add(month)); {
		at = at.Add(time.Duration(rng.ExpFloat64() / aDay * float64(24*time.Hour)))
		event, n := connection.Events()[rng.IntN(8)], 1
		if rng.IntN(20) == 0 {
			n = 2 + rng.IntN(6) // somebody tidies up
		}
		for i := range n {
			changed := at.Add(time.Duration(i) * 5 * time.Second)
			look, since := changed.Add(time.Duration(rng.Int64N(int64(time.Minute)))), changed
			if strings.HasPrefix(event, "interview") {
				look = changed.Add(time.Duration(rng.Int64N(int64(patrol))))
				since = look.Add(-patrol)
			}
			late := time.Duration(rng.Int64N(int64(15 * time.Minute)))
			lost := rng.IntN(100) == 0
			if !lost {
				all = append(all, happening{at: changed.Add(late), event: event, late: late})
			}
			if lost || changed.Add(late).After(look) {
				all = append(all, happening{at: look, event: event, since: since, found: true})
			}
		}
	}
	slices.SortFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	return all
}

// monthLevels counts false findings in a modelled month: the real counting, lateness and findings, without Lever, queues
// and mirror.
func monthLevels(t *testing.T, busy, quiet int) []Level {
	rng, from, month := rand.New(rand.NewPCG(9, 10)), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 30*24*time.Hour
	now, wrong, deliveries, misses := from, 0, 0, 0
	service := &connection.Service{DB: memory.New(), Now: func() time.Time { return now }}
	for i := range busy + quiet {
		c := connection.Connection{Meta: table.Meta{PK: fmt.Sprint("c-", i)}, ConnectedAt: from.Add(-time.Hour).UnixMilli()}
		for _, event := range connection.Events() {
			h := connection.Hook{Meta: table.Meta{PK: c.ID(), SK: "hook#" + event}, Event: event, LeverID: "h"}
			if err := table.Save(t.Context(), service.DB, table.Connections, &h); err != nil {
				t.Fatal(err)
			}
		}
		aDay := 120.0
		if i >= busy {
			aDay = 0.5
		}
		off := map[string]bool{}
		for _, one := range life(rng, from, month, aDay) {
			now = one.at
			hooks, err := service.Hooks(t.Context(), c.ID())
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range named(hooks, c, now) {
				off[event] = true
			}
			if one.found {
				misses++
				err = silence.Tell(t.Context(), service, c, []silence.Miss{{Event: one.event, Since: one.since}}, now)
			} else {
				deliveries++
				err = service.Seen(t.Context(), c.ID(), connection.Delivery{Event: one.event, At: now, Late: one.late})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		wrong += len(off)
	}
	name := fmt.Sprintf("a month of %d busy and %d quiet connections (model), 1 %% lost, up to 15 min late: ", busy, quiet)
	return []Level{
		{name + "deliveries", float64(deliveries), Free(), "", "deliveries"},
		{name + "changes found before their webhook", float64(misses), Free(), "", "changes"},
		{name + "webhooks wrongly said to be off", float64(wrong), 0, "0", "findings"},
	}
}

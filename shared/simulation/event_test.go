package simulation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/delta"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/slice"
	"github.com/evidenced/lever-integration/shared/work"
)

type bundle struct {
	*simulation.World
	account    *levertest.Account
	connection connection.Connection
	candidate  levertest.Opportunity // active and not confidential, with an interview
	interview  levertest.Interview
}

// setup connects a small account whose first sync is done and whose webhooks are on, but for those named.
func setup(t *testing.T, off ...string) *bundle {
	t.Helper()
	w := simulation.New(2, nil)
	b := &bundle{World: w, account: w.Lever.Seed(levertest.SmallCompany(7, 12, w.Now()))}
	c, err := w.Connect(t.Context(), "tenant-1", b.account, false)
	if err != nil {
		t.Fatal(err)
	}
	b.connection = c
	for _, event := range connection.Events() {
		if err := b.account.SetToggle(event, !slices.Contains(off, event)); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range b.account.Opportunities() {
		if list := b.account.Interviews(o.ID); o.Archived == nil && o.Confidentiality != "confidential" && len(list) > 0 && len(o.Applications) > 0 {
			b.candidate, b.interview = o, list[0]
		}
	}
	run(t, w, time.Minute)
	return b
}

// happening is one thing that a person does in Lever, by the event that tells of it.
type happening struct {
	event string
	do    func(b *bundle) error
}

func happenings() []happening {
	return []happening{
		{lever.EventApplicationCreated, func(b *bundle) error {
			for _, p := range b.account.Postings() {
				if p.State == "published" && p.Confidentiality != "confidential" {
					_, err := b.account.Apply(p.ID, "New Person", "new@person.example")
					return err
				}
			}
			return nil
		}},
		{lever.EventCandidateStageChange, func(b *bundle) error { return b.account.MoveStage(b.candidate.ID, "offer") }},
		{lever.EventCandidateArchiveChange, func(b *bundle) error {
			for _, r := range b.account.ArchiveReasons() {
				if r.Type != "hired" {
					return b.account.Archive(b.candidate.ID, r.ID)
				}
			}
			return nil
		}},
		{lever.EventCandidateHired, func(b *bundle) error { return b.account.Hire(b.candidate.ID) }},
		{lever.EventCandidateDeleted, func(b *bundle) error { return b.account.Delete(b.candidate.ID) }},
		{lever.EventInterviewCreated, func(b *bundle) error {
			_, err := b.account.ScheduleInterview(b.candidate.ID, levertest.NewInterview{At: b.Now().Add(time.Hour)})
			return err
		}},
		{lever.EventInterviewUpdated, func(b *bundle) error { return b.account.MoveInterview(b.interview.ID, b.Now().Add(100*time.Hour)) }},
		{lever.EventInterviewDeleted, func(b *bundle) error { return b.account.DeleteInterview(b.interview.ID) }},
	}
}

// soon is the time within which a webhook must have changed the mirror; the delta would need up to a minute.
const soon = 3 * time.Second

func TestEachEventAloneChangesTheMirror(t *testing.T) {
	t.Parallel()
	for _, h := range happenings() {
		t.Run(h.event, func(t *testing.T) {
			t.Parallel()
			var off []string
			for _, event := range connection.Events() {
				if event != h.event {
					off = append(off, event)
				}
			}
			b := setup(t, off...)
			if err := h.do(b); err != nil {
				t.Fatal(err)
			}
			if differences, err := b.Differences(t.Context(), b.account, b.connection.ID()); err != nil || len(differences) == 0 {
				t.Fatalf("the action changed nothing that the mirror shows: %v", err)
			}
			run(t, b.World, soon)
			compare(t, b.World, b.account, b.connection)
		})
	}
}

func TestEventsTwiceOrSwappedEndInTheSameMirror(t *testing.T) {
	t.Parallel()
	for _, first := range happenings() {
		for _, second := range happenings() {
			t.Run(first.event+" then "+second.event, func(t *testing.T) {
				t.Parallel()
				for _, f := range []levertest.Fault{
					{Effect: levertest.DuplicateEvent, Delay: time.Second},
					{Event: first.event, Effect: levertest.DelayEvent, Delay: 2 * time.Second},
				} {
					b := setup(t)
					if err := b.Lever.Inject(f); err != nil {
						t.Fatal(err)
					}
					if err := first.do(b); err != nil {
						t.Fatal(err)
					}
					_ = second.do(b) // may be refused, as moving an interview of a deleted candidate is
					run(t, b.World, 2*soon)
					compare(t, b.World, b.account, b.connection)
				}
			})
		}
	}
}

func TestEverythingConvergesWithoutWebhooks(t *testing.T) {
	t.Parallel()
	for _, h := range happenings() {
		t.Run(h.event, func(t *testing.T) {
			t.Parallel()
			b := setup(t, connection.Events()...)
			if err := h.do(b); err != nil {
				t.Fatal(err)
			}
			run(t, b.World, 3*time.Minute)
			compare(t, b.World, b.account, b.connection)
		})
	}
}

// A webhook said what is to be seen, and Lever still serves the older copy: we look again after 2, 10 and 60 seconds, and the
// looks that others ask for meanwhile use none of these up.
func TestSimulatedLooksOfOthersUseUpNoSecondLook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ref := work.Ref{Connection: b.connection.ID(), Kind: work.Hint, Target: "opportunity/" + b.candidate.ID}
	waits := func() bool {
		_, found, err := b.Work.Find(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	err := b.Lever.Inject(levertest.Fault{Method: "GET", Path: "/v1/opportunities/" + b.candidate.ID, Effect: levertest.StaleRead, Delay: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.account.MoveStage(b.candidate.ID, "offer"); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 5*time.Second)
	for range 6 {
		if err := b.Work.Ask(t.Context(), ref, b.Now(), nil); err != nil {
			t.Fatal(err)
		}
		if err := b.Connections.Nudge.Nudge(t.Context(), work.Nudge{Ref: ref}, 0); err != nil {
			t.Fatal(err)
		}
		run(t, b.World, 2*time.Second)
	}
	run(t, b.World, 40*time.Second)
	if !waits() {
		t.Error("done before the last look was due")
	}
	run(t, b.World, time.Minute)
	if waits() {
		t.Error("it is looked for on and on")
	}
}

// What was deleted in Lever while access was lost stands in no list of the living: after the reconnect the deltas go on where
// they ended.
func TestSimulatedDeletionWhileAccessWasLostIsSeenAfterTheReconnect(t *testing.T) {
	t.Parallel()
	b := setup(t, connection.Events()...)
	if err := b.account.Archive(b.candidate.ID, b.account.ArchiveReasons()[0].ID); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 3*time.Minute)
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 3*time.Minute)
	if p, err := b.Connections.Progress(t.Context(), b.connection.ID()); err != nil || p.SeenTo == 0 || p.DeltaAt == 0 {
		t.Errorf("of the last delta is known: %d, %d, %v", p.SeenTo, p.DeltaAt, err)
	}
	if err := b.account.Delete(b.candidate.ID); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 10*time.Minute)
	c, err := b.Connect(t.Context(), "tenant-1", b.account, false)
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 3*time.Minute)
	r, found, err := b.Mirror.Known(t.Context(), c.ID(), mirror.Candidate, b.candidate.ID)
	if err != nil || !found || r.State != mirror.Removed || r.Doc != "" {
		t.Errorf("found %t, state %s, %v", found, r.State, err)
	}
}

// A delta that is late for the end of its connection leaves nothing behind; see also the deletion while access was lost.
func TestSimulatedDeltaOfAnEndedConnectionKeepsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Connections.Disconnect(t.Context(), "tenant-1", connection.Person{ID: "u"}); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 5*time.Minute)
	late := work.Item{Note: slice.Point{Known: slice.Known{Seen: 1}}.String()}
	late.PK, late.SK = b.connection.ID(), "delta#all"
	if _, err := (&delta.Runner{Connections: b.Connections, Now: b.Now}).Attend(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Connections.Progress(t.Context(), b.connection.ID()); err != nil || p.Rev != 0 {
		t.Errorf("progress of an ended connection: %+v, %v", p, err)
	}
}

package simulation_test

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/work"
)

func TestSimulatedInterviewThatAListLeavesOutStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Lever.Inject(levertest.Fault{Path: "/v1/opportunities/{id}/interviews", Effect: levertest.EmptiedPage}); err != nil {
		t.Fatal(err)
	}
	if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 3*time.Minute)
	compare(t, b.World, b.account, b.connection)
}

func TestSimulatedInterviewThatListsLeaveOutForLongGoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/opportunities/" + b.candidate.ID + "/interviews" // the list alone; each interview can still be read
	if err := b.Lever.Inject(levertest.Fault{Path: path, Effect: levertest.EmptiedPage}); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 2*time.Minute)
	b.Skip(25 * time.Hour)
	run(t, b.World, 5*time.Minute)
	r, _, err := b.Mirror.Known(t.Context(), b.connection.ID(), mirror.Interview, b.interview.ID)
	if err != nil || r.State != mirror.Removed {
		t.Errorf("%s, %v", r.State, err)
	}
}

func TestSimulatedDisconnectLeavesNoWebhookWhateverTheListShows(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]levertest.Fault{
		"the list is empty":          {Method: "GET", Path: "/v1/webhooks", Effect: levertest.EmptiedPage, Count: 1},
		"a creation is carried late": {Method: "POST", Path: "/v1/webhooks", Effect: levertest.LateCommit, Delay: 45 * time.Second, Count: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if err := b.Lever.Inject(f); err != nil {
				t.Fatal(err)
			}
			if f.Method == "POST" { // the keeper misses one and makes it again, without an answer
				if err := b.account.DeleteWebhook(b.account.Webhooks()[0].ID); err != nil {
					t.Fatal(err)
				}
				if err := b.Work.Ask(t.Context(), work.Ref{Connection: b.connection.ID(), Kind: work.Hooks, Target: "all"}, b.Now(), nil); err != nil {
					t.Fatal(err)
				}
				run(t, b.World, 10*time.Second) // it will surface only after the disconnect
			}
			if err := b.Connections.Disconnect(t.Context(), "tenant-1", simulation.Admin()); err != nil {
				t.Fatal(err)
			}
			run(t, b.World, 10*time.Minute)
			c, _, err := b.Connections.Load(t.Context(), b.connection.ID())
			if err != nil || c.State != connection.Disconnected || len(b.account.Webhooks()) > 0 {
				t.Errorf("%s, %d webhooks, %v", c.State, len(b.account.Webhooks()), err)
			}
		})
	}
}

// Seeds that found a fault once, with what it was: they are played with every change.
func TestSimulatedSeedsThatFoundAFault(t *testing.T) {
	t.Parallel()
	for seed, fault := range map[uint64]string{
		868:  "a delta that kept how far it saw wrote that after the end of its connection",
		1152: "a delta of a grant with confidential objects brought one in after the sweep of a grant without had begun",
		4367: "a patrol that went by a candidate's older record left the interview of somebody hired meanwhile",
	} {
		if r := play(t, simulation.Options{Seed: seed}); r.Violation != "" {
			t.Errorf("seed %d (%s), after %s: %s", seed, fault, r.At, r.Violation)
		}
	}
}

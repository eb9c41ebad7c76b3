package simulation_test

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
)

func TestSimulatedWhatAnOlderGrantFetchedIsNotApplied(t *testing.T) {
	t.Parallel()
	w := simulation.New(3, nil)
	account := w.Lever.Seed(levertest.SmallCompany(7, 12, w.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account, true)
	if err != nil {
		t.Fatal(err)
	}
	older, err := w.Connections.Open(t.Context(), c.ID(), budget.DeltaLane)
	if err != nil {
		t.Fatal(err)
	}
	converger := &converge.Converger{Mirror: w.Mirror, DB: w.Connections.DB, Now: w.Now}
	apply := func(confidentiality string) error {
		state := "published"
		p := lever.Posting{ID: "p-" + confidentiality, State: &state, Confidentiality: &confidentiality}
		_, err := converger.Postings(t.Context(), older, []lever.Posting{p}, w.Now())
		return err
	}
	if err := apply("confidential"); err != nil {
		t.Errorf("the grant stands: %v", err)
	}
	if err := w.Run(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if c, err = w.Connect(t.Context(), "tenant-1", account, false); err != nil || c.ID() != older.Connection.ID() {
		t.Fatalf("reconnected as %q, %v", c.ID(), err)
	}
	if err := apply("confidential"); fault.CodeOf(err) != "grant-replaced" {
		t.Errorf("a confidential posting of the older grant: %v", err)
	}
	if err := apply("non-confidential"); err != nil {
		t.Errorf("one that the new grant shows too: %v", err)
	}
}

// A grant without confidential objects is refused one that the next grant shows: that removes nothing.
func TestSimulatedWhatAnOlderGrantIsRefusedIsNotRemoved(t *testing.T) {
	t.Parallel()
	w := simulation.New(3, nil)
	account := w.Lever.Seed(levertest.SmallCompany(7, 12, w.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account, false)
	if err != nil {
		t.Fatal(err)
	}
	older, err := w.Connections.Open(t.Context(), c.ID(), budget.ResyncLane)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	posting := account.Postings()[0].ID
	converger := &converge.Converger{Mirror: w.Mirror, DB: w.Connections.DB, Now: w.Now}
	if err := converger.Posting(t.Context(), older, posting); err != nil { // from here on it has its token
		t.Fatal(err)
	}
	if err := account.SetPostingConfidential(posting, true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Connect(t.Context(), "tenant-1", account, true); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := converger.Posting(t.Context(), older, posting); fault.CodeOf(err) != "grant-replaced" {
		t.Errorf("a look with the older grant: %v", err)
	}
	if r, found, err := w.Mirror.Known(t.Context(), c.ID(), mirror.Job, posting); err != nil || !found || r.State != mirror.Active {
		t.Errorf("found %t, state %s, %v", found, r.State, err)
	}
}

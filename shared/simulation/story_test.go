package simulation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/table"
)

func TestSimulatedStory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := simulation.New(1, nil)
	account := w.Lever.Seed(levertest.SmallCompany(7, 12, w.Now()))
	c, err := w.Connect(ctx, "tenant-1", account, false)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != connection.Connected || len(account.Webhooks()) != 8 {
		t.Fatalf("state %s, %d webhooks", c.State, len(account.Webhooks()))
	}
	for _, event := range connection.Events() {
		if err := account.SetToggle(event, true); err != nil {
			t.Fatal(err)
		}
	}
	run(t, w, time.Minute)
	p, err := w.Connections.Progress(ctx, c.ID())
	if err != nil || p.Running || p.EndedAt == 0 {
		t.Fatalf("progress %+v, %v", p, err)
	}
	compare(t, w, account, c)

	var moved levertest.Opportunity
	for _, o := range account.Opportunities() {
		if o.Archived == nil && o.Confidentiality != "confidential" {
			moved = o
		}
	}
	if err := account.MoveStage(moved.ID, "offer"); err != nil {
		t.Fatal(err)
	}
	run(t, w, 3*time.Second)
	compare(t, w, account, c)

	if _, err := w.Decisions.Accept(ctx, "tenant-1", "d1", decision.Submission{
		Opportunity: moved.ID, Outcome: decision.Advance, By: decision.Decider{Name: "Someone", Email: "someone@customer.example"},
		DecidedAt: w.Now().UnixMilli(), Version: 1,
	}); err != nil {
		t.Fatal(err)
	}
	run(t, w, 5*time.Second)
	if n := len(account.Notes(moved.ID)); n != 1 {
		t.Fatalf("%d notes", n)
	}

	if err := w.Connections.Disconnect(ctx, "tenant-1", simulation.Admin()); err != nil {
		t.Fatal(err)
	}
	run(t, w, time.Minute)
	if c, _, err = w.Connections.Load(ctx, c.ID()); err != nil || c.State != connection.Disconnected {
		t.Fatalf("state %s, %v", c.State, err)
	}
	if n := len(account.Webhooks()); n != 0 {
		t.Errorf("%d webhooks at Lever", n)
	}
	for _, name := range []table.Name{table.Mirror, table.Work, table.Hooks} {
		for _, item := range w.Dump(name) {
			m, err := table.Decode[table.Meta](item)
			if m.PK == "decisions#tenant-1" {
				continue // the tenant's own: it erases the decision's text 30 days after delivery
			}
			if strings.HasPrefix(m.PK, "delivery#") && m.TTL > 0 {
				continue // the fingerprint of a delivery, which goes by itself
			}
			t.Errorf("left in %s: %s %s, %v", name, m.PK, m.SK, err)
		}
	}
}

// compare fails the test unless the mirror equals Lever.
func compare(t *testing.T, w *simulation.World, account *levertest.Account, c connection.Connection) {
	t.Helper()
	differences, err := w.Differences(t.Context(), account, c.ID())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Error(d)
	}
}

func run(t *testing.T, w *simulation.World, d time.Duration) {
	t.Helper()
	if err := w.Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

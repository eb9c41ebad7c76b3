package operation_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/operation"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

// rooms are what a desk reads, of the one tenant acme with the connection c1.
type rooms struct{ db *memory.DB }

func (rooms) Current(_ context.Context, tenant string) (connection.Connection, bool, error) {
	return connection.Connection{Meta: table.Meta{PK: "c1"}, Tenant: tenant, State: connection.Connected}, tenant == "acme", nil
}

func (r rooms) Load(ctx context.Context, _ string) (connection.Connection, bool, error) {
	return r.Current(ctx, "acme")
}

func (rooms) Progress(context.Context, string) (connection.Progress, error) {
	return connection.Progress{Broken: 2, DeltaAt: 7, EndedAt: 8}, nil
}

func (rooms) Roster(_ context.Context, start string, _ int) ([]string, string, error) {
	return []string{"c1"}, start + "further", nil
}

func (rooms) Undelivered(context.Context, string, int) ([]decision.Decision, error) {
	return []decision.Decision{
		{Meta: table.Meta{PK: "acme", SK: "d1"}, Opportunity: "o1", State: decision.Held, Content: &decision.Submission{Summary: "Canary text"}},
		{Meta: table.Meta{PK: "acme", SK: "d2"}, Opportunity: "o2", State: decision.Held},
	}, nil
}

func (rooms) Report(_ context.Context, tenant string) (health.Report, error) {
	r := health.Report{
		State: connection.NotConnected, ConnectedBy: "Canary Admin", Authoriser: "Canary User",
		Findings: []health.Finding{{Code: "authoriser-demoted", Level: health.Attention, Since: 3, Args: []string{"Canary User"}}},
	}
	if tenant == "acme" {
		r.State, r.ConnectionID = connection.Connected, "c1"
	}
	return r, nil
}

func desk(t *testing.T) (*operation.Desk, *work.List, *time.Time) {
	t.Helper()
	clock := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	r := rooms{memory.New()}
	list := &work.List{DB: r.db, Now: now, NewID: func() string { return "x" }}
	store := &mirror.Store{DB: r.db, Now: now}
	for _, record := range []mirror.Record{
		{Meta: table.Meta{PK: "c1#candidate", SK: "o1"}, Kind: mirror.Candidate, ID: "o1", State: mirror.Inactive, Reason: "archived", Fetched: 5_000_000, Version: 9, Doc: `{"name":"Canary Person"}`},
		{Meta: table.Meta{PK: "c1#interview", SK: "i1"}, Kind: mirror.Interview, ID: "i1", Parent: "o1", ParentPk: "c1#o1", ParentSk: "i1", State: mirror.Active, Doc: `{"subject":"Canary"}`},
	} {
		if err := table.Save(t.Context(), r.db, table.Mirror, &record); err != nil {
			t.Fatal(err)
		}
	}
	return &operation.Desk{Connections: r, Records: store, Decisions: r, Health: r, Work: list, Now: now}, list, &clock
}

// nobody fails when an answer names or quotes somebody.
func nobody(t *testing.T, answer any) {
	t.Helper()
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(raw)), "canary") {
		t.Errorf("personal data in %s", raw)
	}
}

func TestWhyGathersWhatIsKnownOfACandidate(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	for _, target := range []string{"opportunity/o1", "interviews/o2"} {
		if err := list.Ask(t.Context(), work.Ref{Connection: "c1", Kind: work.Hint, Target: target}, *clock, nil); err != nil {
			t.Fatal(err)
		}
	}
	w, err := d.Why(t.Context(), "acme", "o1")
	if err != nil {
		t.Fatal(err)
	}
	nobody(t, w)
	at := clock.UnixMilli()
	want := operation.Why{
		Candidate: "o1", Connection: "c1", State: connection.Connected, DeltaAt: 7, SweptAt: 8,
		Record:     &operation.Sight{ID: "o1", State: mirror.Inactive, Reason: "archived", Version: 9, FetchedAt: 5000},
		Interviews: []operation.Sight{{ID: "i1", State: mirror.Active}},
		Work:       []operation.Task{{Connection: "c1", Kind: work.Hint, Target: "opportunity/o1", DueAt: at, AskedAt: at}},
		Decisions:  w.Decisions,
	}
	if diff := cmp.Diff(want, w); diff != "" || len(w.Decisions) != 1 || w.Decisions[0].ID != "d1" {
		t.Errorf("%s, decisions %+v", diff, w.Decisions)
	}
	if w, err = d.Why(t.Context(), "acme", "unknown"); err != nil || w.Record != nil {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := d.Why(t.Context(), "nobody", "o1"); fault.CodeOf(err) != "not-connected" {
		t.Error(err)
	}
}

func TestStatusNamesNobody(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	if err := list.Ask(t.Context(), work.Ref{Connection: "c1", Kind: work.Delta, Target: "all"}, *clock, nil); err != nil {
		t.Fatal(err)
	}
	s, err := d.Status(t.Context(), "acme")
	if err != nil || s.Connection != "c1" || s.Broken != 2 || len(s.Work) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if diff := cmp.Diff([]operation.Finding{{Code: "authoriser-demoted", Level: health.Attention, Since: 3}}, s.Findings); diff != "" {
		t.Error(diff)
	}
	nobody(t, s)
	if s, err = d.Status(t.Context(), "other"); err != nil || s.State != connection.NotConnected || s.Work == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRosterShowsWhatIsSetAside(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	for _, target := range []string{"opportunity/o1", "opportunity/o2"} {
		ref := work.Ref{Connection: "c1", Kind: work.Hint, Target: target}
		if err := list.Ask(t.Context(), ref, *clock, nil); err != nil {
			t.Fatal(err)
		}
		item, _, err := list.Claim(t.Context(), ref, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := list.Failed(t.Context(), item, "invalid", "", map[string]int{"opportunity/o1": 1, "opportunity/o2": 9}[target]); err != nil {
			t.Fatal(err)
		}
	}
	rows, next, err := d.Roster(t.Context(), "", 10)
	if err != nil || next != "further" || len(rows) != 1 || rows[0].Broken != 2 || rows[0].Tenant != "acme" {
		t.Fatalf("%+v, %q, %v", rows, next, err)
	}
	if set := rows[0].SetAside; len(set) != 1 || set[0].Target != "opportunity/o1" || set[0].Cause != "invalid" || !set[0].SetAside {
		t.Errorf("%+v", set)
	}
}

package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

func TestHookStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		hook connection.Hook
		want HookStatus
	}{
		{"not at Lever", connection.Hook{}, Missing},
		{"new", connection.Hook{LeverID: "h"}, Ready},
		{"tested", connection.Hook{LeverID: "h", LastSeen: 5}, Ready},
		{"spoke", connection.Hook{LeverID: "h", LastSeen: 5, LastEvent: 5}, Receiving},
		{"said to be on", connection.Hook{LeverID: "h", Awaiting: 5}, Awaiting},
		{"said to be on, then spoke", connection.Hook{LeverID: "h", Awaiting: 5, LastSeen: 6, LastEvent: 6}, Receiving},
		{"missed", connection.Hook{LeverID: "h", Missed: 3, MissedAt: 5}, LooksOff},
	} {
		if got := hookStatus(test.hook, true); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSetUpIsBehindWhenEachWebhookSpokeOrIsSaidToBeOn(t *testing.T) {
	t.Parallel()
	shown := []Hook{{Heard: true, Status: Ready}, {Status: Awaiting}}
	if !setUp(shown) {
		t.Error("not set up")
	}
	if setUp(append(shown, Hook{Status: Ready})) || setUp(nil) {
		t.Error("set up too early")
	}
}

func TestResyncGuessesTheRemainingTimeFromThePace(t *testing.T) {
	t.Parallel()
	p := connection.Progress{
		Running: true, First: true, StartedAt: before(40 * time.Second), UpdatedAt: before(0),
		Kinds: []connection.KindCount{{Kind: "job", Done: 20, Expected: 20, Ready: true}, {Kind: "candidate", Done: 180, Expected: 280}},
	}
	want := &Resync{First: true, StartedAt: before(40 * time.Second), Done: 200, Expected: 300, RemainingSeconds: 20, Kinds: p.Kinds}
	if diff := cmp.Diff(want, resync(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Kinds = append(p.Kinds, connection.KindCount{Kind: "interview"})
	if got := resync(p); got.Expected != 0 || got.RemainingSeconds != 0 {
		t.Errorf("a kind that is not counted yet: %+v", got)
	}
	p.Running = false
	if got := resync(p); got != nil {
		t.Errorf("nothing runs: %+v", got)
	}
}

func TestACheckTakesTheTimeOfItsOwnSweep(t *testing.T) {
	t.Parallel()
	p := connection.Progress{StartedAt: before(10 * time.Minute), EndedAt: before(7 * time.Minute)}
	if got := lastCheck(p); got.Took != 180 {
		t.Errorf("took %d s", got.Took)
	}
	p.Running, p.StartedAt = true, before(time.Minute)
	if got := lastCheck(p); got.Took != 0 {
		t.Errorf("while the next one runs: took %d s", got.Took)
	}
}

func TestAKindThatIsFilledIsUpToDateWhileTheOthersStillFill(t *testing.T) {
	t.Parallel()
	p := connection.Progress{
		Running: true, First: true, UpdatedAt: before(time.Second), DeltaAt: before(time.Minute),
		Kinds: []connection.KindCount{{Kind: "job", Ready: true}, {Kind: "candidate"}},
	}
	got := kinds(nil, p)
	if got[0].CheckedAt != p.UpdatedAt || got[1].CheckedAt != 0 {
		t.Errorf("jobs checked at %d, candidates at %d", got[0].CheckedAt, got[1].CheckedAt)
	}
}

func TestAnOpenPageOnWhichSomethingIsWrongAsksForTheChanges(t *testing.T) {
	t.Parallel()
	wrong := Report{State: connection.Connected, Attention: 1, DeltaAt: before(30 * time.Second), LagSeconds: 30, ConnectionID: "c1"}
	for name, test := range map[string]struct {
		change func(*Report)
		asks   bool
	}{
		"something is wrong":     {func(*Report) {}, true},
		"nothing is wrong":       {func(r *Report) { r.Attention = 0 }, false},
		"looked a moment ago":    {func(r *Report) { r.LagSeconds = 19 }, false},
		"Lever does not answer":  {func(r *Report) { r.LagSeconds = 121 }, false},
		"never looked":           {func(r *Report) { r.DeltaAt = 0 }, false},
		"the connection is over": {func(r *Report) { r.State = connection.Revoked }, false},
	} {
		s, r := &store{f: healthy()}, wrong
		test.change(&r)
		c := &Checker{Connections: s, Work: s, Nudge: s, Now: func() time.Time { return now }}
		if err := c.Freshen(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		var want []work.Ref
		if test.asks {
			want = []work.Ref{{Connection: "c1", Kind: work.Delta, Target: "all"}}
		}
		if diff := cmp.Diff(want, s.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"9f3c77d0-51b2": "9F3C-77D0", "JKd8sGx0IAMEV4g=": "JKD8-SGX0", "": "", "ab": "AB", "-_ä": ""} {
		if got := Reference(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

// store fakes every source of a report.
type store struct {
	f      Facts
	failAt string
	asked  []work.Ref
}

func (s *store) fail(at string) error {
	if s.failAt == at {
		return errors.New("broken " + at)
	}
	return nil
}

func (s *store) Tenant(context.Context, string) (connection.Tenant, bool, error) {
	return s.f.Tenant, true, s.fail("tenant")
}

func (s *store) Current(context.Context, string) (connection.Connection, bool, error) {
	return s.f.Connection, s.f.Connection.State != "", s.fail("connection")
}

func (s *store) Hooks(context.Context, string) ([]connection.Hook, error) {
	return s.f.Hooks, s.fail("hooks")
}

func (s *store) Progress(context.Context, string) (connection.Progress, error) {
	return s.f.Progress, s.fail("progress")
}

func (s *store) Activities(context.Context, string, int) ([]connection.Activity, error) {
	return s.f.Activity, s.fail("activities")
}

func (s *store) Counts(context.Context, string) (map[mirror.Kind]mirror.Count, error) {
	return s.f.Counts, s.fail("counts")
}

func (s *store) Get(context.Context, string, mirror.Kind, string) (mirror.Record, bool, error) {
	return mirror.Record{Doc: `{"name":"Jane Doe","email":"jane@northwind.example","role":"super admin"}`}, true, s.fail("user")
}

func (s *store) Tally(context.Context, string) (decision.Tally, error) {
	return s.f.Decisions.Tally, s.fail("tally")
}

func (s *store) Recent(context.Context, string, int) ([]decision.Decision, error) {
	d := decision.Decision{Meta: table.Meta{PK: "t", SK: "d-1"}, State: decision.Delivered, RecentAt: 4}
	d.Content = &decision.Submission{Outcome: decision.Hire, Link: "https://e.example/d-1", Summary: "private"}
	return []decision.Decision{d, {Meta: table.Meta{SK: "d-0"}, State: decision.Delivered}}, s.fail("recent")
}

// Stuck are 25 old ones and one that is among the recent ones, oldest first as the index has them.
func (s *store) Stuck(context.Context, string, int) ([]decision.Decision, error) {
	var stuck []decision.Decision
	for i := range 25 {
		d := decision.Decision{Meta: table.Meta{PK: "t", SK: fmt.Sprintf("old-%d", i)}, State: decision.Undeliverable, Cause: decision.OpportunityGone}
		d.RecentAt = int64(i - 100)
		stuck = append(stuck, d)
	}
	return append(stuck, decision.Decision{Meta: table.Meta{PK: "t", SK: "d-1"}}), s.fail("stuck")
}

func (s *store) Pressed(context.Context, string) (time.Time, error) {
	return s.f.Pressed, s.fail("rate")
}

func (s *store) Of(context.Context, string) ([]work.Item, error) { return s.f.Work, s.fail("work") }

func (s *store) Ask(_ context.Context, ref work.Ref, _ time.Time, _ func(string) string) error {
	s.asked = append(s.asked, ref)
	return s.fail("ask")
}

func (s *store) Nudge(context.Context, work.Nudge, time.Duration) error {
	return errors.New("the queue is away")
}

func reporter(s *store) *Reporter {
	return &Reporter{Connections: s, Records: s, Decisions: s, Work: s, Rate: s, Now: func() time.Time { return now }}
}

func TestReport(t *testing.T) {
	t.Parallel()
	f := healthy()
	f.Tenant.Name = "Northwind"
	f.Connection.By.Name = "Anna Berg"
	f.Counts = map[mirror.Kind]mirror.Count{mirror.Candidate: {Active: 300, Total: 1500, ChangedAt: 6}}
	f.Connection.Confidential = false
	f.Progress.Broken = 1
	got, err := reporter(&store{f: f}).Report(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	type view struct {
		State                             connection.State
		By, Account, Authoriser, Org, Ref string
		Attention, Findings               int
		Lag                               int64
		SetUp                             bool
		Decisions                         []Decision
		Candidates                        Records
	}
	want := view{
		State: connection.Connected, By: "Anna Berg", Account: "northwind.example", Authoriser: "Jane Doe", Org: "Northwind", Ref: "C1",
		Attention: 1, Findings: 2, Lag: 20, SetUp: true,
		Decisions: []Decision{
			{ID: "d-1", Outcome: decision.Hire, State: decision.Delivered, At: 4, Link: "https://e.example/d-1"},
			{ID: "d-0", State: decision.Delivered},
		},
		Candidates: Records{Kind: mirror.Candidate, Count: 300, CheckedAt: before(20 * time.Second), ChangedAt: 6},
	}
	shown := view{
		got.State, got.ConnectedBy, got.Account, got.Authoriser, got.Organisation, got.Reference, got.Attention, len(got.Findings),
		got.LagSeconds, got.SetUp, got.Decisions.Recent, got.Records[1],
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An old decision that cannot be delivered was neither to be tried again nor explained: ten newer ones stood before it.
func TestReportShowsStuckDecisionsHoweverOld(t *testing.T) {
	t.Parallel()
	f := healthy()
	f.Decisions.Tally = decision.Tally{Attention: 25}
	got, err := reporter(&store{f: f}).Report(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range got.Decisions.Recent {
		ids = append(ids, d.ID)
	}
	if len(ids) != 22 || ids[0] != "d-1" || ids[1] != "d-0" || ids[2] != "old-24" || ids[21] != "old-5" {
		t.Errorf("shown: %v", ids)
	}
	i := slices.IndexFunc(got.Findings, func(f Finding) bool { return f.Code == "decisions-stuck" })
	if i < 0 || got.Findings[i].Args[1] != string(decision.OpportunityGone) {
		t.Errorf("findings: %v", got.Findings)
	}
}

func TestReportEndsWithTheErrorOfAnySource(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"tenant", "connection", "hooks", "progress", "activities", "counts", "user", "tally", "recent", "stuck", "work"} {
		f := healthy()
		f.Decisions.Attention = 1
		if _, err := reporter(&store{f: f, failAt: source}).Report(t.Context(), "t"); err == nil {
			t.Errorf("%s is broken and nothing is said", source)
		}
	}
}

func TestCheckAsksForTheChangesAndForWhatWasSetAside(t *testing.T) {
	t.Parallel()
	s := &store{f: healthy()}
	s.f.Work = []work.Item{
		{Meta: table.Meta{PK: "c1", SK: "hint#opportunity/o1"}, SetAside: true}, {Meta: table.Meta{PK: "c1", SK: "resync#all"}},
	}
	c := &Checker{Connections: s, Work: s, Nudge: s, Now: func() time.Time { return now }}
	if err := c.Check(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	want := []work.Ref{
		{Connection: "c1", Kind: work.Delta, Target: "all"},
		{Connection: "c1", Kind: work.Hooks, Target: "all"},
		{Connection: "c1", Kind: work.Hint, Target: "opportunity/o1"},
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.asked, s.f.Progress.Broken = nil, 1
	want = append(want[:2:2], work.Ref{Connection: "c1", Kind: work.Resync, Target: "all"}, want[2])
	if err := c.Check(t.Context(), "t"); err != nil || cmp.Diff(want, s.asked) != "" {
		t.Errorf("records that could not be read: %v, asked %v", err, s.asked)
	}
	s.f.Connection.State = connection.Revoked
	if err := c.Check(t.Context(), "t"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("not connected: %v", err)
	}
}

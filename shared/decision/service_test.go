package decision

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

func TestValidateNamesEveryFault(t *testing.T) {
	t.Parallel()
	s := Submission{
		Opportunity: "../users", Interview: "a b", Outcome: "maybe", Reason: strings.Repeat("x", MaxReason+1),
		Summary: strings.Repeat("ש", MaxSummary+1), Rating: 5, By: Decider{Name: " \u202E", Email: "nobody"}, Link: "javascript:alert(1)",
	}
	err := s.Validate()
	if fault.KindOf(err) != fault.Invalid {
		t.Fatalf("kind %s", fault.KindOf(err))
	}
	for _, field := range []string{"opportunity", "interview", "outcome", "reason", "summary", "rating", "by.name", "by.email", "decidedAt", "link", "version"} {
		if !strings.Contains(err.Error(), field+" ") {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
	if strings.Contains(err.Error(), "nobody") || strings.Contains(err.Error(), "javascript") {
		t.Errorf("the error repeats what was sent: %v", err)
	}
}

func TestValidateTakesWhatIsAllowed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	full := w.submission(1, Advance)
	full.Summary = strings.Repeat("ש", MaxSummary)
	least := Submission{Opportunity: w.opp, Outcome: Hold, By: Decider{Name: "D"}, DecidedAt: 1, Version: 1}
	for _, s := range []Submission{full, least} {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
	for _, link := range []string{"ftp://x.example", "https://", "https://user@x.example/", "https://x.example/a b", "//x.example", "https://x.example/\u202Ea", "https://x.example/\u0015", "https://x.example/%zz", "https://x.example/é"} {
		least.Link = link
		if least.Validate() == nil {
			t.Errorf("link %q is taken", link)
		}
	}
}

func TestAcceptVersions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(2, Advance))
	got, err := w.svc.Accept(t.Context(), tenant, "d1", w.submission(1, Reject))
	if err != nil || got.Version != 2 {
		t.Fatalf("lower version: %d, %v", got.Version, err)
	}
	if got, err = w.svc.Accept(t.Context(), tenant, "d1", w.submission(2, Advance)); err != nil || got.Version != 2 {
		t.Fatalf("same again: %d, %v", got.Version, err)
	}
	if _, err = w.svc.Accept(t.Context(), tenant, "d1", w.submission(2, Reject)); fault.CodeOf(err) != "decision-version-conflict" {
		t.Fatalf("same version, other content: %v", err)
	}
	moved := w.submission(3, Advance)
	moved.Opportunity = "another"
	if _, err = w.svc.Accept(t.Context(), tenant, "d1", moved); fault.CodeOf(err) != "decision-opportunity-conflict" {
		t.Fatalf("other candidate: %v", err)
	}
	if _, err = w.svc.Accept(t.Context(), tenant, "a#b", w.submission(1, Advance)); fault.CodeOf(err) != "invalid-decision-id" {
		t.Fatalf("bad id: %v", err)
	}
	if _, err = w.svc.Get(t.Context(), "tenant-2", "d1"); fault.CodeOf(err) != "decision-not-found" {
		t.Fatalf("another tenant's: %v", err)
	}
}

func TestAcceptStoresTheWorkInTheSameWrite(t *testing.T) {
	t.Parallel()
	w := setup(t)
	writes := 0
	w.trap = func(what string, after bool) error {
		if writes > 0 {
			panic(killed{})
		}
		if after && strings.HasPrefix(what, "write") {
			writes++
		}
		return nil
	}
	_ = alive(func() error { _, err := w.svc.Accept(t.Context(), tenant, "d1", w.submission(1, Advance)); return err })
	w.trap = nil
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestViewHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	raw, err := json.Marshal(w.decision("d1"))
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal(raw, &got))
	want := map[string]any{
		"id": "d1", "opportunity": w.opp, "version": 1.0, "state": "delivered", "acceptedAt": float64(w.now.UnixMilli()),
		"changedAt": float64(w.now.UnixMilli()), "deliveredVersion": 1.0, "deliveredAt": float64(w.now.UnixMilli()), "noteId": w.decision("d1").NoteID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTallyRecentRetryDismiss(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.StatusReply, Status: 403, Count: 2}))
	w.now = w.now.Add(time.Second)
	w.accept("d2", w.submission(1, Advance))
	w.settle()
	w.now = w.now.Add(time.Second)
	w.accept("d3", w.submission(1, Advance))
	w.settle()
	w.now = w.now.Add(time.Second)
	w.link.state = connection.Revoked
	w.accept("d4", w.submission(1, Advance))
	tally, err := w.svc.Tally(t.Context(), tenant)
	must(t, err)
	if diff := cmp.Diff(Tally{Delivered: 1, Waiting: 1, Attention: 2, OldestAt: w.now.UnixMilli()}, tally); diff != "" {
		t.Fatal(diff)
	}
	if _, err := w.svc.Dismiss(t.Context(), tenant, "d4"); fault.CodeOf(err) != "decision-not-undeliverable" {
		t.Fatalf("dismissed a waiting one: %v", err)
	}
	_, err = w.svc.Dismiss(t.Context(), tenant, "d3")
	must(t, err)
	d, err := w.svc.Retry(t.Context(), tenant, "d2")
	must(t, err)
	if d.State != Held {
		t.Fatalf("state %s after a retry without connection", d.State)
	}
	w.link.state = connection.Connected
	must(t, w.svc.Release(t.Context(), tenant, conn))
	w.settle()
	w.exactlyOnce("d2", 1)
	w.exactlyOnce("d4", 1)
	tally, err = w.svc.Tally(t.Context(), tenant)
	must(t, err)
	if diff := cmp.Diff(Tally{Delivered: 3}, tally); diff != "" {
		t.Fatal(diff)
	}
	recent, err := w.svc.Recent(t.Context(), tenant, 2)
	must(t, err)
	if len(recent) != 2 || recent[0].RecentAt < recent[1].RecentAt {
		t.Fatalf("recent: %d", len(recent))
	}
	for _, deed := range []func() (Decision, error){
		func() (Decision, error) { return w.svc.Retry(t.Context(), tenant, "none") },
		func() (Decision, error) { return w.svc.Dismiss(t.Context(), tenant, "none") },
	} {
		if _, err := deed(); fault.KindOf(err) != fault.NotFound {
			t.Errorf("of an unknown decision: %v", err)
		}
	}
}

func TestAWalkGivesEachDecisionThatStaysOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 7 {
		w.accept(fmt.Sprintf("d%d", i), w.submission(1, Advance))
		w.now = w.now.Add(time.Second)
	}
	seen := map[string]int{}
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		list, following, err := w.svc.List(t.Context(), tenant, 2, next)
		must(t, err)
		for _, d := range list {
			seen[d.ID()]++
		}
		if pages == 1 { // one that is still to come moves to the front
			w.accept("d0", w.submission(2, Reject))
		}
		next = following
	}
	if diff := cmp.Diff(map[string]int{"d1": 1, "d2": 1, "d3": 1, "d4": 1, "d5": 1, "d6": 1}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhatANoteCanShowIsStored(t *testing.T) {
	t.Parallel()
	w := setup(t)
	s := w.submission(1, Advance)
	s.Summary = strings.Repeat("😀", MaxSummary)
	w.accept("d1", s)
	if n := len(w.decision("d1").Content.Summary); n > 4*noteLimit {
		t.Fatalf("%d bytes of summary stored", n)
	}
	s.Summary = s.Summary[:len(s.Summary)-4] + "x" // differs only beyond what is stored
	if _, err := w.svc.Accept(t.Context(), tenant, "d1", s); fault.CodeOf(err) != "decision-version-conflict" {
		t.Fatalf("other content: %v", err)
	}
	if items := w.store.Dump(table.Decisions); len(items) != 1 {
		t.Fatalf("%d decisions stored", len(items))
	}
}

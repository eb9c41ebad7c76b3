package acceptance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// note waits until the decision is delivered in a version, and returns the one note that shows it.
func (o *organisation) note(t *testing.T, decision, candidate string, version int64) story.Note {
	t.Helper()
	eventually(t, patience, "the delivery of the decision", func(ctx context.Context) (bool, string, error) {
		status, err := world.Platform.Decision(ctx, o.tenant, decision)
		return status.State == "delivered" && status.DeliveredVersion == version, fmt.Sprintf("%+v", status), err
	})
	notes, err := o.account.Notes(t.Context(), candidate)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 {
		t.Fatalf("%d notes for one decision", len(notes))
	}
	return notes[0]
}

func TestADecisionStandsInLeverOnceAndIsCorrectedInPlace(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	id := "d-" + uuid.NewString()
	decision := platform.Decision{
		Opportunity: one.ID, Outcome: "advance", Rating: 4, Reason: "Clear thinking", Summary: "Named the risks first. @everyone look",
		By: platform.Decider{Name: "Morgan Sample", Email: "morgan.sample@northwind.example"}, DecidedAt: time.Now().UnixMilli(),
		Link: "https://app.evidenced.example/decisions/1", Version: 1,
	}
	put := func(d platform.Decision, status int, code string) {
		t.Helper()
		answer, err := world.Platform.PutDecision(t.Context(), o.tenant, id, d)
		problem := problemOf(err)
		switch {
		case code == "" && err != nil:
			t.Fatal(err)
		case code != "" && (problem == nil || problem.Status != status || problem.Code != code):
			t.Errorf("version %d: %+v, %v; want %d %s", d.Version, answer, err, status, code)
		}
	}
	put(decision, http.StatusAccepted, "")
	put(decision, http.StatusAccepted, "")
	first := o.note(t, id, one.ID, 1)
	for _, want := range []string{"Morgan Sample", "Clear thinking", "Named the risks first."} {
		if !strings.Contains(first.Text(), want) {
			t.Errorf("the note does not say %q:\n%s", want, first.Text())
		}
	}
	if strings.Contains(first.Text(), "@everyone") {
		t.Errorf("the note would notify somebody:\n%s", first.Text())
	}

	other := decision
	other.Reason = "Something else"
	put(other, http.StatusConflict, "decision-version-conflict")

	corrected := decision
	corrected.Version, corrected.Outcome, corrected.Reason = 2, "reject", "A second look at the system design"
	put(corrected, http.StatusAccepted, "")
	second := o.note(t, id, one.ID, 2)
	if second.ID != first.ID || !strings.Contains(second.Text(), "A second look at the system design") {
		t.Errorf("corrected note %s, first %s:\n%s", second.ID, first.ID, second.Text())
	}
	put(decision, http.StatusAccepted, "") // a lower version is ignored

	withdrawn := platform.Decision{Opportunity: one.ID, Outcome: "withdrawn", By: decision.By, DecidedAt: time.Now().UnixMilli(), Version: 3}
	put(withdrawn, http.StatusAccepted, "")
	third := o.note(t, id, one.ID, 3)
	if third.ID != first.ID || !strings.Contains(strings.ToLower(third.Text()), "withdrawn") {
		t.Errorf("withdrawn note %s, first %s:\n%s", third.ID, first.ID, third.Text())
	}
}

// TestEachNoteHasItsAuthor has five people of the customer, who are users of Lever, and one who is not decide about each
// candidate of an account of its own: each note is written in the name of its decider, whom we know from the mirror; that of
// the stranger in nobody's, with the name in its text.
func TestEachNoteHasItsAuthor(t *testing.T) {
	o := separate(t)
	users, err := o.account.Users(t.Context())
	if err != nil || len(users) < 5 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	deciders := append(users[:5:5], story.Person{Name: "Robin Visitor", Email: "robin.visitor@elsewhere.example"})
	candidates, err := o.account.Active(t.Context())
	if err != nil || len(candidates) < 3 {
		t.Fatalf("%d candidates, %v", len(candidates), err)
	}
	var ids []string
	for _, c := range candidates {
		for _, by := range deciders {
			d := platform.Decision{
				Opportunity: c.ID, Outcome: "hold", Reason: "Decided by " + by.Name, By: platform.Decider{Name: by.Name, Email: by.Email},
				DecidedAt: time.Now().UnixMilli(), Version: 1,
			}
			ids = append(ids, "d-"+uuid.NewString())
			if _, err := world.Platform.PutDecision(t.Context(), o.tenant, ids[len(ids)-1], d); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range ids {
		o.settled(t, id, 1)
	}
	for _, c := range candidates {
		notes, err := o.account.Notes(t.Context(), c.ID)
		if err != nil || len(notes) != len(deciders) {
			t.Fatalf("%d notes, want %d: %v", len(notes), len(deciders), err)
		}
		for _, note := range notes {
			by := deciders[slices.IndexFunc(deciders, func(p story.Person) bool { return strings.Contains(note.Text(), "Decided by "+p.Name) })]
			author := ""
			if note.User != nil {
				author = *note.User
			}
			if author != by.ID || !strings.Contains(note.Text(), by.Name) {
				t.Errorf("the note of %q stands in the name of %q", by.ID, author)
			}
		}
	}
	t.Logf("%d notes of %d people", len(ids), len(deciders))
}

func TestADecisionAboutACandidateWhoIsGoneIsUndeliverableWithACause(t *testing.T) {
	o := join(t)
	id := "d-" + uuid.NewString()
	if _, err := world.Platform.PutDecision(t.Context(), o.tenant, id, platform.Decision{
		Opportunity: uuid.NewString(), Outcome: "reject", By: platform.Decider{Name: "Morgan Sample"}, DecidedAt: time.Now().UnixMilli(), Version: 1,
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, soon, "an undeliverable decision", func(ctx context.Context) (bool, string, error) {
		status, err := world.Platform.Decision(ctx, o.tenant, id)
		return status.State == "undeliverable" && status.Cause == "opportunity-gone" && status.CauseText != "", fmt.Sprintf("%+v", status), err
	})
}

// TestADecisionIsHeldUntilThereIsAConnection hands a decision over before anybody connected, as a platform may that
// imports its own history, and has it delivered by nothing but the connection.
func TestADecisionIsHeldUntilThereIsAConnection(t *testing.T) {
	account, _ := spare(t, 1)
	candidates, err := account.Active(t.Context())
	if err != nil || len(candidates) == 0 {
		t.Fatalf("%d candidates, %v", len(candidates), err)
	}
	o := &organisation{tenant: known(t), account: account}
	id := "d-" + uuid.NewString()
	answer, err := world.Platform.PutDecision(t.Context(), o.tenant, id, platform.Decision{
		Opportunity: candidates[0].ID, Outcome: "hold", By: platform.Decider{Name: "Morgan Sample"}, DecidedAt: time.Now().UnixMilli(), Version: 1,
	})
	if err != nil || answer.State != "held" {
		t.Fatalf("%+v, %v", answer, err)
	}
	o.admin = world.Visitor(o.tenant, "u-1", "admin")
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.connection, err = o.admin.Connect(t.Context(), super[0]); err != nil {
		t.Fatal(err)
	}
	o.note(t, id, candidates[0].ID, 1)
}

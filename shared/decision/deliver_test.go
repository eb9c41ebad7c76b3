package decision

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

func TestUsualDeliveryIsOneRequest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	note := w.exactlyOnce("d1", 1)
	if got := len(w.lever.Requests()); got != 1 {
		t.Fatalf("%d requests, want 1", got)
	}
	if note.User != nil || note.Secret {
		t.Fatalf("note has user %v, secret %v", note.User, note.Secret)
	}
}

func TestCorrectionIsTwoRequestsAndEditsInPlace(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	first := w.exactlyOnce("d1", 1)
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	second := w.exactlyOnce("d1", 2)
	if first.ID != second.ID || len(second.Fields) != 1 || len(w.lever.Requests()) != 3 {
		t.Fatalf("edited %s into %s with %d comments by %d requests", first.ID, second.ID, len(second.Fields), len(w.lever.Requests()))
	}
}

func TestVersionsInEveryOrderGiveTheLast(t *testing.T) {
	t.Parallel()
	outcomes := map[int64]Outcome{1: Advance, 2: Hire, 3: Withdrawn}
	for _, order := range [][]int64{{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}} {
		for _, between := range []bool{false, true} {
			t.Run(fmt.Sprint(order, between), func(t *testing.T) {
				t.Parallel()
				w := setup(t)
				for _, version := range order {
					w.accept("d1", w.submission(version, outcomes[version]))
					if between {
						w.settle()
					}
				}
				w.settle()
				if note := w.exactlyOnce("d1", 3); !strings.Contains(note.Fields[0].Value, "Decision withdrawn") {
					t.Fatalf("note does not say withdrawn: %s", note.Fields[0].Value)
				}
			})
		}
	}
}

func TestLostReplyLeavesTheDecisionUncertainUntilTheLook(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	if d := w.decision("d1"); d.State != Uncertain || d.Cause != Unanswered {
		t.Fatalf("state %s, cause %s after a lost reply", d.State, d.Cause)
	}
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestSecondNoteThatSurfacesLateIsRemoved(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 90 * time.Second, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	w.exactlyOnce("d1", 1)
	if _, removed := w.threads("d1"); len(removed) != 1 {
		t.Fatalf("%d notes removed, want 1", len(removed))
	}
}

func TestSecondNoteWithReplyIsTheOneKept(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 70 * time.Second, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	w.now = w.now.Add(61 * time.Second)
	w.step()
	first := w.decision("d1").NoteID
	w.now = w.now.Add(15 * time.Second)
	standing, _ := w.threads("d1")
	for _, n := range standing {
		if n.ID != first {
			must(t, w.acct.ReplyToNote(n.ID, "I agree."))
		}
	}
	w.settle()
	if note := w.exactlyOnce("d1", 1); len(note.Fields) != 2 {
		t.Fatalf("the note with the reply is gone: %d comments", len(note.Fields))
	}
}

// Found by a seeded run: the check looked before the note that was sent last was listed, and so could not choose.
func TestCheckWaitsUntilBothNotesAreShown(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 58 * time.Second, Count: 1}))
	must(t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StaleRead, Delay: 60 * time.Second}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	w.now = w.now.Add(59 * time.Second)
	must(t, w.acct.ReplyToNote(w.acct.Notes(w.opp)[0].ID, "I agree."))
	w.now = w.now.Add(30 * time.Second) // the look is late
	w.step()
	w.settle()
	if note := w.exactlyOnce("d1", 1); len(note.Fields) != 2 {
		t.Fatalf("%d comments, want the reply kept", len(note.Fields))
	}
}

// Found by a look at the code: a read of a note that was just made may answer 404, which is no removal.
func TestNoteNotShownYetIsNotTakenForRemoved(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StaleRead, Delay: 60 * time.Second}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	w.now = w.now.Add(5 * time.Second)
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	w.exactlyOnce("d1", 2)
}

func TestRepliesOfOthersSurviveCorrections(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	must(t, w.acct.ReplyToNote(w.decision("d1").NoteID, "I disagree."))
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	w.accept("d1", w.submission(3, Withdrawn))
	w.settle()
	note := w.exactlyOnce("d1", 3)
	if len(note.Fields) != 4 || note.Fields[1].Value != "I disagree." {
		t.Fatalf("thread has %d comments, second %q", len(note.Fields), note.Fields[1].Value)
	}
}

func TestForgedMarkerSuppressesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	forger := Marker{Key: "another key"}
	d := Decision{Meta: table.Meta{PK: tenant, SK: "d1"}, Opportunity: w.opp}
	_, err := w.acct.AddNoteUI(w.opp, "pasted\n"+forger.line(&d, 1), false)
	must(t, err)
	other := Decision{Meta: table.Meta{PK: tenant, SK: "d1"}, Opportunity: "another-opportunity"}
	_, err = w.acct.AddNoteUI(w.opp, "pasted\n"+w.deliver.Marker.line(&other, 1), false)
	must(t, err)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.ResetConnection, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	w.exactlyOnce("d1", 1)
	if got := len(w.acct.Notes(w.opp)); got != 3 {
		t.Fatalf("%d notes on the opportunity, want the two forged and ours", got)
	}
}

func TestPersonsCopyOfTheNoteIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	w.now = w.now.Add(time.Second)
	_, err := w.acct.AddNoteUI(w.opp, w.acct.Notes(w.opp)[0].Fields[0].Value, false)
	must(t, err)
	w.settle()
	for _, n := range w.acct.Notes(w.opp) {
		if n.DeletedAt != nil || !n.ViaAPI && n.ID == w.decision("d1").NoteID {
			t.Fatalf("note %s: removed or adopted although a person made it", n.ID)
		}
	}
}

func TestNoteRemovedByAPersonIsNotPutBack(t *testing.T) {
	t.Parallel()
	for _, vanish := range []bool{false, true} {
		t.Run(fmt.Sprint("vanish ", vanish), func(t *testing.T) {
			t.Parallel()
			w := setup(t, func(r *levertest.Rules) { r.DeletedNotesVanish = vanish })
			w.accept("d1", w.submission(1, Advance))
			w.settle()
			must(t, w.acct.DeleteNoteUI(w.decision("d1").NoteID))
			w.accept("d1", w.submission(2, Reject))
			w.settle()
			d := w.decision("d1")
			if standing, _ := w.threads("d1"); len(standing) != 0 || w.lever.RequestCount("PUT /v1/opportunities/{id}/notes/{child}") != 0 || d.State != Undeliverable || d.Cause != NoteRemoved {
				t.Fatalf("%d notes, state %s, cause %s", len(standing), d.State, d.Cause)
			}
		})
	}
}

func TestRemovedBeforeTheLookIsAdoptedAsDelivered(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	must(t, w.acct.DeleteNoteUI(w.acct.Notes(w.opp)[0].ID))
	w.settle()
	if d := w.decision("d1"); d.State != Delivered || d.Cause != NoteRemoved || len(w.acct.Notes(w.opp)) != 1 {
		t.Fatalf("state %s, cause %s, %d notes", d.State, d.Cause, len(w.acct.Notes(w.opp)))
	}
}

func TestAuthorIsTheDeciderUnlessLeverRefuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden} {
		w := setup(t, func(r *levertest.Rules) { r.PerformAsStatus = status })
		user := w.acct.Users()[0].ID
		w.people["dana@customer.example"] = user
		w.accept("d1", w.submission(1, Advance))
		w.people["lee@customer.example"] = "00000000-0000-4000-8000-000000000000"
		s := w.submission(1, Hire)
		s.By = Decider{Name: "Lee Example", Email: "lee@customer.example"}
		w.accept("d2", s)
		w.settle()
		if note := w.exactlyOnce("d1", 1); note.User == nil || *note.User != user {
			t.Errorf("author %v, want %s", note.User, user)
		}
		if note := w.exactlyOnce("d2", 1); note.User != nil || !strings.Contains(note.Fields[0].Value, "Decided by Lee Example") {
			t.Errorf("author %v, text %s", note.User, note.Fields[0].Value)
		}
	}
}

func TestSettingsDecideWhatIsSentAndWhoSeesIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.link.settings = connection.Settings{SecretNotes: true, Outcomes: []string{"hire"}}
	w.accept("d1", w.submission(1, Hire))
	w.accept("d2", w.submission(1, Reject))
	w.settle()
	if note := w.exactlyOnce("d1", 1); !note.Secret {
		t.Error("note is not secret")
	}
	if d := w.decision("d2"); d.Cause != OutcomeNotSent || d.OpenPk != "" {
		t.Errorf("decision with an outcome that is not sent: cause %q, open %q", d.Cause, d.OpenPk)
	}
	w.accept("d1", w.submission(2, Withdrawn)) // a note that stands is corrected in any case
	w.settle()
	w.exactlyOnce("d1", 2)
}

func TestHiddenSecretNoteIsCorrectedBelow(t *testing.T) {
	t.Parallel()
	w := setup(t, func(r *levertest.Rules) { r.HideSecretNotes = true })
	w.link.settings.SecretNotes = true
	w.accept("d1", w.submission(1, Hire))
	w.settle()
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	if note := w.exactlyOnce("d1", 2); len(note.Fields) != 2 {
		t.Fatalf("%d comments, want 2", len(note.Fields))
	}
}

func TestRefusalsSayWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*world)
		want    Cause
	}{
		"gone": {func(w *world) { must(w.t, w.acct.Delete(w.opp)) }, OpportunityGone},
		"forbidden": {func(w *world) {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.StatusReply, Status: 403, Count: 1}))
		}, NoPermission},
		"refused": {func(w *world) {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.StatusReply, Status: 400, Count: 1}))
		}, Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			test.prepare(w)
			w.accept("d1", w.submission(1, Advance))
			w.settle()
			d := w.decision("d1")
			if d.State != Undeliverable || d.Cause != test.want || d.Cause.Words() == "" || d.Attempt != nil {
				t.Fatalf("state %s, cause %q, attempt %v", d.State, d.Cause, d.Attempt)
			}
			if test.want == OpportunityGone {
				return
			}
			_, err := w.svc.Retry(t.Context(), tenant, "d1")
			must(t, err)
			w.settle()
			w.exactlyOnce("d1", 1)
		})
	}
}

func TestRateLimitAndOutageAreWaitedOut(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 503} {
		w := setup(t)
		must(t, w.lever.Inject(levertest.Fault{Effect: levertest.StatusReply, Status: status, Count: 7}))
		w.accept("d1", w.submission(1, Advance))
		w.settle()
		w.exactlyOnce("d1", 1)
	}
}

func TestHeldUntilReleased(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.link.state = connection.Disconnected
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	if d := w.decision("d1"); d.State != Held || len(w.lever.Requests()) != 0 {
		t.Fatalf("state %s, %d requests", d.State, len(w.lever.Requests()))
	}
	w.link.state, w.link.id = connection.Connected, "conn-2"
	must(t, w.svc.Release(t.Context(), tenant, "conn-2"))
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestDisconnectMidwayHoldsAndTheKeeperResumes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.step()
	w.link.state = connection.Disconnected
	w.settle()
	if d := w.decision("d1"); d.State != Held {
		t.Fatalf("state %s, want held", d.State)
	}
	must(t, w.deliver.Work.Drop(t.Context(), delivery(conn, "d1"))) // as the end of a connection does
	w.link.state, w.link.id = connection.Connected, "conn-2"
	w.now = w.now.Add(keepEvery + time.Minute)
	w.step()
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestHeldTooLongIsGivenUpAndErased(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.link.state = connection.Disconnected
	w.accept("d1", w.submission(1, Advance))
	for range 32 {
		w.now = w.now.Add(24 * time.Hour)
		w.step()
	}
	if d := w.decision("d1"); d.Cause != WaitedTooLong || d.Content != nil {
		t.Fatalf("cause %q, erased %v", d.Cause, d.Content == nil)
	}
	w.link.state = connection.Connected
	w.accept("d1", w.submission(1, Advance)) // sent again, it is taken again
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestTextIsErasedThirtyDaysAfterDelivery(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	for range 29 {
		w.now = w.now.Add(24 * time.Hour)
		w.step()
	}
	if w.decision("d1").Content == nil {
		t.Fatal("erased too early")
	}
	type grown struct { // as newer code may have stored it
		Decision
		Remark string `dynamodbav:"remark,omitempty"`
	}
	key := table.Key{PK: tenant, SK: "d1"}
	if _, err := table.Update(t.Context(), w.store, table.Decisions, key, func(d *grown) error { d.Remark = "of a person"; return nil }); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(25 * time.Hour)
	w.step()
	if d := w.decision("d1"); d.Content != nil || d.Hash == "" || len(w.store.Dump(table.Work)) != 0 {
		t.Fatalf("content %v, %d work items left", d.Content, len(w.store.Dump(table.Work)))
	}
	if d, _, err := table.Get[grown](t.Context(), w.store, table.Decisions, key); d.Remark != "" || err != nil {
		t.Errorf("kept %q, %v", d.Remark, err)
	}
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestManyDecisionsEachWithItsAuthor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	want := map[string]string{}
	for c := range 50 {
		opp, err := w.acct.CreateOpportunity(levertest.NewCandidate{Name: fmt.Sprint("Candidate ", c)})
		must(t, err)
		for p, user := range w.acct.Users() {
			if p == 5 {
				break
			}
			s := w.submission(1, Advance)
			s.Opportunity, s.By = opp, Decider{Name: fmt.Sprint("Person ", p), Email: fmt.Sprintf("p%d@customer.example", p)}
			if user.DeactivatedAt == nil {
				w.people[s.By.Email] = user.ID
			}
			id := fmt.Sprintf("c%d-p%d", c, p)
			want[id] = w.people[s.By.Email]
			w.accept(id, s)
		}
	}
	w.settle()
	for id, author := range want {
		note := w.exactlyOnce(id, 1)
		if got := note.User; (got == nil) != (author == "") || got != nil && *got != author {
			t.Errorf("decision %s: author %v, want %q", id, got, author)
		}
	}
	if got := len(w.lever.Requests()); len(want) != 250 || got != 250 {
		t.Errorf("%d decisions by %d requests, want 250 by 250", len(want), got)
	}
}

func TestWhatCameOfADecisionIsNoted(t *testing.T) {
	t.Parallel()
	forbidden := levertest.Fault{Effect: levertest.StatusReply, Status: http.StatusForbidden}
	lost := levertest.Fault{Method: "POST", Effect: levertest.ResetConnection, Count: 1}
	for _, c := range []struct {
		want   string
		faults []levertest.Fault
	}{
		{"decision-delivered", nil},
		{"decision-undeliverable", []levertest.Fault{forbidden}},
		{"decision-undeliverable", []levertest.Fault{lost, forbidden}}, // the look is refused again and again
	} {
		w := setup(t)
		var told []string
		w.deliver.Told = func(_ context.Context, _, code string, _ ...string) error { told = append(told, code); return nil }
		for _, f := range c.faults {
			must(t, w.lever.Inject(f))
		}
		w.accept("d1", w.submission(1, Advance))
		w.settle()
		if diff := cmp.Diff([]string{c.want}, told); diff != "" {
			t.Error(diff)
		}
	}
}

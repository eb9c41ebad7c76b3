package decision

import (
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// surfacing has the answer to the first creation lost and its note made 70 seconds later, after it was looked for.
func surfacing(t *testing.T, rules ...func(*levertest.Rules)) *world {
	t.Helper()
	w := setup(t, rules...)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 70 * time.Second, Count: 1}))
	w.accept("d1", w.submission(1, Hire))
	w.step()
	return w
}

// Found by a look at the code: the note of version 1 surfaced after version 2 was not to be sent, and stayed as it was.
func TestNoteThatSurfacesAfterItsCorrectionWasNotSentIsCorrected(t *testing.T) {
	t.Parallel()
	w := surfacing(t)
	w.link.settings = connection.Settings{Outcomes: []string{"hire"}}
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	w.exactlyOnce("d1", 2)
	if d := w.decision("d1"); d.Dismissed || d.OpenPk != "" {
		t.Errorf("dismissed %v, open %q", d.Dismissed, d.OpenPk)
	}
}

// Found by a look at the code: a decision stayed undeliverable although its note stood.
func TestNoteThatSurfacesAfterARefusalIsADelivery(t *testing.T) {
	t.Parallel()
	w := surfacing(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.StatusReply, Status: http.StatusForbidden}))
	w.now = w.now.Add(61 * time.Second)
	w.step()
	if d := w.decision("d1"); d.Cause != NoPermission {
		t.Fatalf("state %s, cause %s", d.State, d.Cause)
	}
	w.settle()
	w.exactlyOnce("d1", 1)
}

// Found by a look at the code: an edit replaced the words of a person who had rewritten the note.
func TestTextRewrittenByAPersonIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	must(t, w.link.client.UpdateNote(t.Context(), w.opp, w.decision("d1").NoteID, []lever.NoteValue{{Value: "In my own words."}}))
	w.accept("d1", w.submission(2, Reject))
	w.settle()
	notes := w.acct.Notes(w.opp)
	if len(notes) != 1 || len(notes[0].Fields) != 2 || notes[0].Fields[0].Value != "In my own words." {
		t.Fatalf("%d notes, the first: %+v", len(notes), notes[0].Fields)
	}
}

// Found by a look at the code: the list that the check reads may be older than a reply.
func TestReplyNewerThanTheListIsNotRemovedWithItsNote(t *testing.T) {
	t.Parallel()
	w := surfacing(t)
	w.now = w.now.Add(61 * time.Second)
	w.step() // not there: sent again
	must(t, w.lever.Inject(levertest.Fault{Path: "/v1/opportunities/{id}/notes", Effect: levertest.StaleRead, Delay: 50 * time.Second}))
	w.now = time.UnixMilli(w.decision("d1").CheckAt).Add(-10 * time.Second)
	standing, _ := w.threads("d1")
	for _, n := range standing {
		if n.ID != w.decision("d1").NoteID {
			must(t, w.acct.ReplyToNote(n.ID, "I agree."))
		}
	}
	w.settle()
	if note := w.exactlyOnce("d1", 1); len(note.Fields) != 2 {
		t.Fatalf("the note with the reply is gone: %d comments", len(note.Fields))
	}
}

// Found by a look at the code: where Lever leaves out what was removed, both notes were gone in the end.
func TestOfTwoNotesAPersonRemovesOneAndTheOtherStays(t *testing.T) {
	t.Parallel()
	for _, vanish := range []bool{false, true} {
		w := surfacing(t, func(r *levertest.Rules) { r.DeletedNotesVanish = vanish })
		w.now = w.now.Add(61 * time.Second)
		w.step()
		w.now = w.now.Add(10 * time.Second)
		must(t, w.acct.DeleteNoteUI(w.decision("d1").NoteID))
		w.settle()
		w.exactlyOnce("d1", 1)
	}
}

// Found by a look at the code: a check that failed a dozen times was never made again.
func TestCheckThatWasSetAsideIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := surfacing(t)
	w.now = w.now.Add(61 * time.Second)
	w.step()
	must(t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StatusReply, Status: http.StatusForbidden, Count: maxFailures}))
	w.settle()
	if standing, _ := w.threads("d1"); len(standing) != 2 {
		t.Fatalf("%d notes, want the second one still there", len(standing))
	}
	w.now = w.now.Add(keepEvery)
	w.step()
	w.settle()
	w.exactlyOnce("d1", 1)
}

func TestForbiddenReadsSayNoPermission(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.ResetConnection, Count: 1}))
	must(t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StatusReply, Status: http.StatusForbidden, Count: maxFailures}))
	w.accept("d1", w.submission(1, Hire))
	w.settle()
	if d := w.decision("d1"); d.State != Undeliverable || d.Cause != NoPermission {
		t.Fatalf("state %s, cause %s", d.State, d.Cause)
	}
	_, err := w.svc.Retry(t.Context(), tenant, "d1")
	must(t, err)
	w.settle()
	w.exactlyOnce("d1", 1)
}

// Found by a look at the code: what was sent to a candidate who could not be read for a while was forgotten, so that
// trying again sent a second note.
func TestCandidateWhoComesBackHasOneNote(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, 70 * time.Second} { // the note stands by the time of the look, or surfaces later
		w := setup(t)
		must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: late, Count: 1}))
		skip := int(late / (70 * time.Second)) // the look, or the check
		must(t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StatusReply, Status: http.StatusNotFound, Skip: skip, Count: 1}))
		w.accept("d1", w.submission(1, Hire))
		for range 10 {
			w.step()
			w.now = w.now.Add(20 * time.Second)
		}
		if got := w.decision("d1"); late == 0 && got.Cause != OpportunityGone {
			t.Fatalf("state %s, cause %s", got.State, got.Cause)
		}
		_, err := w.svc.Retry(t.Context(), tenant, "d1")
		must(t, err)
		w.settle()
		w.exactlyOnce("d1", 1)
	}
}

// Found by TestSimulatedDecisions, world 139: Lever refused once to remove a second note, and it stayed for good.
func TestSecondNoteThatCannotBeRemovedIsTriedAgainTheNextDay(t *testing.T) {
	t.Parallel()
	w := surfacing(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "DELETE", Effect: levertest.StatusReply, Status: http.StatusForbidden, Count: 1}))
	for range 25 {
		w.step()
		w.now = w.now.Add(20 * time.Second)
	}
	if d := w.decision("d1"); d.State != Delivered || d.Cause != SecondNoteKept {
		t.Fatalf("state %s, cause %q", d.State, d.Cause)
	}
	w.settle()
	w.exactlyOnce("d1", 1)
	if d := w.decision("d1"); d.Cause != "" {
		t.Fatalf("cause %q", d.Cause)
	}
}

// Found when ages were measured: a delivered decision whose second note is looked for later counted as waiting.
func TestDecisionAtRestDoesNotCountAsWaiting(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Hire))
	for range 4 {
		w.step()
		w.now = w.now.Add(20 * time.Second)
	}
	item, found, err := w.deliver.Work.Find(t.Context(), delivery(conn, "d1"))
	must(t, err)
	if d := w.decision("d1"); !found || d.State != Delivered || item.FirstAsked < d.CheckAt {
		t.Fatalf("state %s, found %v, waits since %d, check at %d", d.State, found, item.FirstAsked, d.CheckAt)
	}
}

func TestLostAnswersAboutNotesThatLeverHides(t *testing.T) {
	t.Parallel()
	w := setup(t, func(r *levertest.Rules) { r.HideSecretNotes = true })
	w.link.settings.SecretNotes = true
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Hire))
	w.settle()
	if d := w.decision("d1"); d.State != Delivered || d.Cause != SecondUnseen {
		t.Fatalf("state %s, cause %q: nobody is told that a second note may stand", d.State, d.Cause)
	}
	w.accept("d2", w.submission(1, Hire))
	w.settle()
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d2", w.submission(2, Reject))
	w.settle()
	w.exactlyOnce("d2", 2)
}

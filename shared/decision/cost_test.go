package decision

import (
	"fmt"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// bound prints a line of the table of service levels (what, measured, bound, at best, unit) and fails when the bound is
// not kept. With -v these lines can be filtered out:
//
//	go test ./shared/decision -run 'TestCost|TestSimulatedPace' -v | grep '| decision:'
func bound(t testing.TB, name string, value, most float64, unit string) {
	t.Helper()
	_, err := fmt.Fprintf(t.Output(), "| decision: %s | %g | ≤ %g | | %s |\n", name, value, most, unit)
	if err != nil || value > most {
		t.Errorf("%s: %g %s, want at most %g (%v)", name, value, unit, most, err)
	}
}

// TestCostInRequests counts what a delivery costs at Lever.
func TestCostInRequests(t *testing.T) {
	t.Parallel()
	costs := []struct {
		name string
		most float64
		play func(w *world)
	}{
		{"usual delivery", 1, func(w *world) { w.accept("d1", w.submission(1, Advance)) }},
		{"delivery with the decider's Lever user", 1, func(w *world) {
			w.people["dana@customer.example"] = w.acct.Users()[0].ID
			w.accept("d1", w.submission(1, Advance))
		}},
		{"edit, without its delivery", 2, func(w *world) {
			w.accept("d1", w.submission(1, Advance))
			w.settle()
			w.accept("d1", w.submission(2, Reject))
		}},
		{"one reply lost", 4, func(w *world) { w.lose(1) }},
		{"one reply lost, and the note is listed a minute late", 4, func(w *world) {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StaleRead, Delay: time.Minute}))
			w.lose(1)
		}},
		{"one request lost on its way", 4, func(w *world) {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.ResetConnection, Count: 1}))
			w.accept("d1", w.submission(1, Advance))
		}},
		{"the reply lost, and those of two looks for its note", 4 + 2*3, func(w *world) {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.LostReply, Count: 2}))
			w.lose(1)
		}},
		{"three without an answer, the last of them carried out", 4 + 2*3, func(w *world) { w.lose(3) }},
		{"ten without an answer, the last of them carried out", 4 + 9*3, func(w *world) { w.lose(10) }},
	}
	for _, c := range costs {
		w := setup(t)
		c.play(w)
		w.settle()
		used := len(w.lever.Requests())
		if d := w.decision("d1"); d.Version == 2 {
			used--
		}
		w.exactlyOnce("d1", w.decision("d1").Version)
		bound(t, c.name, float64(used), c.most, "requests")
	}
}

// lose hands a decision over and has so many answers lost, of which only the last belongs to a request that was carried out.
func (w *world) lose(answers int) {
	if answers > 1 {
		must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.ResetConnection, Count: answers - 1}))
	}
	must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LostReply, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
}

// The costs of a creation that is carried out late enough to need a second one and its removal.
func TestCostOfASecondNote(t *testing.T) {
	t.Parallel()
	w := setup(t)
	must(t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 90 * time.Second, Count: 1}))
	w.accept("d1", w.submission(1, Advance))
	w.settle()
	w.exactlyOnce("d1", 1)
	bound(t, "carried out later than D and removed", float64(len(w.lever.Requests())), 7, "requests")
}

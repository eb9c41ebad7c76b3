package decision

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// A worker that hangs in its request until its claim is over, and a second one that comes meanwhile.
func TestHangingWorkerIsFenced(t *testing.T) {
	t.Parallel()
	for _, hangs := range []time.Duration{51 * time.Second, 83 * time.Second, 10 * time.Minute} {
		w := setup(t)
		w.accept("d1", w.submission(1, Advance))
		w.trap = func(what string, after bool) error {
			if what == http.MethodPost && after {
				w.trap = nil
				w.now = w.now.Add(hangs)
				w.step()
				w.accept("d1", w.submission(2, Reject))
				w.step()
			}
			return nil
		}
		w.settle()
		w.exactlyOnce("d1", 2)
		if got := len(w.acct.Notes(w.opp)); got != 1 {
			t.Errorf("hanging for %s: %d notes", hangs, got)
		}
	}
}

// TestKilledAtEveryCall goes through a story again and again and lets the process die, or the call fail, before or
// after each single call to a table or to Lever.
func TestKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	stories := map[string]func(*world) (replies int){
		"create": func(w *world) int { w.accept("d1", w.submission(3, Advance)); w.settle(); return 0 },
		"create and edit": func(w *world) int {
			w.accept("d1", w.submission(1, Advance))
			w.settle()
			w.accept("d1", w.submission(3, Reject))
			w.settle()
			return 0
		},
		"correct while sending": func(w *world) int {
			w.accept("d1", w.submission(1, Advance))
			w.step()
			w.accept("d1", w.submission(3, Withdrawn))
			w.settle()
			return 0
		},
		"reply": func(w *world) int {
			w.accept("d1", w.submission(1, Advance))
			w.settle()
			must(w.t, w.acct.ReplyToNote(w.decision("d1").NoteID, "I disagree."))
			w.accept("d1", w.submission(3, Reject))
			w.settle()
			return 1
		},
		"second note": func(w *world) int {
			must(w.t, w.lever.Inject(levertest.Fault{Method: "POST", Effect: levertest.LateCommit, Delay: 70 * time.Second, Count: 1}))
			w.accept("d1", w.submission(3, Advance))
			w.settle()
			return 0
		},
	}
	for name, story := range stories {
		for _, mode := range []string{"kill before", "kill after", "fail before", "fail after"} {
			t.Run(name+", "+mode, func(t *testing.T) {
				t.Parallel()
				for number := 1; ; number++ {
					w := setup(t)
					calls, sprung := 0, ""
					w.trap = func(what string, after bool) error {
						if after != strings.HasSuffix(mode, "after") {
							return nil
						}
						if calls++; calls != number {
							return nil
						}
						sprung = what
						if strings.HasPrefix(mode, "kill") {
							panic(killed{})
						}
						return io.ErrUnexpectedEOF
					}
					replies := story(w)
					if sprung == "" {
						if number < 8 {
							t.Fatalf("only %d calls", number-1)
						}
						return
					}
					w.t.Logf("call %d: %s", number, sprung)
					note := w.exactlyOnce("d1", 3)
					if replies > 0 && (len(note.Fields) != 3 || note.Fields[1].Value != "I disagree.") {
						t.Fatalf("thread has %d comments", len(note.Fields))
					}
				}
			})
		}
	}
}

package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

type recorder struct {
	mu     sync.Mutex
	nudges map[string]time.Duration
	err    error
}

func (r *recorder) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nudges[n.Target] = delay
	return r.err
}

func TestDispatchNudgesWhatIsDueWithinTheMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	list := &work.List{DB: memory.New(), Now: func() time.Time { return now }, NewID: func() string { return "x" }}
	for target, due := range map[string]time.Duration{"overdue": -time.Hour, "soon": 30 * time.Second, "later": 2 * time.Minute} {
		ref := work.Ref{Connection: "c-" + target, Kind: work.Delta, Target: target}
		if err := list.Ask(t.Context(), ref, now.Add(due), nil); err != nil {
			t.Fatal(err)
		}
	}
	r := &recorder{nudges: map[string]time.Duration{}}
	if err := (&handler{work.Dispatcher{List: list, Nudge: r, Now: list.Now}}).handle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.nudges) != 2 || r.nudges["overdue"] != 0 || r.nudges["soon"] != 30*time.Second {
		t.Errorf("nudged %v", r.nudges)
	}
	item := func(kind work.Kind, since time.Duration) work.Item {
		i := work.Item{FirstAsked: now.Add(since).UnixMilli()}
		i.SK = string(kind) + "#x"
		return i
	}
	var found tally
	for _, i := range []work.Item{item(work.Hint, -time.Minute), item(work.Hint, -time.Hour), item(work.Decision, time.Second)} {
		found.see(i, now)
	}
	found.add(tally{delta: time.Minute, overdue: 1})
	if want := (tally{overdue: 4, hint: time.Hour, delta: time.Minute}); found != want {
		t.Errorf("found %+v, want %+v", found, want)
	}
	r.err = errors.New("refused")
	if err := (&handler{work.Dispatcher{List: list, Nudge: r, Now: list.Now}}).handle(t.Context()); err == nil {
		t.Error("a lost nudge went unreported")
	}
}

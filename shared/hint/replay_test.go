package hint_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

// seen counts the deliveries that count as signs of life of a webhook.
type seen struct{ count int }

func (s *seen) Seen(context.Context, string, connection.Delivery) error {
	s.count++
	return nil
}

// Missed makes nothing of it: no hire is told here.
func (s *seen) Missed(context.Context, string, string, time.Time) error { return nil }

func (s *seen) Open(context.Context, string, budget.Lane) (*connection.Access, error) {
	return nil, errors.New("nothing is looked at in this test")
}

// failing refuses to write as often as it is told to.
type failing struct {
	table.DB
	writes, refuse int
}

func (f *failing) Write(ctx context.Context, changes ...table.Change) error {
	if f.writes++; f.writes == f.refuse {
		return errors.New("a write is refused")
	}
	return f.DB.Write(ctx, changes...)
}

func receiver() (*hint.Worker, *seen, *failing) {
	now := func() time.Time { return time.UnixMilli(1_700_000_000_000) }
	db, alive := &failing{DB: memory.New()}, &seen{}
	return &hint.Worker{Connections: alive, List: &work.List{DB: db, Now: now, NewID: func() string { return "id" }}, DB: db, Now: now}, alive, db
}

func TestADeliveryMakesUsLookAsOftenAsLeverRepeatsOneWhateverItSays(t *testing.T) {
	t.Parallel()
	w, alive, _ := receiver()
	first := hint.Arrival{Connection: "c1", Event: "candidateHired", Opportunity: "o1", At: 1, Delivery: "fingerprint"}
	other, elsewhere, another := first, first, first
	other.Opportunity = "o2" // other data under the captured signature
	elsewhere.Connection = "c2"
	another.Delivery = "another"
	for _, c := range []struct {
		name string
		a    hint.Arrival
		asks bool
	}{
		{"the first", first, true},
		{"with other data", other, true},
		{"repeated twice", first, true},
		{"repeated three times", first, true},
		{"repeated four times", first, true},
		{"repeated five times", first, true},
		{"more often than Lever repeats", first, false},
		{"more often, with other data", other, false},
		{"of another connection", elsewhere, true},
		{"another one", another, true},
	} {
		if _, ok, err := w.Arrived(t.Context(), c.a); ok != c.asks || err != nil {
			t.Errorf("%s: asks %t, %v", c.name, ok, err)
		}
	}
	if alive.count != 8 {
		t.Errorf("%d signs of life", alive.count)
	}
}

func TestADeliveryThatFailedOnItsWayIsNoReplay(t *testing.T) {
	t.Parallel()
	for refuse := 1; refuse <= 2; refuse++ { // the work item, then the mark
		w, _, db := receiver()
		db.refuse = refuse
		a := hint.Arrival{Connection: "c1", Event: "candidateHired", Opportunity: "o1", At: 1, Delivery: "fingerprint"}
		if _, _, err := w.Arrived(t.Context(), a); err == nil {
			t.Fatalf("write %d was not refused", refuse)
		}
		if _, ok, err := w.Arrived(t.Context(), a); !ok || err != nil {
			t.Errorf("after write %d failed: asks %t, %v", refuse, ok, err)
		}
	}
}

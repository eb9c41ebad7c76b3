package tabletest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/evidenced/lever-integration/shared/table"
)

// What follows is what the fenced refresh of tokens and the end of a connection rest on: reads see answered writes, what
// was removed stays removed whatever comes late, and two items that are written together stay in step.

func (s suite) removedStays(t *testing.T) {
	gone, beside := s.thing(t, "a"), s.thing(t, "b")
	s.save(t, &gone)
	s.save(t, &beside)
	late := gone
	if err := s.db.Write(t.Context(), table.Remove(table.Work, gone.Meta)); err != nil {
		t.Fatal(err)
	}
	if err := table.Save(t.Context(), s.db, table.Work, &late); !errors.Is(err, table.ErrConflict) {
		t.Errorf("late write: %v", err)
	}
	first, _ := table.Encode(table.Work, &beside)
	second, _ := table.Encode(table.Work, &late)
	if err := s.db.Write(t.Context(), first, second); !errors.Is(err, table.ErrConflict) {
		t.Errorf("late transaction: %v", err)
	}
	if _, found, err := table.Get[Thing](t.Context(), s.db, table.Work, gone.Key()); found || err != nil {
		t.Errorf("it came back: %v", err)
	}
	if got, _, err := table.Get[Thing](t.Context(), s.db, table.Work, beside.Key()); err != nil || got.Rev != beside.Rev {
		t.Errorf("half a transaction: revision %d, %v", got.Rev, err)
	}
}

func (s suite) readsSeeWrites(t *testing.T) {
	v := s.thing(t, "a")
	for range 10 {
		v.Due++
		s.save(t, &v)
		got, _, err := table.Get[Thing](t.Context(), s.db, table.Work, v.Key())
		if err != nil || got.Due != v.Due || got.Rev != v.Rev {
			t.Fatalf("read %d at revision %d after %d at %d was written, %v", got.Due, got.Rev, v.Due, v.Rev, err)
		}
		listed, _, err := table.List[Thing](t.Context(), s.db, table.Query{Table: table.Work, PK: v.PK})
		if err != nil || len(listed) != 1 || listed[0].Rev != v.Rev {
			t.Fatalf("listed %+v, %v", listed, err)
		}
	}
}

// inStep has many hands count in two items at once, some with a write of one item alone in between, as a refresh does that
// stores a pair of tokens with the state of its connection.
func (s suite) inStep(t *testing.T) {
	a, b := s.thing(t, "a"), s.thing(t, "b")
	s.save(t, &a)
	s.save(t, &b)
	var group sync.WaitGroup
	faults := make(chan error, 6)
	for hand := range 6 {
		group.Go(func() {
			_, err := table.Update(t.Context(), s.db, table.Work, b.Key(), func(v *Thing) error { v.Text = fmt.Sprint(hand); return nil })
			faults <- errors.Join(err, s.countBoth(t, a.Key(), b.Key()))
		})
	}
	group.Wait()
	close(faults)
	for err := range faults {
		if err != nil {
			t.Error(err)
		}
	}
	first, _, err1 := table.Get[Thing](t.Context(), s.db, table.Work, a.Key())
	second, _, err2 := table.Get[Thing](t.Context(), s.db, table.Work, b.Key())
	if err := errors.Join(err1, err2); err != nil || first.Due != 6 || second.Due != 6 {
		t.Errorf("counted %d and %d of 6, %v", first.Due, second.Due, err)
	}
}

func (s suite) countBoth(t *testing.T, keys ...table.Key) error {
	for range 100 {
		var changes []table.Change
		for _, key := range keys {
			v, _, err := table.Get[Thing](t.Context(), s.db, table.Work, key)
			if err != nil {
				return err
			}
			v.Due++
			change, err := table.Encode(table.Work, &v)
			if err != nil {
				return err
			}
			changes = append(changes, change)
		}
		if err := s.db.Write(t.Context(), changes...); !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return table.ErrConflict
}

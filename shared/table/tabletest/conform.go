// Package tabletest is the suite that every implementation of table.DB passes: the one in memory in its own tests, the
// one on DynamoDB against the deployed local stack.
package tabletest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// Thing is what the suite stores; it uses the keys of the Work table.
type Thing struct {
	table.Meta
	DuePk string `dynamodbav:"duePk,omitempty"`
	Due   int64  `dynamodbav:"findAt"`
	Text  string `dynamodbav:"text,omitempty"`
}

// Conform runs the suite on db, in partitions of the Work table that begin with prefix and that nobody else uses.
// eventually is given a check that may need a moment to hold, because indexes may lag.
func Conform(t *testing.T, db table.DB, prefix string, eventually func(check func() error) error) {
	s := suite{db, prefix, eventually}
	t.Run("a put needs the revision it was computed from", s.putNeedsRevision)
	t.Run("a delete needs the revision it was computed from", s.deleteNeedsRevision)
	t.Run("what was removed does not come back by a late write", s.removedStays)
	t.Run("an answered write is seen by whoever reads next", s.readsSeeWrites)
	t.Run("an update of many hands loses nothing", s.updateLosesNothing)
	t.Run("a transaction is all or nothing", s.transaction)
	t.Run("transactions of many hands keep two items in step", s.inStep)
	t.Run("a query pages in order within bounds", s.query)
	t.Run("an index shows what has its keys", s.index)
	t.Run("a batch returns what exists", s.batch)
	t.Run("a cursor that is none is refused", s.cursor)
	t.Run("what newer code wrote is kept", s.newerKept)
}

type suite struct {
	db         table.DB
	prefix     string
	eventually func(func() error) error
}

func (s suite) thing(t *testing.T, sk string) Thing {
	return Thing{Meta: table.Meta{PK: s.prefix + t.Name(), SK: sk}, Text: sk}
}

func (s suite) save(t *testing.T, v *Thing) {
	t.Helper()
	if err := table.Save(t.Context(), s.db, table.Work, v); err != nil {
		t.Fatal(err)
	}
}

func (s suite) putNeedsRevision(t *testing.T) {
	first, second := s.thing(t, "a"), s.thing(t, "a")
	s.save(t, &first)
	if err := table.Save(t.Context(), s.db, table.Work, &second); !errors.Is(err, table.ErrConflict) {
		t.Errorf("made twice: %v", err)
	}
	stale := first
	first.Text = "changed"
	s.save(t, &first)
	if err := table.Save(t.Context(), s.db, table.Work, &stale); !errors.Is(err, table.ErrConflict) {
		t.Errorf("stale write: %v", err)
	}
	got, found, err := table.Get[Thing](t.Context(), s.db, table.Work, first.Key())
	if err != nil || !found {
		t.Fatalf("get: %t, %v", found, err)
	}
	if diff := cmp.Diff(first, got); diff != "" {
		t.Error(diff)
	}
}

func (s suite) deleteNeedsRevision(t *testing.T) {
	v := s.thing(t, "a")
	s.save(t, &v)
	stale := v.Meta
	s.save(t, &v)
	if err := s.db.Write(t.Context(), table.Remove(table.Work, stale)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("stale delete: %v", err)
	}
	if err := s.db.Write(t.Context(), table.Remove(table.Work, v.Meta)); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Write(t.Context(), table.Remove(table.Work, v.Meta)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, found, err := table.Get[Thing](t.Context(), s.db, table.Work, v.Key()); found || err != nil {
		t.Errorf("still there: %v", err)
	}
}

func (s suite) updateLosesNothing(t *testing.T) {
	key := s.thing(t, "a").Key()
	var group sync.WaitGroup
	faults := make(chan error, 8)
	for range 8 {
		group.Go(func() {
			_, err := table.Update(t.Context(), s.db, table.Work, key, func(v *Thing) error { v.Due++; return nil })
			faults <- err
		})
	}
	group.Wait()
	close(faults)
	for err := range faults {
		if err != nil {
			t.Error(err)
		}
	}
	if got, _, err := table.Get[Thing](t.Context(), s.db, table.Work, key); err != nil || got.Due != 8 {
		t.Errorf("counted %d of 8, %v", got.Due, err)
	}
}

func (s suite) transaction(t *testing.T) {
	a, b, c := s.thing(t, "a"), s.thing(t, "b"), s.thing(t, "c")
	s.save(t, &c)
	putA, _ := table.Encode(table.Work, &a)
	putB, _ := table.Encode(table.Work, &b)
	stale := c.Meta
	stale.Rev = 7
	if err := s.db.Write(t.Context(), putA, putB, table.Holds(table.Work, stale)); !errors.Is(err, table.ErrConflict) {
		t.Errorf("condition did not hold: %v", err)
	}
	if _, found, err := table.Get[Thing](t.Context(), s.db, table.Work, a.Key()); found || err != nil {
		t.Errorf("half a transaction: %v", err)
	}
	if err := s.db.Write(t.Context(), putA, putB, table.Holds(table.Work, c.Meta)); err != nil {
		t.Fatal(err)
	}
	got, found, err := table.Get[Thing](t.Context(), s.db, table.Work, b.Key())
	if err != nil || !found || got.Rev != 1 {
		t.Errorf("after the transaction: revision %d, %v", got.Rev, err)
	}
}

func (s suite) query(t *testing.T) {
	for i := range 7 {
		v := s.thing(t, fmt.Sprintf("k%d", i))
		s.save(t, &v)
	}
	q := table.Query{Table: table.Work, PK: s.prefix + t.Name(), From: "k1", To: "k5", Limit: 2}
	for _, descending := range []bool{false, true} {
		var got []string
		q.Descending = descending
		if err := table.Each(t.Context(), s.db, q, func(v Thing) error { got = append(got, v.SK); return nil }); err != nil {
			t.Fatal(err)
		}
		want := []string{"k1", "k2", "k3", "k4", "k5"}
		if descending {
			want = []string{"k5", "k4", "k3", "k2", "k1"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func (s suite) index(t *testing.T) {
	partition := s.prefix + "due/" + t.Name()
	for i := range 5 {
		v := s.thing(t, fmt.Sprintf("k%d", i))
		v.Due = int64(i * 10)
		if i != 2 {
			v.DuePk = partition
		}
		s.save(t, &v)
	}
	err := s.eventually(func() error {
		var got []int64
		q := table.Query{Table: table.Work, Index: table.Due, PK: partition, To: int64(30), Limit: 2}
		if err := table.Each(t.Context(), s.db, q, func(v Thing) error { got = append(got, v.Due); return nil }); err != nil {
			return err
		}
		if diff := cmp.Diff([]int64{0, 10, 30}, got); diff != "" {
			return errors.New(diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func (s suite) batch(t *testing.T) {
	a := s.thing(t, "a")
	s.save(t, &a)
	items, err := s.db.BatchGet(t.Context(), table.Work, []table.Key{a.Key(), s.thing(t, "missing").Key()})
	if err != nil || len(items) != 1 {
		t.Errorf("%d items, %v", len(items), err)
	}
	if _, err := s.db.BatchGet(t.Context(), table.Work, []table.Key{a.Key(), a.Key()}); err == nil {
		t.Error("the same key twice was accepted")
	}
}

func (s suite) cursor(t *testing.T) {
	elsewhere := table.Cursor("", table.Item{"pk": &types.AttributeValueMemberS{Value: "q"}, "sk": &types.AttributeValueMemberS{Value: "s"}})
	for _, cursor := range []string{"nonsense", "e30", "!", elsewhere} {
		_, err := s.db.Query(t.Context(), table.Query{Table: table.Work, PK: "p", Start: cursor})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

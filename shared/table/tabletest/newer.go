package tabletest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/table"
)

// newer is Thing as the next version of the code may store it.
type newer struct {
	Thing
	Colour string         `dynamodbav:"colour,omitempty"`
	Sizes  map[string]int `dynamodbav:"sizes,omitempty"`
}

// newerKept has older code change what newer code wrote, in each way that items are written.
func (s suite) newerKept(t *testing.T) {
	v := newer{Thing: s.thing(t, "a"), Colour: "green", Sizes: map[string]int{"small": 1}}
	v.Due = 7
	if err := table.Save(t.Context(), s.db, table.Work, &v); err != nil {
		t.Fatal(err)
	}
	key := v.Key()
	older, err := table.Update(t.Context(), s.db, table.Work, key, func(o *Thing) error { o.Text, o.Due = "", 8; return nil })
	if err != nil {
		t.Fatal(err)
	}
	older.Due++ // and once more, from what Update returned
	s.save(t, &older)
	listed, _, err := table.List[Thing](t.Context(), s.db, table.Query{Table: table.Work, PK: key.PK})
	if err != nil || len(listed) != 1 {
		t.Fatalf("%d listed, %v", len(listed), err)
	}
	listed[0].Due++
	put, err := table.Encode(table.Work, &listed[0])
	if err != nil {
		t.Fatal(err)
	}
	beside := s.thing(t, "b")
	also, err := table.Encode(table.Work, &beside)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Write(t.Context(), put, also); err != nil {
		t.Fatal(err)
	}
	got, _, err := table.Get[newer](t.Context(), s.db, table.Work, key)
	v.Rev, v.Text, v.Due = 4, "", 10
	if diff := cmp.Diff(v, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, key := range []table.Key{key, beside.Key()} {
		if got, _, err := table.Get[newer](t.Context(), s.db, table.Work, key); err != nil || got.Rest != nil {
			t.Errorf("the rest of a type that knows everything: %v, %v", got.Rest, err)
		}
	}
}

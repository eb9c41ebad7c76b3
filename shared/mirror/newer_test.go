package mirror_test

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// grown is a record as the next version of the code stores it: with an attribute more, and a field more in its document.
type grown struct {
	mirror.Record
	Pronouns string `dynamodbav:"pronouns,omitempty"`
}

// newer makes the record anew as the next version of the code would.
func (b *bundle) newer(t *testing.T, doc string) mirror.Record {
	t.Helper()
	g, err := table.Update(t.Context(), b.DB, table.Mirror, b.get(t, t).Key(), func(g *grown) error {
		g.Schema, g.Doc, g.Hash, g.Pronouns = mirror.Schema+1, doc, "by another rule", "they"
		g.Version++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return g.Record
}

func (b *bundle) pronouns(t *testing.T) string {
	t.Helper()
	g, _, err := table.Get[grown](t.Context(), b.DB, table.Mirror, b.get(t, t).Key())
	if err != nil {
		t.Fatal(err)
	}
	return g.Pronouns
}

const (
	known  = `{"name":"Ada","stageId":"new","archived":false}`
	fuller = `{"name":"Ada","nickname":"Countess","archived":false,"stageId":"new"}`
)

func TestOlderCodeLeavesWhatNewerCodeMade(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(1, known))
	made := b.newer(t, fuller)
	for at := 2; at < 5; at++ {
		if r := b.apply(t, t, seen(at, known)); r.Outcome != mirror.Unchanged {
			t.Fatalf("outcome %d", r.Outcome)
		}
	}
	if r := b.apply(t, t, seen(3, known)); r.Outcome != mirror.Older || r.Conflicting {
		t.Errorf("an older fetch that showed the same: %+v", r)
	}
	r := b.get(t, t)
	if r.Version != made.Version || r.Doc != fuller || r.Schema != made.Schema || r.Hash != made.Hash || b.pronouns(t) != "they" {
		t.Errorf("became %+v", r)
	}
	if want := start.Add(4 * time.Second).UnixMicro(); r.Fetched != want {
		t.Errorf("fetched %d, want %d", r.Fetched, want)
	}
}

func TestOlderCodeLetsAChangeThroughOverWhatNewerCodeMade(t *testing.T) {
	t.Parallel()
	confidential, archived := seen(2, known), seen(2, known)
	confidential.Confidential = true
	archived.State, archived.Reason = mirror.Inactive, "archived"
	for name, o := range map[string]mirror.Observation{
		"a field that both know": seen(2, `{"name":"Ada","stageId":"offer","archived":false}`),
		"a field that went":      seen(2, `{"name":"Ada","archived":false}`),
		"confidential":           confidential,
		"archived":               archived,
	} {
		b := setup()
		b.apply(t, t, seen(1, known))
		made := b.newer(t, fuller)
		if r := b.apply(t, t, o); !r.Outcome.Changes() {
			t.Errorf("%s: outcome %d", name, r.Outcome)
		}
		// The next look of newer code finds a record of an older schema and makes it whole again.
		if r := b.get(t, t); r.Version <= made.Version || r.Doc != o.Doc || r.Schema != mirror.Schema || r.State != o.State {
			t.Errorf("%s: became %+v", name, r)
		}
		if b.pronouns(t) != "they" {
			t.Errorf("%s: the attribute of newer code is lost", name)
		}
	}
}

func TestWhatNewerCodeWroteGoesWithTheData(t *testing.T) {
	t.Parallel()
	nameless := `{"name":"Anonymized","archived":false,"anonymized":true}`
	for name, o := range map[string]mirror.Observation{"removed": gone(2), "anonymized": seen(2, nameless)} {
		b := setup()
		b.apply(t, t, seen(1, known))
		b.newer(t, fuller)
		b.apply(t, t, o)
		if r := b.get(t, t); r.Doc != o.Doc || b.pronouns(t) != "" {
			t.Errorf("%s: kept %q and %q", name, r.Doc, b.pronouns(t))
		}
	}
	b := setup()
	b.apply(t, t, seen(1, known))
	o := seen(2, known)
	o.State, o.Reason, o.LeftAt = mirror.Inactive, "archived", b.now
	b.apply(t, t, o)
	b.newer(t, fuller)
	b.now = b.now.Add(31 * 24 * time.Hour)
	if n, err := b.Erase(t.Context(), "c1"); n != 1 || err != nil || b.pronouns(t) != "" {
		t.Errorf("%d erased, %v, kept %q", n, err, b.pronouns(t))
	}
}

func TestNewerCodeMakesAnewWhatOlderCodeMade(t *testing.T) {
	t.Parallel()
	b := setup()
	b.apply(t, t, seen(1, known))
	older, err := table.Update(t.Context(), b.DB, table.Mirror, b.get(t, t).Key(), func(r *mirror.Record) error { r.Schema--; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if r := b.apply(t, t, seen(2, known)); r.Outcome != mirror.Updated {
		t.Errorf("outcome %d", r.Outcome)
	}
	if r := b.get(t, t); r.Schema != mirror.Schema || r.Version <= older.Version {
		t.Errorf("became %+v", r)
	}
	if r := b.apply(t, t, seen(3, known)); r.Outcome != mirror.Unchanged {
		t.Errorf("and again: outcome %d", r.Outcome)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

func TestReadingNeedsAConnection(t *testing.T) {
	t.Parallel()
	for state, readable := range map[connection.State]bool{
		"": false, connection.Connected: true, connection.Revoked: true,
		connection.Disconnecting: false, connection.Disconnected: false,
	} {
		for _, path := range []string{"candidates", "candidates/x", "changes"} {
			b := setup(t)
			b.connections.current = func(string) (connection.Connection, bool, error) {
				c := connection.Connection{State: state}
				c.PK = "c1"
				return c, state != "", nil
			}
			out := b.do(t, "GET", acme+path, "")
			if readable && out.StatusCode != http.StatusOK {
				t.Errorf("%s while %q: %d", path, state, out.StatusCode)
			}
			if !readable {
				wantProblem(t, out, http.StatusConflict, "not-connected")
			}
		}
	}
}

func TestOptionsReachTheStore(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]mirror.ListOptions{
		"":                              {State: mirror.Active, Limit: 50},
		"?state=active&limit=200":       {State: mirror.Active, Limit: 200},
		"?state=inactive&limit=1":       {State: mirror.Inactive, Limit: 1},
		"?state=all":                    {All: true, Limit: 50},
		"?candidate=o-1&state=inactive": {State: mirror.Inactive, Parent: "o-1", Limit: 50},
	} {
		b := setup(t)
		var got mirror.ListOptions
		b.records.list = func(connection string, kind mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error) {
			if connection != "c1" || kind != mirror.Interview {
				t.Errorf("read %s of %s", kind, connection)
			}
			got = o
			return nil, "", nil
		}
		out := b.do(t, "GET", acme+"interviews"+query, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
		if strings.TrimSpace(out.Body) != `{"data":[]}` {
			t.Errorf("%q answers %s", query, out.Body)
		}
	}
}

func TestCursorsBelongToTheirListAndConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	next := func(path string) string {
		var p page
		if err := json.Unmarshal([]byte(b.do(t, "GET", acme+path, "").Body), &p); err != nil || p.Next == "" {
			t.Fatalf("%s: next %q, %v", path, p.Next, err)
		}
		return p.Next
	}
	jobs, feed := next("jobs"), next("changes")
	if out := b.do(t, "GET", acme+"decisions?cursor="+next("decisions"), ""); out.StatusCode != 200 || strings.Contains(out.Body, `"next"`) {
		t.Errorf("the last page of decisions: %d %s", out.StatusCode, out.Body)
	}
	var opened []string
	b.records.list = func(_ string, _ mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error) {
		opened = append(opened, o.Cursor)
		return nil, "", nil
	}
	b.records.changes = func(_, since string, _ int) ([]mirror.Record, string, error) {
		opened = append(opened, since)
		return nil, "18", nil
	}
	b.do(t, "GET", acme+"jobs?limit=7&cursor="+jobs, "")
	b.do(t, "GET", acme+"changes?since="+feed, "")
	if diff := cmp.Diff([]string{"store-cursor", "17"}, opened); diff != "" {
		t.Error(diff)
	}
	for _, target := range []string{"candidates?cursor=" + jobs, "decisions?cursor=" + jobs, "jobs?state=all&cursor=" + jobs, "changes?since=" + jobs, "jobs?cursor=" + feed} {
		wantProblem(t, b.do(t, "GET", acme+target, ""), http.StatusBadRequest, "bad-cursor")
	}
	b.connections.current = func(string) (connection.Connection, bool, error) {
		c := connection.Connection{State: connection.Connected}
		c.PK = "c2"
		return c, true, nil
	}
	for _, target := range []string{"jobs?cursor=" + jobs, "changes?since=" + feed} {
		wantProblem(t, b.do(t, "GET", acme+target, ""), http.StatusGone, "stale-cursor")
	}
}

func TestPagesThatAreTooLongAreCut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var limits []int
	b.records.list = func(_ string, _ mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error) {
		limits = append(limits, o.Limit)
		records := make([]mirror.Record, o.Limit)
		for i := range records {
			records[i] = mirror.Record{ID: "j", Doc: `"` + strings.Repeat("x", 40_000) + `"`}
		}
		return records, "n", nil
	}
	out := b.do(t, "GET", acme+"jobs?limit=200", "")
	if diff := cmp.Diff([]int{200, 100, 50}, limits); diff != "" || len(out.Body) > 3<<20 {
		t.Error(diff, len(out.Body))
	}
}

func TestRecordsHaveETags(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.do(t, "GET", acme+"jobs/j1", "")
	tag := first.Headers["ETag"]
	if tag == "" || first.StatusCode != http.StatusOK {
		t.Fatalf("tag %q, body %s", tag, first.Body)
	}
	for given, want := range map[string]int{
		tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, "": 200,
	} {
		e := request("GET", acme+"jobs/j1", "")
		e.Headers["If-None-Match"] = given
		out := b.send(t, e)
		if out.StatusCode != want || out.Headers["ETag"] != tag || (want == 304) != (out.Body == "") {
			t.Errorf("If-None-Match %s: %d, %q", given, out.StatusCode, out.Body)
		}
	}
	b.records.get = func(string, mirror.Kind, string) (mirror.Record, bool, error) {
		r := someRecord(mirror.Job)
		r.ID, r.Doc = "j1", ""
		return r, true, nil
	}
	if b.do(t, "GET", acme+"jobs/j1", "").Headers["ETag"] == tag {
		t.Error("a record whose data is past its retention time has the same tag")
	}
}

// The real store in memory, a page at a time: what stays is given exactly once, although it changes, and others come and
// go meanwhile.
func TestPagingIsStableUnderChange(t *testing.T) {
	t.Parallel()
	b, now := setup(t), noon
	store := &mirror.Store{DB: memory.New(), Now: func() time.Time { return now }, Retention: time.Hour}
	b.mirror = store
	apply := func(id string, state mirror.State) {
		now = now.Add(time.Second)
		o := mirror.Observation{Kind: mirror.Job, ID: id, Fetched: now, State: state, Doc: fmt.Sprintf(`{"title":"T%d"}`, now.Unix())}
		if state == mirror.Removed {
			o.Doc = ""
		}
		if _, err := store.Apply(t.Context(), "acme", "c1", o); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		apply(fmt.Sprintf("stays-%02d", i), mirror.Active)
		apply(fmt.Sprintf("goes-%02d", i), mirror.Active)
	}
	seen, target := map[string]int{}, "jobs?limit=3"
	for round := 0; target != "" && round < 100; round++ {
		var p page
		if err := json.Unmarshal([]byte(b.do(t, "GET", acme+target, "").Body), &p); err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Data {
			seen[r.ID]++
		}
		apply(fmt.Sprintf("goes-%02d", round%20), mirror.Removed)
		apply(fmt.Sprintf("comes-%02d", round), mirror.Active)
		apply(fmt.Sprintf("stays-%02d", round*7%20), mirror.Active)
		if target = ""; p.Next != "" {
			target = "jobs?limit=3&cursor=" + p.Next
		}
	}
	for i := range 20 {
		if id := fmt.Sprintf("stays-%02d", i); seen[id] != 1 {
			t.Errorf("%s was given %d times", id, seen[id])
		}
	}
}

func TestTheChangeFeedRebuildsTheMirror(t *testing.T) {
	t.Parallel()
	b, now := setup(t), noon
	store := &mirror.Store{DB: memory.New(), Now: func() time.Time { return now }, Retention: time.Hour}
	b.mirror = store
	copied, since := map[string]recordView{}, ""
	for round := range 30 {
		now = now.Add(20 * time.Second)
		state := mirror.Active
		if round%4 == 3 {
			state = mirror.Removed
		}
		o := mirror.Observation{Kind: mirror.Job, ID: fmt.Sprint("j", round%7), Fetched: now, State: state}
		if state == mirror.Active {
			o.Doc = fmt.Sprintf(`{"title":"T%d","state":"published"}`, round)
		}
		if _, err := store.Apply(t.Context(), "acme", "c1", o); err != nil {
			t.Fatal(err)
		}
		var p page
		if err := json.Unmarshal([]byte(b.do(t, "GET", acme+"changes?limit=2&since="+since, "").Body), &p); err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Data {
			if r.Version > copied[r.ID].Version {
				copied[r.ID] = r
			}
		}
		since = p.Next
	}
	for id, mine := range copied {
		r, _, err := store.Get(t.Context(), "c1", mirror.Job, id)
		if err != nil || r.Version != mine.Version || r.State != mine.State {
			t.Errorf("%s: copied version %d %s, stored %d %s, %v", id, mine.Version, mine.State, r.Version, r.State, err)
		}
	}
	if len(copied) != 7 {
		t.Errorf("%d records were copied", len(copied))
	}
}

// A cursor is no secret; one that somebody rewrote to another connection must not read it.
func TestARewrittenCursorReadsNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := &mirror.Store{DB: memory.New(), Now: func() time.Time { return noon }}
	b.mirror = store
	for _, c := range []string{"c0", "c1", "c2"} {
		for i := range 4 {
			o := mirror.Observation{Kind: mirror.Job, ID: fmt.Sprintf("%s-%d", c, i), Fetched: noon, State: mirror.Active, Doc: `{}`}
			if _, err := store.Apply(t.Context(), "t-"+c, c, o); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, other := range []string{"c0", "c2"} {
		_, next, err := store.List(t.Context(), other, mirror.Job, mirror.ListOptions{Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		forged := cursor(next, "c1", fmt.Sprintf("%s %s %t %s", mirror.Job, mirror.Active, false, ""))
		out := b.do(t, "GET", acme+"jobs?cursor="+forged, "")
		if strings.Contains(out.Body, other+"-") || out.StatusCode >= http.StatusInternalServerError {
			t.Errorf("a cursor of %s: %d %s", other, out.StatusCode, out.Body)
		}
	}
}

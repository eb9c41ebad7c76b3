package consumer_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/docs/consumer"
)

// script answers each path with what was put there, one reply a call; the last one stays.
type script map[string][]reply

type reply struct {
	status int
	body   string
}

func (s script) get(_ context.Context, path string) (int, []byte, error) {
	at := path[len("/v1/tenants/acme/"):]
	now := s[at][0]
	if len(s[at]) > 1 {
		s[at] = s[at][1:]
	}
	return now.status, []byte(now.body), nil
}

const connected = `{"connectionId":"c1","state":"connected"}`

func changed(version int64) (e consumer.Event) {
	e.Type = "Job Changed"
	e.Detail.Tenant, e.Detail.ID, e.Detail.Version, e.Detail.Connection = "acme", "j", version, "c1"
	return e
}

// The feed and the single record come from different replicas: an older one that is read later changes nothing.
func TestAnOlderReadIsIgnored(t *testing.T) {
	t.Parallel()
	s := script{
		"connection":               {{200, connected}},
		"changes?limit=200&since=": {{200, `{"data":[{"id":"j","kind":"job","version":1,"state":"active","data":{}}],"next":"n"}`}},
		"changes?limit=200&since=n": {
			{200, `{"data":[{"id":"j","kind":"job","version":1,"state":"active","data":{}}],"next":"n"}`},
		},
		"jobs/j": {{200, `{"id":"j","kind":"job","version":3,"state":"removed"}`}, {200, `{"id":"j","kind":"job","version":2,"state":"active","data":{}}`}},
	}
	c := &consumer.Copy{Tenant: "acme", Get: s.get}
	if err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int64{3, 4} {
		if err := c.Take(t.Context(), changed(version)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]consumer.Record{"jobs/j": {ID: "j", Kind: "job", Version: 3, State: "removed"}}
	if diff := cmp.Diff(want, c.Records); diff != "" {
		t.Error(diff)
	}
}

// A page without news is the end only when its cursor stands still.
func TestAPageOfKnownRecordsIsNotTheEnd(t *testing.T) {
	t.Parallel()
	s := script{
		"connection":                {{200, connected}},
		"changes?limit=200&since=":  {{200, `{"data":[],"next":"a"}`}},
		"changes?limit=200&since=a": {{200, `{"data":[],"next":"b"}`}},
		"changes?limit=200&since=b": {{200, `{"data":[{"id":"j","kind":"job","version":1,"state":"active"}],"next":"b"}`}},
	}
	c := &consumer.Copy{Tenant: "acme", Get: s.get}
	if err := c.CatchUp(t.Context()); err != nil || len(c.Records) != 1 {
		t.Errorf("%v, %v", c.Records, err)
	}
}

func TestATroubledAPIIsAnErrorAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"connection", "changes?limit=200&since=", "jobs/j"} {
		s := script{
			"connection":               {{200, connected}},
			"changes?limit=200&since=": {{200, `{"data":[],"next":""}`}},
			"jobs/j":                   {{200, `{"id":"j","kind":"job","version":3,"state":"active"}`}},
		}
		s[path] = []reply{{503, `{"code":"unavailable"}`}}
		c := &consumer.Copy{Tenant: "acme", Get: s.get}
		err := c.CatchUp(t.Context())
		if err == nil {
			err = c.Take(t.Context(), changed(3))
		}
		if err == nil || len(c.Records) > 0 {
			t.Errorf("%s: %v, %v", path, err, c.Records)
		}
	}
}

package change_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// image encodes a stored value as a stream image of it.
func image[T any, P table.Stored[T]](t *testing.T, v T) table.Item {
	t.Helper()
	c, err := table.Encode[T, P](table.Mirror, &v)
	if err != nil {
		t.Fatal(err)
	}
	return c.Item
}

func record(kind mirror.Kind, state mirror.State, version int64) mirror.Record {
	return mirror.Record{
		Meta: table.Meta{PK: "c1#" + string(kind), SK: "r1", Rev: 3}, FeedPk: "c1", Version: version, Connection: "c1",
		Tenant: "acme", Kind: kind, ID: "r1", State: state, Doc: `{"name":"Canary Person"}`,
	}
}

func link(state connection.State, rev int64) connection.Connection {
	return connection.Connection{
		Meta: table.Meta{PK: "c1", SK: "state", Rev: rev}, Tenant: "acme", State: state,
		By: connection.Person{ID: "u1", Name: "Canary Person"}, Account: "canary-account",
	}
}

func verdict(state decision.State, version, delivered int64) decision.Decision {
	return decision.Decision{
		Meta: table.Meta{PK: "acme", SK: "d1"}, State: state, Version: version, Delivered: delivered, Opportunity: "o1",
		Content: &decision.Submission{Summary: "Canary text", By: decision.Decider{Name: "Canary Person"}},
	}
}

type row struct {
	table         table.Name
	before, after table.Item
	want          *change.Event
}

// stranger is an item beside the connections that cannot be read as one.
type stranger struct {
	table.Meta
	By string `dynamodbav:"by"`
}

// rows is every rule, by name.
func rows(t *testing.T) map[string]row {
	t.Helper()
	r := func(kind mirror.Kind, state mirror.State, version int64) table.Item {
		return image(t, record(kind, state, version))
	}
	c := func(state connection.State, rev int64) table.Item { return image(t, link(state, rev)) }
	d := func(state decision.State, version, delivered int64) table.Item {
		return image(t, verdict(state, version, delivered))
	}
	of := func(kind change.Type, what change.Kind, state mirror.State) *change.Event {
		return &change.Event{Type: kind, Detail: change.Detail{
			Tenant: "acme", ID: "r1", Version: 20, Change: what, State: string(state), Connection: "c1",
		}}
	}
	linked := func(what change.Kind, state string, version int64) *change.Event {
		return &change.Event{Type: change.ConnectionChanged, Detail: change.Detail{
			Tenant: "acme", ID: "c1", Version: version, Change: what, State: state,
		}}
	}
	decided := func(kind change.Type, what change.Kind, version int64) *change.Event {
		return &change.Event{Type: kind, Detail: change.Detail{Tenant: "acme", ID: "d1", Version: version, Change: what}}
	}
	hidden := record(mirror.Candidate, mirror.Inactive, 20)
	hidden.FeedPk = ""
	unseen := record(mirror.Candidate, mirror.Removed, 0)
	unseen.FeedPk = ""
	hook := link(connection.Connected, 4)
	hook.SK = "hook#candidateHired"
	candidate, job := mirror.Candidate, mirror.Job
	return map[string]row{
		"a new candidate":         {table.Mirror, nil, r(candidate, mirror.Active, 20), of(change.CandidateChanged, change.Created, mirror.Active)},
		"an inactive first sight": {table.Mirror, nil, r(candidate, mirror.Inactive, 20), of(change.CandidateChanged, change.Created, mirror.Inactive)},
		"seen after hidden time":  {table.Mirror, image(t, unseen), r(candidate, mirror.Active, 20), of(change.CandidateChanged, change.Created, mirror.Active)},
		"other content":           {table.Mirror, r(job, mirror.Active, 10), r(job, mirror.Active, 20), of(change.JobChanged, change.Updated, mirror.Active)},
		"other reason":            {table.Mirror, r(candidate, mirror.Inactive, 10), r(candidate, mirror.Inactive, 20), of(change.CandidateChanged, change.Updated, mirror.Inactive)},
		"archived":                {table.Mirror, r(candidate, mirror.Active, 10), r(candidate, mirror.Inactive, 20), of(change.CandidateChanged, change.Left, mirror.Inactive)},
		"unarchived":              {table.Mirror, r(candidate, mirror.Inactive, 10), r(candidate, mirror.Active, 20), of(change.CandidateChanged, change.Returned, mirror.Active)},
		"deleted":                 {table.Mirror, r(mirror.Interview, mirror.Active, 10), r(mirror.Interview, mirror.Removed, 20), of(change.InterviewChanged, change.Removed, mirror.Removed)},
		"readable again":          {table.Mirror, r(mirror.User, mirror.Removed, 10), r(mirror.User, mirror.Active, 20), of(change.UserChanged, change.Returned, mirror.Active)},
		"readable, but archived":  {table.Mirror, r(candidate, mirror.Removed, 10), r(candidate, mirror.Inactive, 20), of(change.CandidateChanged, change.Returned, mirror.Inactive)},
		"only confirmed":          {table.Mirror, r(job, mirror.Active, 20), r(job, mirror.Active, 20), nil},
		"never shown":             {table.Mirror, nil, image(t, hidden), nil},
		"purged":                  {table.Mirror, r(job, mirror.Active, 20), nil, nil},

		"a new connection":      {table.Connections, nil, c(connection.Connecting, 1), linked(change.Created, "connecting", 1)},
		"connected":             {table.Connections, c(connection.Connecting, 1), c(connection.Connected, 2), linked(change.Updated, "connected", 2)},
		"other connection data": {table.Connections, c(connection.Connected, 2), c(connection.Connected, 3), nil},
		"another item of it":    {table.Connections, nil, image(t, hook), nil},
		"an item of another form": {table.Connections, nil, image(t, stranger{
			Meta: table.Meta{PK: "operations", SK: "r1"}, By: "no person",
		}), nil},
		"a tenant": {table.Connections, nil, image(t, connection.Tenant{
			Meta: table.Meta{PK: "tenant#acme", SK: "tenant"}, Name: "Canary",
		}), nil},

		"delivered":             {table.Decisions, d(decision.Sending, 1, 0), d(decision.Delivered, 1, 1), decided(change.DecisionDelivered, change.Delivered, 1)},
		"next version at once":  {table.Decisions, d(decision.Delivered, 1, 1), d(decision.Delivered, 2, 2), decided(change.DecisionDelivered, change.Delivered, 2)},
		"a later look at it":    {table.Decisions, d(decision.Delivered, 1, 1), d(decision.Delivered, 1, 1), nil},
		"accepted":              {table.Decisions, nil, d(decision.Accepted, 1, 0), nil},
		"older version arrived": {table.Decisions, d(decision.Sending, 2, 0), d(decision.Accepted, 2, 1), nil},
		"undeliverable":         {table.Decisions, d(decision.Sending, 3, 1), d(decision.Undeliverable, 3, 1), decided(change.DecisionUndeliverable, change.Undeliverable, 3)},
		"dismissed":             {table.Decisions, d(decision.Undeliverable, 3, 1), d(decision.Undeliverable, 3, 1), nil},

		"work": {table.Work, nil, d(decision.Delivered, 1, 1), nil},
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	for name, row := range rows(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := change.From(row.table, row.before, row.after)
			if err != nil {
				t.Fatal(err)
			}
			var want []change.Event
			if row.want != nil {
				want = []change.Event{*row.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEventsFitTheirPublishedSchemas(t *testing.T) {
	t.Parallel()
	schemas, seen := compiled(t), map[change.Type]bool{}
	for name, row := range rows(t) {
		produced, err := change.From(row.table, row.before, row.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range produced {
			raw, err := json.Marshal(event.Detail)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(strings.ToLower(string(raw)), "canary") {
				t.Errorf("%s: personal data in %s", name, raw)
			}
			if err := schemas[event.Type].Validate(value(t, raw)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			seen[event.Type] = true
		}
	}
	for _, kind := range change.Types() {
		if !seen[kind] {
			t.Errorf("no row produces %q", kind)
		}
	}
}

func TestSchemasRefuseWhatIsNotDescribed(t *testing.T) {
	t.Parallel()
	for kind, schema := range compiled(t) {
		for _, raw := range []string{`{}`, `{"tenant":"acme","id":"x","version":0,"change":"updated"}`, `{"tenant":"a","id":"x","version":1,"change":"created","state":"active","connection":"c","name":"N"}`} {
			if err := schema.Validate(value(t, []byte(raw))); err == nil {
				t.Errorf("the schema of %q takes %s", kind, raw)
			}
		}
		for _, example := range schema.Examples {
			if err := schema.Validate(example); err != nil {
				t.Errorf("example of %q: %v", kind, err)
			}
		}
		if len(schema.Examples) == 0 {
			t.Errorf("the schema of %q has no example", kind)
		}
	}
}

func TestFromRefusesABrokenImage(t *testing.T) {
	t.Parallel()
	broken := image(t, record(mirror.Job, mirror.Active, 5))
	broken["feedSk"] = broken["tenant"]
	if _, err := change.From(table.Mirror, nil, broken); err == nil {
		t.Error("a version that is no number passed")
	}
}

// compiled reads the published schemas; there is exactly one for each type.
func compiled(t *testing.T) map[change.Type]*jsonschema.Schema {
	t.Helper()
	published, err := contract.ReadEvents()
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[change.Type]*jsonschema.Schema{}
	for _, kind := range change.Types() {
		if schemas[kind] = published[string(kind)]; schemas[kind] == nil {
			t.Fatalf("no schema of %q", kind)
		}
	}
	if len(published) != len(schemas) {
		t.Fatalf("%d schemas for %d types", len(published), len(schemas))
	}
	return schemas
}

func value(t *testing.T, raw []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/table"
)

type fakeRecords struct {
	get     func(connection string, kind mirror.Kind, id string) (mirror.Record, bool, error)
	list    func(connection string, kind mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error)
	changes func(connection, since string, limit int) ([]mirror.Record, string, error)
}

func (f *fakeRecords) Get(_ context.Context, connection string, kind mirror.Kind, id string) (mirror.Record, bool, error) {
	return f.get(connection, kind, id)
}

func (f *fakeRecords) List(_ context.Context, connection string, kind mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error) {
	return f.list(connection, kind, o)
}

func (f *fakeRecords) Changes(_ context.Context, connection, since string, limit int) ([]mirror.Record, string, error) {
	return f.changes(connection, since, limit)
}

type fakeConnections struct {
	welcome    func(tenant, name string) error
	tenant     func(tenant string) (connection.Tenant, bool, error)
	current    func(tenant string) (connection.Connection, bool, error)
	confirm    func(tenant, attempt string, by connection.Person) (connection.Connection, error)
	disconnect func(tenant string, by connection.Person) error
	resync     func(tenant string) error
	resyncOne  func(tenant, candidate string) error
	save       func(tenant string, s connection.Settings) error
}

func (f *fakeConnections) Welcome(_ context.Context, tenant, name string) error {
	return f.welcome(tenant, name)
}

func (f *fakeConnections) Tenant(_ context.Context, tenant string) (connection.Tenant, bool, error) {
	return f.tenant(tenant)
}

func (f *fakeConnections) Current(_ context.Context, tenant string) (connection.Connection, bool, error) {
	return f.current(tenant)
}

func (f *fakeConnections) Confirm(_ context.Context, tenant, attempt string, by connection.Person) (connection.Connection, error) {
	return f.confirm(tenant, attempt, by)
}

func (f *fakeConnections) Disconnect(_ context.Context, tenant string, by connection.Person) error {
	return f.disconnect(tenant, by)
}

func (f *fakeConnections) Resync(_ context.Context, tenant string) error { return f.resync(tenant) }

func (f *fakeConnections) ResyncOne(_ context.Context, tenant, candidate string) error {
	return f.resyncOne(tenant, candidate)
}

func (f *fakeConnections) SaveSettings(_ context.Context, tenant string, s connection.Settings) error {
	return f.save(tenant, s)
}

type fakePortal func(portal.Entry) (string, time.Time, error)

func (f fakePortal) Create(_ context.Context, e portal.Entry) (string, time.Time, error) { return f(e) }

type fakeDecisions struct {
	accept func(tenant, id string, s decision.Submission) (decision.Decision, error)
	one    func(tenant, id string) (decision.Decision, error)
	recent func(tenant string, n int) ([]decision.Decision, error)
}

func (f *fakeDecisions) Accept(_ context.Context, tenant, id string, s decision.Submission) (decision.Decision, error) {
	return f.accept(tenant, id, s)
}

func (f *fakeDecisions) Get(_ context.Context, tenant, id string) (decision.Decision, error) {
	return f.one(tenant, id)
}

func (f *fakeDecisions) List(_ context.Context, tenant string, n int, after string) ([]decision.Decision, string, error) {
	list, err := f.recent(tenant, n)
	if after == "" {
		return list, "here", err
	}
	return list[:1], "", err
}

func (f *fakeDecisions) Retry(_ context.Context, tenant, id string) (decision.Decision, error) {
	return f.one(tenant, id)
}

func (f *fakeDecisions) Dismiss(_ context.Context, tenant, id string) (decision.Decision, error) {
	return f.one(tenant, id)
}

type fakeReporter func(tenant string) (health.Report, error)

func (f fakeReporter) Report(_ context.Context, tenant string) (health.Report, error) {
	return f(tenant)
}

var noon = time.Date(2026, 11, 4, 12, 0, 0, 0, time.UTC)

type bundle struct {
	*handler
	records     *fakeRecords
	connections *fakeConnections
	decisions   *fakeDecisions
	log         *bytes.Buffer
}

// setup has the tenant acme with the connected connection c1, one record of each kind, and decisions that exist.
func setup(t *testing.T) *bundle {
	t.Helper()
	log := &bytes.Buffer{}
	b := &bundle{records: someRecords(), connections: someConnections(), decisions: someDecisions(), log: log}
	b.handler = &handler{
		mirror: b.records, connections: b.connections, decisions: b.decisions,
		portal: fakePortal(func(portal.Entry) (string, time.Time, error) {
			return "https://lever.example.com/portal/enter?entry=e", noon.Add(time.Minute), nil
		}),
		health: fakeReporter(func(string) (health.Report, error) { return someReport(), nil }),
		runs:   fakeRuns{},
		desk:   fakeDesk{},
		logger: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		now:    func() time.Time { return noon },
	}
	t.Cleanup(func() {
		if strings.Contains(strings.ToLower(log.String()), "canary") {
			t.Errorf("personal data in the log: %s", log)
		}
	})
	return b
}

func someRecord(kind mirror.Kind) mirror.Record {
	docs := map[mirror.Kind]any{
		mirror.Job:       mirror.JobDoc{Title: "Canary <b>", State: "published", Requisitions: []string{"r"}, CreatedAt: 1},
		mirror.Candidate: mirror.CandidateDoc{Name: "Canary Person", Emails: []string{"canary@example.com"}, Stage: "applicant-new"},
		mirror.User:      mirror.UserDoc{Name: "Canary User", Email: "canary@example.com"},
		mirror.Interview: mirror.InterviewDoc{Candidate: "o1", Interviewers: []mirror.Interviewer{{User: "u1", Name: "Canary"}}},
	}
	doc, _ := json.Marshal(docs[kind])
	r := mirror.Record{
		Kind: kind, ID: string(kind) + "-1", Version: 1793779200123456, State: mirror.Active, ChangedAt: 1793779200123,
		Connection: "c1", Tenant: "acme", FeedPk: "c1", Confidential: true, Doc: string(doc),
	}
	if kind == mirror.Interview {
		r.Parent = "o1"
	}
	return r
}

func someRecords() *fakeRecords {
	return &fakeRecords{
		get: func(connection string, kind mirror.Kind, id string) (mirror.Record, bool, error) {
			r := someRecord(kind)
			r.ID = id
			return r, connection == "c1" && id != "unknown", nil
		},
		list: func(_ string, kind mirror.Kind, _ mirror.ListOptions) ([]mirror.Record, string, error) {
			return []mirror.Record{someRecord(kind)}, "store-cursor", nil
		},
		changes: func(string, string, int) ([]mirror.Record, string, error) {
			gone := someRecord(mirror.Candidate)
			gone.State, gone.Reason, gone.Doc = mirror.Removed, "deleted", ""
			all := []mirror.Record{gone}
			for _, kind := range mirror.Kinds() {
				all = append(all, someRecord(kind))
			}
			return all, "17", nil
		},
	}
}

func someConnections() *fakeConnections {
	c := connection.Connection{
		Meta: table.Meta{PK: "c1", SK: "state", Rev: 4}, Tenant: "acme", State: connection.Connected,
		By: connection.Person{ID: "u-17", Name: "Canary Admin"}, CreatedAt: 1,
	}
	return &fakeConnections{
		welcome: func(string, string) error { return nil },
		tenant: func(tenant string) (connection.Tenant, bool, error) {
			return connection.Tenant{Name: "Acme", Current: "c1"}, tenant == "acme", nil
		},
		current:    func(string) (connection.Connection, bool, error) { return c, true, nil },
		confirm:    func(string, string, connection.Person) (connection.Connection, error) { return c, nil },
		disconnect: func(string, connection.Person) error { return nil },
		resync:     func(string) error { return nil },
		resyncOne:  func(string, string) error { return nil },
		save:       func(string, connection.Settings) error { return nil },
	}
}

func someDecision() decision.Decision {
	return decision.Decision{
		Meta: table.Meta{PK: "acme", SK: "d1"}, Opportunity: "o1", Version: 2, State: decision.Undeliverable,
		Cause: decision.OpportunityGone, AcceptedAt: 1, RecentAt: 2, Delivered: 1, DeliveredAt: 1, NoteID: "n1", Dismissed: true,
		Content: &decision.Submission{Summary: "Canary text"},
	}
}

func someDecisions() *fakeDecisions {
	d := someDecision()
	return &fakeDecisions{
		accept: func(_, _ string, s decision.Submission) (decision.Decision, error) { return d, s.Validate() },
		one: func(_, id string) (decision.Decision, error) {
			if id == "unknown" {
				return decision.Decision{}, fault.New(fault.NotFound, "decision-not-found", "There is no decision with this id.")
			}
			return d, nil
		},
		recent: func(string, int) ([]decision.Decision, error) { return []decision.Decision{d}, nil },
	}
}

// someReport has every field set, so that a field that nobody described is noticed.
func someReport() health.Report {
	return health.Report{
		At: 1, Organisation: "Acme", State: connection.Connected, Attention: 1, ConnectedBy: "Canary Admin", ConnectedAt: 1,
		EndedAt: 1, Authoriser: "Canary User", Account: "example.com", Scopes: []string{"a"}, Missing: []string{"b"},
		Confidential: true, RenewBy: 1, Records: []health.Records{{Kind: mirror.Job, Count: 1, CheckedAt: 1, ChangedAt: 1}},
		Resync: &health.Resync{StartedAt: 1, Done: 1, Expected: 1, RemainingSeconds: 1, Kinds: []connection.KindCount{{Kind: "job"}}},
		Check:  &health.Check{At: 1, Drift: []connection.KindDrift{{Kind: "job"}}}, DeltaAt: 1, LagSeconds: 1,
		Hooks: []health.Hook{{Event: "e", Name: "n", Status: health.Ready, LastSeen: 1, Missed: 1, MissedAt: 1}}, SetUp: true,
		Decisions: health.Decisions{
			Tally:  decision.Tally{Waiting: 1, OldestAt: 1},
			Recent: []health.Decision{{ID: "d1", Outcome: decision.Hire, State: decision.Delivered, Cause: "c", Dismissed: true, At: 1, Link: "l"}},
		},
		Settings: connection.Settings{SecretNotes: true, Outcomes: []string{"hire"}},
		Findings: []health.Finding{{
			Code: "webhooks-off", Level: health.Attention, Since: 1, Args: []string{"a"}, Action: health.SwitchOn,
			Events: []health.Missed{{Event: "e", Name: "n", Count: 1, Since: 1}},
		}},
		Activity: []health.Activity{{At: 1, Code: "c", Args: []string{"a"}}}, Reference: "r", ConnectionID: "c1",
	}
}

// request builds an event as API Gateway sends it; target may have a query.
func request(method, target, body string) events.APIGatewayV2HTTPRequest {
	path, query, _ := strings.Cut(target, "?")
	e := events.APIGatewayV2HTTPRequest{RawPath: path, RawQueryString: query, Body: body, Headers: map[string]string{}}
	e.RequestContext.HTTP.Method, e.RequestContext.RequestID = method, "req-1"
	if body != "" {
		e.Headers["content-type"] = "application/json"
	}
	return e
}

func (b *bundle) send(t *testing.T, e events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	t.Helper()
	out, err := b.handle(t.Context(), e)
	if err != nil {
		t.Fatalf("the handler returned an error: %v", err)
	}
	if out.Headers["Cache-Control"] != "no-store" {
		t.Errorf("%s %s: no Cache-Control: no-store", e.RequestContext.HTTP.Method, e.RawPath)
	}
	return out
}

func (b *bundle) do(t *testing.T, method, target, body string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	return b.send(t, request(method, target, body))
}

// problem checks that a reply is a problem document with this status and code, and returns it.
func wantProblem(t *testing.T, out events.APIGatewayV2HTTPResponse, status int, code string) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(out.Body), &p); err != nil {
		t.Fatalf("no problem document: %q", out.Body)
	}
	if out.Headers["Content-Type"] != "application/problem+json" || p.Title != http.StatusText(status) {
		t.Errorf("content type %q, title %q", out.Headers["Content-Type"], p.Title)
	}
	if out.StatusCode != status || p.Status != status || p.Code != code || p.Detail == "" || p.Reference != "req-1" {
		t.Errorf("got %d %+v, want %d %s", out.StatusCode, p, status, code)
	}
	return p
}

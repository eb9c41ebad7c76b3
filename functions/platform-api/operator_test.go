package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/operation"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// fakeRuns knows one run and starts whatever it is asked for.
type fakeRuns struct{}

func (fakeRuns) Start(_ context.Context, kind operation.Kind, tenant, by string) (operation.Run, error) {
	return operation.Run{Meta: table.Meta{SK: "r1"}, Kind: kind, Tenant: tenant, By: by, StartedAt: 1}, nil
}

func (fakeRuns) Find(_ context.Context, id string) (operation.Progress, error) {
	if id == "unknown" {
		return operation.Progress{}, fault.New(fault.NotFound, "not-found", "There is no such operation.")
	}
	return operation.Progress{
		Run: operation.Run{Meta: table.Meta{SK: id}, Kind: operation.End, StartedAt: 1}, Done: 1, Total: 2,
		Waiting: []work.Item{{
			Meta: table.Meta{PK: "operation#" + id, SK: "end#c1"}, Due: 1, AskedAt: 1, HeldUntil: 1, Attempts: 1, Cause: "x", SetAside: true,
		}},
	}, nil
}

func (f fakeRuns) Recent(ctx context.Context, _ int) ([]operation.Run, error) {
	p, err := f.Find(ctx, "r1")
	return []operation.Run{p.Run}, err
}

// fakeDesk has every field set, so that one that nobody described is noticed.
type fakeDesk struct{}

var someTask = operation.Task{
	Connection: "c1", Kind: work.Hint, Target: "opportunity/o1", DueAt: 1, AskedAt: 1, HeldUntil: 1, Attempts: 1, Cause: "x", SetAside: true,
}

func (fakeDesk) Status(_ context.Context, tenant string) (operation.Status, error) {
	r := someReport()
	return operation.Status{
		Tenant: tenant, Connection: "c1", State: connection.Connected, Connected: 1, Ended: 1, RenewBy: 1, DeltaAt: 1, Broken: 1,
		Records: r.Records, Resync: r.Resync, Check: r.Check, Hooks: r.Hooks, Decisions: r.Decisions.Tally,
		Findings: []operation.Finding{{Code: "webhooks-off", Level: health.Attention, Since: 1}}, Work: []operation.Task{someTask},
	}, nil
}

func (fakeDesk) Why(_ context.Context, _, candidate string) (operation.Why, error) {
	sight := operation.Sight{
		ID: candidate, State: mirror.Inactive, Reason: "archived", Version: 1, FetchedAt: 1, ChangedAt: 1, LeftAt: 1, EraseAt: 1, Confidential: true,
	}
	return operation.Why{
		Candidate: candidate, Connection: "c1", State: connection.Connected, Record: &sight, Interviews: []operation.Sight{sight},
		Work: []operation.Task{someTask}, Decisions: []decision.View{someDecision().View()}, DeltaAt: 1, SweptAt: 1,
	}, nil
}

func (fakeDesk) Roster(_ context.Context, start string, _ int) ([]operation.Row, string, error) {
	next := "further"
	if start == next {
		next = ""
	}
	return []operation.Row{{
		Connection: "c1", Tenant: "acme", State: connection.Revoked, Connected: 1, DeltaAt: 1, Broken: 1, SetAside: []operation.Task{someTask},
	}}, next, nil
}

func (fakeDesk) Overdue(context.Context, int) ([]operation.Late, error) {
	return []operation.Late{{Tenant: "acme", Task: someTask}}, nil
}

func (fakeDesk) Undelivered(context.Context, string, int) ([]decision.Decision, error) {
	recent, err := someDecisions().recent("acme", 1)
	return recent, err
}

func TestRunOverEverybodyMustBeMeant(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{
		`{"kind":"end"}`:                             "bad-operation",
		`{"kind":"end","all":false}`:                 "bad-operation",
		`{"kind":"end","all":true,"tenant":"acme"}`:  "bad-operation",
		`{"kind":"end","all":true,"tenant":""}`:      "bad-operation",
		`{"kind":"end","tenant":""}`:                 "bad-id",
		`{"kind":"end","tenant":"a/b"}`:              "bad-id",
		`{"kind":"end","all":true,"everything":"1"}`: "bad-body",
	} {
		wantProblem(t, setup(t).do(t, http.MethodPost, "/v1/operations/runs", body), http.StatusBadRequest, code)
	}
}

func TestRunRemembersWhoAsked(t *testing.T) {
	t.Parallel()
	e := request(http.MethodPost, "/v1/operations/runs", `{"kind":"reseal","all":true}`)
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{UserARN: "arn:aws:sts::1:assumed-role/operators/x"},
	}
	out := setup(t).send(t, e)
	if out.StatusCode != http.StatusAccepted || !strings.Contains(out.Body, `"startedBy":"arn:aws:sts::1:assumed-role/operators/x"`) {
		t.Errorf("%d %s", out.StatusCode, out.Body)
	}
}

func TestRosterIsPaged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	out := b.do(t, http.MethodGet, "/v1/operations/connections", "")
	_, after, ok := strings.Cut(out.Body, `"next":"`)
	if !ok {
		t.Fatalf("no next in %s", out.Body)
	}
	next, _, _ := strings.Cut(after, `"`)
	if out = b.do(t, http.MethodGet, "/v1/operations/connections?cursor="+next, ""); out.StatusCode != http.StatusOK || strings.Contains(out.Body, "next") {
		t.Errorf("%d %s", out.StatusCode, out.Body)
	}
	wantProblem(t, b.do(t, http.MethodGet, "/v1/operations/connections?cursor=x", ""), http.StatusBadRequest, "bad-cursor")
	wantProblem(t, b.do(t, http.MethodGet, "/v1/operations/runs/unknown", ""), http.StatusNotFound, "not-found")
}

// Neither of the two surfaces is reachable by a path of the other.
func TestOperatorsAndTenantsHavePathsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, r := range setup(t).routes() {
		if strings.HasPrefix(r.pattern, operatorPrefix) == strings.HasPrefix(r.pattern, prefix) {
			t.Errorf("%s %s is of neither or both", r.method, r.pattern)
		}
	}
	for _, path := range []string{"/v1/tenants/operations/runs", "/v1/tenants/acme/../../operations/runs", "/v1/operations", "/v1/operations/"} {
		if out := setup(t).do(t, http.MethodGet, path, ""); out.StatusCode < 400 {
			t.Errorf("%s: %d", path, out.StatusCode)
		}
	}
}

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/portal"
)

const acme = "/v1/tenants/acme/"

func TestBadRequestsGetAStableCode(t *testing.T) {
	t.Parallel()
	deep := `{"actingUser":` + strings.Repeat(`{"x":`, 40) + "1" + strings.Repeat("}", 41)
	long := `{"attempt":"` + strings.Repeat("x", longestBody) + `"}`
	person := `"actingUser":{"id":"u","name":"Canary"}`
	for name, row := range map[string]struct {
		method, target, body string
		status               int
		code                 string
	}{
		"unknown tenant":             {"GET", "/v1/tenants/nobody/jobs", "", 404, "unknown-tenant"},
		"unknown tenant, decision":   {"PUT", "/v1/tenants/nobody/decisions/d", "{}", 404, "unknown-tenant"},
		"unknown path":               {"GET", acme + "offers", "", 404, "unknown-path"},
		"no tenant":                  {"GET", "/v1/tenants//jobs", "", 400, "bad-id"},
		"slash at the end":           {"GET", acme + "jobs/", "", 400, "bad-id"},
		"other version":              {"GET", "/v2/tenants/acme/jobs", "", 404, "unknown-path"},
		"another tenant by dots":     {"GET", "/v1/tenants/acme/../other/jobs", "", 404, "unknown-path"},
		"dots as an id":              {"GET", acme + "jobs/..", "", 400, "bad-id"},
		"escape in an id":            {"GET", acme + "jobs/a%2e", "", 400, "bad-id"},
		"key separator in an id":     {"GET", "/v1/tenants/a#b/jobs", "", 400, "bad-id"},
		"line break in an id":        {"GET", acme + "jobs/a\nb", "", 400, "bad-id"},
		"long id":                    {"GET", acme + "jobs/" + strings.Repeat("a", 129), "", 400, "bad-id"},
		"unknown record":             {"GET", acme + "jobs/unknown", "", 404, "not-found"},
		"unknown decision":           {"GET", acme + "decisions/unknown", "", 404, "decision-not-found"},
		"limit 0":                    {"GET", acme + "jobs?limit=0", "", 400, "bad-limit"},
		"limit 201":                  {"GET", acme + "jobs?limit=201", "", 400, "bad-limit"},
		"limit in words":             {"GET", acme + "changes?limit=ten", "", 400, "bad-limit"},
		"foreign cursor":             {"GET", acme + "decisions?cursor=0011223344556677.0011223344556677.x", "", 400, "bad-cursor"},
		"limit with a sign":          {"GET", acme + "decisions?limit=%2B5", "", 400, "bad-limit"},
		"unknown state":              {"GET", acme + "candidates?state=removed", "", 400, "bad-state"},
		"unknown parameter":          {"GET", acme + "candidates?canary=x", "", 400, "bad-query"},
		"parameter twice":            {"GET", acme + "candidates?limit=1&limit=2", "", 400, "bad-query"},
		"broken escape":              {"GET", acme + "candidates?state=%zz", "", 400, "bad-query"},
		"candidate that is no id":    {"GET", acme + "interviews?candidate=a%23b", "", 400, "bad-id"},
		"cursor of nobody":           {"GET", acme + "jobs?cursor=canary", "", 400, "bad-cursor"},
		"long cursor":                {"GET", acme + "jobs?cursor=" + strings.Repeat("a", 5000), "", 400, "bad-cursor"},
		"since of nobody":            {"GET", acme + "changes?since=1", "", 400, "bad-cursor"},
		"no body":                    {"PUT", acme + "settings", "", 415, "bad-content-type"},
		"not JSON":                   {"POST", acme + "resyncs", "Canary", 400, "bad-body"},
		"unknown field":              {"POST", acme + "resyncs", `{"canary":1}`, 400, "bad-body"},
		"field twice":                {"POST", acme + "resyncs", `{"candidate":"a","candidate":"b"}`, 400, "bad-body"},
		"field in another case":      {"POST", acme + "resyncs", `{"Candidate":"a"}`, 400, "bad-body"},
		"null":                       {"POST", acme + "resyncs", `{"candidate":null}`, 400, "bad-body"},
		"trailing data":              {"POST", acme + "resyncs", `{} {}`, 400, "bad-body"},
		"deep body":                  {"POST", acme + "connection/disconnections", deep, 400, "bad-body"},
		"long body":                  {"POST", acme + "connection/confirmations", long, 413, "too-large"},
		"resync of a non-id":         {"POST", acme + "resyncs", `{"candidate":"a/b"}`, 400, "bad-id"},
		"confirm without attempt":    {"POST", acme + "connection/confirmations", "{" + person + "}", 400, "bad-attempt"},
		"confirm without person":     {"POST", acme + "connection/confirmations", `{"attempt":"a"}`, 400, "bad-acting-user"},
		"disconnect without person":  {"POST", acme + "connection/disconnections", `{}`, 400, "bad-acting-user"},
		"half of the settings":       {"PUT", acme + "settings", `{"secretNotes":true}`, 400, "bad-settings"},
		"unknown outcome":            {"PUT", acme + "settings", `{"secretNotes":true,"notifyFollowers":true,"outcomes":["canary"]}`, 400, "bad-settings"},
		"outcome twice":              {"PUT", acme + "settings", `{"secretNotes":true,"notifyFollowers":true,"outcomes":["hire","hire"]}`, 400, "bad-settings"},
		"empty decision":             {"PUT", acme + "decisions/d1", `{}`, 400, "invalid-decision"},
		"decision with a wrong type": {"PUT", acme + "decisions/d1", `{"version":"1"}`, 400, "bad-body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblem(t, setup(t).do(t, row.method, row.target, row.body), row.status, row.code)
		})
	}
}

func TestRecordsAreReadOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"jobs", "jobs/1", "candidates", "candidates/1", "users/1", "interviews", "interviews/1", "changes"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "HEAD", "get", "X-GET"} {
			out := b.do(t, method, acme+path, "{}")
			wantProblem(t, out, http.StatusMethodNotAllowed, "method-not-allowed")
			if out.Headers["Allow"] != "GET" {
				t.Errorf("%s %s: Allow is %q", method, path, out.Headers["Allow"])
			}
		}
	}
	if out := b.do(t, "DELETE", acme+"decisions/d1", ""); out.Headers["Allow"] != "GET, PUT" {
		t.Errorf("decisions allow %q", out.Headers["Allow"])
	}
	override := request("POST", acme+"jobs/1", "{}")
	override.Headers["X-HTTP-Method-Override"] = "GET"
	wantProblem(t, b.send(t, override), http.StatusMethodNotAllowed, "method-not-allowed")
}

func TestContentTypesAndEncodings(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]int{
		"application/json": 202, "application/json; charset=UTF-8": 202, "Application/JSON": 202, "text/plain": 415, "": 415,
		"application/x-www-form-urlencoded": 415, "application/json; charset=latin1": 415, "application/problem+json": 415,
	} {
		e := request("POST", acme+"resyncs", "{}")
		e.Headers["content-type"] = contentType
		if out := setup(t).send(t, e); out.StatusCode != want {
			t.Errorf("%q: %d, want %d", contentType, out.StatusCode, want)
		}
	}
	e := request("POST", acme+"resyncs", base64.StdEncoding.EncodeToString([]byte(`{"candidate":"o1"}`)))
	e.IsBase64Encoded = true
	if out := setup(t).send(t, e); out.StatusCode != 202 || !strings.Contains(out.Body, "o1") {
		t.Errorf("base 64: %d %s", out.StatusCode, out.Body)
	}
	e.Body = "***"
	wantProblem(t, setup(t).send(t, e), http.StatusBadRequest, "bad-body")
}

func TestDeedsReachTheirRooms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var deeds []string
	b.connections.confirm = func(tenant, attempt string, by connection.Person) (connection.Connection, error) {
		deeds = append(deeds, "confirm "+tenant+" "+attempt+" "+by.ID+" "+by.Name)
		return connection.Connection{State: connection.Connected}, nil
	}
	b.connections.disconnect = func(tenant string, by connection.Person) error {
		deeds = append(deeds, "disconnect "+tenant+" "+by.ID)
		return nil
	}
	b.connections.resync = func(tenant string) error { deeds = append(deeds, "resync "+tenant); return nil }
	b.connections.resyncOne = func(tenant, id string) error { deeds = append(deeds, "resync "+tenant+" "+id); return nil }
	b.connections.welcome = func(tenant, name string) error { deeds = append(deeds, "welcome "+tenant+" "+name); return nil }
	b.connections.save = func(tenant string, s connection.Settings) error {
		deeds = append(deeds, "save "+tenant+" "+strings.Join(s.Outcomes, ","))
		return nil
	}
	b.portal = fakePortal(func(e portal.Entry) (string, time.Time, error) {
		deeds = append(deeds, strings.Join([]string{"enter", e.Tenant, e.TenantName, e.UserID, e.UserName, string(e.Role), e.ReturnURL, e.TimeZone}, " "))
		return "https://lever.example.com/portal/enter?entry=e", noon, nil
	})
	b.decisions.accept = func(tenant, id string, s decision.Submission) (decision.Decision, error) {
		deeds = append(deeds, "decide "+tenant+" "+id+" "+s.Opportunity+" "+string(s.Outcome))
		return decision.Decision{State: decision.Held}, nil
	}
	person := `"actingUser":{"id":"u1","name":"N"}`
	b.do(t, "POST", "/v1/tenants/new/portal-sessions", `{`+person+`,"role":"admin","tenantName":"New","returnUrl":"https://r","timeZone":"UTC"}`)
	b.do(t, "POST", acme+"connection/confirmations", `{"attempt":"a1",`+person+`}`)
	b.do(t, "POST", acme+"connection/disconnections", `{`+person+`}`)
	b.do(t, "POST", acme+"resyncs", `{}`)
	b.do(t, "POST", acme+"resyncs", `{"candidate":"o1"}`)
	b.do(t, "PUT", acme+"settings", `{"secretNotes":true,"notifyFollowers":false,"outcomes":["hire","hold"]}`)
	out := b.do(t, "PUT", acme+"decisions/d1", `{"opportunity":"o1","outcome":"hire","version":1}`)
	if out.StatusCode != http.StatusAccepted || !strings.Contains(out.Body, `"state":"held"`) {
		t.Errorf("a decision answers %d %s", out.StatusCode, out.Body)
	}
	want := []string{
		"enter new New u1 N admin https://r UTC", "welcome new New", "confirm acme a1 u1 N", "disconnect acme u1", "resync acme",
		"resync acme o1", "save acme hire,hold", "decide acme d1 o1 hire",
	}
	if diff := cmp.Diff(want, deeds); diff != "" {
		t.Error(diff)
	}
}

func TestARefusedPortalSessionMakesNoTenantKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.portal = fakePortal(func(portal.Entry) (string, time.Time, error) {
		return "", time.Time{}, fault.New(fault.Invalid, "bad-portal-session", "role must be one.")
	})
	b.connections.welcome = func(string, string) error { t.Error("the tenant was made known"); return nil }
	wantProblem(t, b.do(t, "POST", "/v1/tenants/new/portal-sessions", `{}`), http.StatusBadRequest, "bad-portal-session")
}

func TestDecisionsTakeTheirLongestSummary(t *testing.T) {
	t.Parallel()
	escaped := strings.Repeat(`\ud83d\ude00`, decision.MaxSummary)
	body := `{"opportunity":"o1","outcome":"hire","by":{"name":"N"},"decidedAt":1,"version":1,"summary":"` + escaped + `"}`
	if out := setup(t).do(t, "PUT", acme+"decisions/d1", body); out.StatusCode != http.StatusAccepted {
		t.Errorf("%d %s", out.StatusCode, out.Body)
	}
}

func TestFailuresSayNothingOfTheirCause(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		err    error
		status int
		code   string
		retry  string
	}{
		"unknown":            {errors.New("dial tcp 10.0.0.1: private"), 500, "internal", ""},
		"internal by kind":   {fault.New(fault.Internal, "private", "private"), 500, "internal", ""},
		"store away":         {fault.Wrap(errors.New("private"), fault.Unavailable, "store-unavailable", "Try again in a moment."), 503, "store-unavailable", "1"},
		"time is up":         {context.DeadlineExceeded, 503, "unavailable", "1"},
		"too fast":           {fault.New(fault.RateLimited, "slow-down", "Wait.").At(noon.Add(7 * time.Second)), 429, "slow-down", "7"},
		"Lever refused us":   {fault.New(fault.Unauthorized, "lever-exchange", "Lever refused."), 502, "lever-exchange", ""},
		"outcome not known":  {fault.New(fault.Unclear, "unclear", "Look first."), 502, "unclear", ""},
		"present state":      {fault.New(fault.Conflict, "account-taken", "Taken."), 409, "account-taken", ""},
		"person not allowed": {fault.New(fault.Forbidden, "connect-other-user", "Somebody else."), 403, "connect-other-user", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.connections.resync = func(string) error { return row.err }
			out := b.do(t, "POST", acme+"resyncs", "{}")
			wantProblem(t, out, row.status, row.code)
			if strings.Contains(out.Body, "private") || out.Headers["Retry-After"] != row.retry {
				t.Errorf("body %s, Retry-After %q", out.Body, out.Headers["Retry-After"])
			}
		})
	}
}

func TestAPanicEndsOneCallOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.connections.resync = func(string) error { panic("Canary") }
	wantProblem(t, b.do(t, "POST", acme+"resyncs", "{}"), http.StatusInternalServerError, "internal")
	if !strings.Contains(b.log.String(), "panic in route: value of type string") {
		t.Errorf("log: %s", b.log)
	}
}

func TestTheLogNamesTheRouteAndNotThePath(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.do(t, "GET", acme+"jobs/canary-id?", "")
	b.do(t, "GET", "/v1/tenants/Canary Person/jobs", "")
	b.do(t, "GET", acme+"jobs?canary=canary", "")
	b.do(t, "PUT", acme+"settings", `{"canary":"canary"}`)
	line, _, _ := strings.Cut(b.log.String(), "\n")
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{
		"level": "INFO", "msg": "platform call answered", "tenant": "acme", "route": "GET /v1/tenants/{tenant}/jobs/{id}",
		"status": 200., "code": "", "apiRequestId": "req-1", "durationMillis": 0.,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

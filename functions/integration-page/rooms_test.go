package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

// rooms fakes everything behind the handler and writes down the deeds.
type rooms struct {
	role   portal.Role
	facts  string
	deeds  []string
	failAs error

	freshened string // the connection whose changes were asked for
}

var errEnded = fault.New(fault.Unauthorized, "session-ended", "ended")

func (r *rooms) Enter(_ context.Context, entry string) (string, portal.Session, error) {
	if entry != "once" {
		return "", portal.Session{}, errEnded
	}
	return "fresh-cookie", pagetest.Session(r.role), nil
}

func (r *rooms) Load(_ context.Context, cookie string) (portal.Session, error) {
	if cookie != "good-cookie" {
		return portal.Session{}, errEnded
	}
	return pagetest.Session(r.role), nil
}

func (r *rooms) did(deed ...string) error {
	if r.failAs != nil {
		return r.failAs
	}
	r.deeds = append(r.deeds, strings.Join(deed, " "))
	return nil
}

func (r *rooms) Begin(_ context.Context, s portal.Session, confidential bool) (string, error) {
	deed := "connect " + s.Tenant
	if confidential {
		deed += " confidential"
	}
	return "https://auth.lever.example/authorize?state=abc&scope=a%20b", r.did(deed)
}

func (r *rooms) Resync(_ context.Context, tenant string) error { return r.did("resync", tenant) }

func (r *rooms) ResyncOne(_ context.Context, tenant, candidate string) error {
	return r.did("candidate", tenant, candidate)
}

func (r *rooms) Check(_ context.Context, tenant string) error { return r.did("check", tenant) }

func (r *rooms) Freshen(_ context.Context, report health.Report) error {
	r.freshened = report.ConnectionID
	return nil
}

func (r *rooms) Disconnect(_ context.Context, tenant string, by connection.Person) error {
	return r.did("disconnect", tenant, by.ID)
}

func (r *rooms) SaveSettings(_ context.Context, tenant string, s connection.Settings) error {
	deed := []string{"settings", tenant}
	if s.SecretNotes {
		deed = append(deed, "secret")
	}
	if s.NotifyFollowers {
		deed = append(deed, "notify")
	}
	return r.did(append(deed, s.Outcomes...)...)
}

func (r *rooms) Current(context.Context, string) (connection.Connection, bool, error) {
	c := pagetest.Facts(r.facts).Connection
	return c, c.State != "", nil
}

func (r *rooms) Awaiting(_ context.Context, _, event string) error { return r.did("awaiting", event) }

func (r *rooms) Removed(_ context.Context, tenant string) error { return r.did("removed", tenant) }

func (r *rooms) Retry(_ context.Context, tenant, id string) (decision.Decision, error) {
	return decision.Decision{}, r.did("retry", tenant, id)
}

func (r *rooms) Dismiss(_ context.Context, tenant, id string) (decision.Decision, error) {
	return decision.Decision{}, r.did("dismiss", tenant, id)
}

func (r *rooms) Report(context.Context, string) (health.Report, error) {
	return pagetest.Facts(r.facts).Report(), r.failAs
}

func setup(t *testing.T) (*handler, *rooms) {
	t.Helper()
	pages, err := page.New("support@evidenced.app", home, pagetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := &rooms{role: portal.Admin, facts: pagetest.Good}
	return &handler{sessions: r, connections: r, decisions: r, reports: r, checks: r, pages: pages, origin: home}, r
}

func browse(method, path string) request {
	path, query, _ := strings.Cut(path, "?")
	values, _ := url.ParseQuery(query)
	req := request{RawPath: path, RawQueryString: query, Cookies: []string{page.Cookie + "=good-cookie"}, Headers: map[string]string{}}
	req.QueryStringParameters = map[string]string{}
	for name := range values {
		req.QueryStringParameters[name] = values.Get(name)
	}
	req.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: method, Path: path}
	req.RequestContext.RequestID = "JKd8sGx0IAMEV4g="
	return req
}

func press(action, fields string) request {
	req := browse(http.MethodPost, "/portal/"+action)
	req.Headers["content-type"] = "application/x-www-form-urlencoded"
	req.Headers["sec-fetch-site"], req.Headers["origin"] = "same-origin", "null"
	req.Body = strings.TrimSuffix("csrf="+pagetest.Session(portal.Admin).Form(action)+"&"+fields, "&")
	return req
}

func ask(t *testing.T, h *handler, req request) response {
	t.Helper()
	answer, err := h.handle(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

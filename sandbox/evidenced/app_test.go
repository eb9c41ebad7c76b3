package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/platform"
)

// bundle is a stand-in in front of a small fake of the platform API.
type bundle struct {
	app     *app
	url     string
	browser *browser.Browser
	api     *fakeAPI
}

// fakeAPI answers by method and path and keeps what it was sent.
type fakeAPI struct {
	mu      sync.Mutex
	answers map[string]string // "GET /v1/...": body, or "status body"
	got     map[string]string
	signed  bool
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Method + " " + r.URL.RequestURI()
	body := new(strings.Builder)
	_, _ = fmt.Fprint(body, read(r))
	f.got[key] = body.String()
	f.signed = strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") && strings.Contains(r.Header.Get("Authorization"), "/execute-api/aws4_request")
	answer, ok := f.answers[key]
	if !ok {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"status":404,"code":"not-found","title":"Not found","detail":"There is nothing here."}`)
		return
	}
	_, _ = fmt.Fprint(w, answer)
}

func read(r *http.Request) string {
	var any json.RawMessage
	_ = json.NewDecoder(r.Body).Decode(&any)
	return string(any)
}

func (f *fakeAPI) sent(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got[key]
}

func setup(t *testing.T, answers map[string]string) *bundle {
	t.Helper()
	api := &fakeAPI{answers: answers, got: map[string]string{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	now := func() time.Time { return time.UnixMilli(1_700_000_000_000) }
	client := platform.New(platform.Config{
		BaseURL: server.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTP: server.Client(), Now: now,
	})
	made, err := newApp(config{PublicURL: "http://evidenced.localhost:4590", LeverURL: "http://lever.localhost"}, client, now)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(made.routes())
	t.Cleanup(front.Close)
	return &bundle{app: made, url: front.URL, browser: browser.New(front.Client(), time.Now), api: api}
}

func (b *bundle) open(t *testing.T, path string) *browser.Page {
	t.Helper()
	page, err := b.browser.Get(t.Context(), b.url+path)
	if err != nil {
		t.Fatal(err)
	}
	if !page.Says("Stand-in for Evidenced. For development.") {
		t.Errorf("%s has no banner", path)
	}
	return page
}

func (b *bundle) press(t *testing.T, page *browser.Page, label string, values url.Values) *browser.Page {
	t.Helper()
	press, err := page.Press(label)
	if err != nil {
		t.Fatal(err)
	}
	press.Values = values
	next, err := b.browser.Submit(t.Context(), page, press)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func (b *bundle) logIn(t *testing.T, name string) *browser.Page {
	t.Helper()
	return b.press(t, b.open(t, "/login"), name, nil)
}

func TestAReturnFromLeverIsConfirmedForWhoeverIsLoggedIn(t *testing.T) {
	t.Parallel()
	b := setup(t, map[string]string{
		"POST /v1/tenants/northwind/connection/confirmations": `{"state":"connected"}`,
		"GET /v1/tenants/northwind/connection":                `{"state":"connected"}`,
	})
	page := b.open(t, "/integrations/lever?attempt=a1")
	page = b.press(t, page, "Morgan Sample", nil) // the way back goes through the login
	if !page.Says("Lever is connected") || page.URL.RawQuery != "" {
		t.Errorf("after confirming: %s at %s", page.Text(), page.URL)
	}
	want := `{"attempt":"a1","actingUser":{"id":"u-northwind-admin","name":"Morgan Sample"}}`
	if diff := cmp.Diff(want, b.api.sent("POST /v1/tenants/northwind/connection/confirmations")); diff != "" {
		t.Error(diff)
	}
	if !b.api.signed {
		t.Error("the call carried no signature for execute-api")
	}
}

func TestARefusedConfirmationIsShownWithItsCode(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.logIn(t, "Morgan Sample")
	page := b.open(t, "/integrations/lever?attempt=old")
	if !page.Says("Lever was not connected There is nothing here. not-found") {
		t.Error(page.Text())
	}
}

func TestAnOrganisationThatNeverConnectedIsToldSoInWords(t *testing.T) {
	t.Parallel()
	want := &trouble{Title: "Lever is not connected", Text: "An admin can connect it under Integrations.", Code: "not-connected"}
	for _, code := range []string{"unknown-tenant", "not-connected"} {
		problem := &platform.Problem{Status: http.StatusNotFound, Title: "Not Found", Detail: "No portal session was ever opened.", Code: code}
		if diff := cmp.Diff(want, troubleOf(problem)); diff != "" {
			t.Errorf("%s: %s", code, diff)
		}
	}
}

func TestOpeningTheIntegrationSendsTheBrowserToItsEntry(t *testing.T) {
	t.Parallel()
	b := setup(t, map[string]string{"GET /v1/tenants/northwind/connection": `{"state":"not-connected"}`})
	b.api.answers["POST /v1/tenants/northwind/portal-sessions"] = `{"url":"` + b.url + `/health?entry=e1"}`
	b.logIn(t, "Morgan Sample")
	page := b.press(t, b.open(t, "/integrations"), "Open Lever integration", nil)
	if page.URL.RawQuery != "entry=e1" {
		t.Errorf("ended at %s", page.URL)
	}
	want := `{"actingUser":{"id":"u-northwind-admin","name":"Morgan Sample"},"role":"admin","tenantName":"Northwind Example",` +
		`"returnUrl":"http://evidenced.localhost:4590/integrations/lever","timeZone":"Europe/London"}`
	if diff := cmp.Diff(want, b.api.sent("POST /v1/tenants/northwind/portal-sessions")); diff != "" {
		t.Error(diff)
	}
}

const oneCandidate = `{"id":"c1","version":1,"state":"active","data":{"name":"Pat <Doe>","stageName":"Screen","jobIds":["j1"]}}`

func candidateAnswers() map[string]string {
	return map[string]string{
		"GET /v1/tenants/northwind/candidates?limit=50":     `{"data":[` + oneCandidate + `],"next":"p2"}`,
		"GET /v1/tenants/northwind/candidates/c1":           oneCandidate,
		"GET /v1/tenants/northwind/interviews?candidate=c1": `{"data":[{"id":"i1","data":{"subject":"Onsite","startsAt":1700000000000}}]}`,
		"GET /v1/tenants/northwind/jobs?limit=100":          `{"data":[{"id":"j1","data":{"title":"Engineer"}}]}`,
		"GET /v1/tenants/northwind/connection":              `{"state":"connected"}`,
	}
}

func TestADecisionIsHandedOverCorrectedAndWithdrawnInVersions(t *testing.T) {
	t.Parallel()
	b := setup(t, candidateAnswers())
	b.logIn(t, "Morgan Sample")
	page := b.press(t, b.open(t, "/candidates/c1"), "Send decision", url.Values{"outcome": {"advance"}, "rating": {"4"}, "reason": {"strong"}})
	if !page.Says("not taken over") {
		t.Fatal("a refused decision looks accepted")
	}
	put := b.acceptDecisions()
	page = b.press(t, page, "Send decision", url.Values{"outcome": {"advance"}, "rating": {"4"}, "reason": {"strong"}})
	if !page.Says("Decision handed over") || !page.Says("Decision: advance") {
		t.Fatal(page.Text())
	}
	page = b.press(t, page, "Send correction", url.Values{"outcome": {"reject"}})
	b.press(t, page, "Withdraw", nil)
	var got []string
	for _, sent := range *put {
		got = append(got, fmt.Sprintf("%d %s", sent.Version, sent.Outcome))
	}
	if diff := cmp.Diff([]string{"1 advance", "2 reject", "3 withdrawn"}, got); diff != "" {
		t.Error(diff)
	}
}

// acceptDecisions lets the fake take every decision, and returns where it keeps them.
func (b *bundle) acceptDecisions() *[]platform.Decision {
	var put []platform.Decision
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "/decisions/") {
			b.api.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodPut {
			var sent platform.Decision
			_ = json.NewDecoder(r.Body).Decode(&sent)
			put = append(put, sent)
		}
		_, _ = fmt.Fprint(w, `{"state":"accepted"}`)
	}))
	b.app.api = platform.New(platform.Config{BaseURL: server.URL, HTTP: server.Client(), Now: time.Now})
	return &put
}

func TestListsAreReadLiveWithTheirNextPage(t *testing.T) {
	t.Parallel()
	b := setup(t, candidateAnswers())
	b.logIn(t, "Jamie Sample")
	page := b.open(t, "/candidates")
	if !page.Says("Pat <Doe>") || !page.Says("Engineer") || !page.Says("Screen") {
		t.Error(page.Text())
	}
	link, err := page.Link("Next page")
	if err != nil || link.Href != "?cursor=p2" {
		t.Errorf("next page %+v, %v", link, err)
	}
	if page := b.open(t, "/users"); !page.Says("There is nothing here. not-found") {
		t.Errorf("an error of the API is not shown: %s", page.Text())
	}
}

func TestAttackAViewerOrAForeignFormDecidesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, candidateAnswers())
	b.logIn(t, "Jamie Sample")
	page := b.open(t, "/candidates/c1")
	if _, err := page.Press("Send decision"); err == nil {
		t.Error("a viewer is offered the form")
	}
	for _, values := range []url.Values{{"csrf": {b.app.sessions.any().csrf}, "outcome": {"advance"}}, {"outcome": {"advance"}}} {
		answer, err := b.browser.Submit(t.Context(), page, browser.Press{Form: browser.Form{Action: "/candidates/c1/decisions", Method: "POST"}, Values: values})
		if err != nil || answer.Status != http.StatusForbidden {
			t.Errorf("%v: %v, %v", values, answer, err)
		}
	}
}

func (s *sessions) any() *session {
	for _, one := range s.byID {
		return one
	}
	return nil
}

func TestEventsAreShownToTheirTenantOnceAndNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, raw := range []string{
		`{"id":"1","detail-type":"Candidate Changed","detail":{"tenant":"northwind","id":"c1"}}`,
		`{"id":"1","detail-type":"Candidate Changed","detail":{"tenant":"northwind","id":"c1"}}`,
		`{"id":"2","detail-type":"Job Changed","detail":{"tenant":"northwind","id":"j1"}}`,
		`{"id":"3","detail-type":"Job Changed","detail":{"tenant":"lakeside","id":"j2"}}`,
	} {
		var arrived event
		if err := json.Unmarshal([]byte(raw), &arrived); err != nil {
			t.Fatal(err)
		}
		b.app.events.add(arrived)
	}
	var got []string
	for _, kept := range b.app.events.of("northwind", 10) {
		got = append(got, kept.Type+" "+kept.Detail.ID)
	}
	if diff := cmp.Diff([]string{"Job Changed j1", "Candidate Changed c1"}, got); diff != "" {
		t.Error(diff)
	}
	b.logIn(t, "Morgan Sample")
	if page := b.open(t, "/events"); !page.Says("Job Changed j1") || page.Says("j2") {
		t.Error(page.Text())
	}
}

func TestAttackALoginSendsNobodyToAnotherSite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"/jobs?a=1": "/jobs?a=1", "https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/"} {
		if got := localPath(in); got != want {
			t.Errorf("localPath(%q) = %q, want %q", in, got, want)
		}
	}
}

package main

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

const home = "https://lever.evidenced.example"

func TestEveryAnswerCarriesTheStrictHeaders(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	requests := []request{
		browse("GET", "/portal"), browse("GET", "/portal/live"), browse("GET", "/portal/enter?entry=once"), browse("GET", "/portal/enter?entry=x"),
		browse("GET", "/portal/assets/none"), browse("GET", "/nowhere"), browse("PUT", "/portal"), press("resync", ""), press("connect", ""),
	}
	for _, req := range requests {
		answer := ask(t, h, req)
		want := page.Headers()
		for name := range want {
			if diff := cmp.Diff(want[name], answer.Headers[name]); diff != "" {
				t.Errorf("%s %s: header %s (-want +got):\n%s", req.RequestContext.HTTP.Method, req.RawPath, name, diff)
			}
		}
	}
}

func TestContentSecurityPolicyAllowsNothingInlineAndNobodyElse(t *testing.T) {
	t.Parallel()
	want := "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	if diff := cmp.Diff(want, page.Headers()["Content-Security-Policy"]); diff != "" {
		t.Error(diff)
	}
	h, r := setup(t)
	for _, name := range pagetest.Names() {
		r.facts = name
		body := ask(t, h, browse("GET", "/portal")).Body
		for _, inline := range []string{"style=", "<style", "onclick", "javascript:", "<script>"} {
			if strings.Contains(body, inline) {
				t.Errorf("page %s has %q", name, inline)
			}
		}
	}
}

func TestAnEntryBecomesACookieAndLeavesTheAddress(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	answer := ask(t, h, browse("GET", "/portal/enter?entry=once"))
	want := []string{"__Host-lever_portal=fresh-cookie; Path=/; Secure; HttpOnly; SameSite=Lax"}
	if diff := cmp.Diff(want, answer.Cookies); diff != "" {
		t.Error(diff)
	}
	if answer.StatusCode != 303 || answer.Headers["Location"] != "/portal" {
		t.Errorf("status %d to %q", answer.StatusCode, answer.Headers["Location"])
	}
	again := ask(t, h, browse("GET", "/portal/enter?entry=used"))
	if again.StatusCode != 401 || len(again.Cookies) > 0 {
		t.Errorf("a used entry: status %d, cookies %v", again.StatusCode, again.Cookies)
	}
}

func TestWithoutSession(t *testing.T) {
	t.Parallel()
	for _, cookies := range [][]string{nil, {page.Cookie + "=old"}, {page.Cookie + "=good-cookie", page.Cookie + "=other"}, {"lever_portal=good-cookie"}} {
		title := "This page opens from Evidenced"
		if len(cookies) == 1 && cookies[0] == page.Cookie+"=old" {
			title = "This page was open too long"
		}
		h, r := setup(t)
		for _, req := range []request{browse("GET", "/portal"), browse("GET", "/portal/live"), press("resync", ""), press("connect", "")} {
			req.Cookies = cookies
			answer := ask(t, h, req)
			if answer.StatusCode != 401 || !strings.Contains(answer.Body, "Open it from Evidenced: Integrations, then Lever.") || !strings.Contains(answer.Body, title) {
				t.Errorf("%s with %v: status %d\n%s", req.RawPath, cookies, answer.StatusCode, answer.Body)
			}
		}
		if len(r.deeds) > 0 {
			t.Errorf("deeds %v", r.deeds)
		}
	}
}

func TestACookieInTheHeaderCountsToo(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	req := browse("GET", "/portal")
	req.Cookies, req.Headers["cookie"] = nil, "a=b; "+page.Cookie+"=good-cookie"
	if got := ask(t, h, req).StatusCode; got != 200 {
		t.Errorf("status %d", got)
	}
}

func TestMethodsAndRoutes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/portal", 200, ""},
		{"GET", "/portal/live", 200, ""},
		{"HEAD", "/portal", 405, "GET"},
		{"PUT", "/portal", 405, "GET"},
		{"POST", "/portal", 405, "GET"},
		{"POST", "/portal/enter", 405, "GET"},
		{"HEAD", "/portal/enter", 405, "GET"},
		{"POST", "/portal/live", 405, "GET"},
		{"GET", "/portal/resync", 405, "POST"},
		{"DELETE", "/portal/disconnect", 405, "POST"},
		{"GET", "/portal/assets/app.css", 200, ""},
		{"GET", "/portal/assets/app.js", 200, ""},
		{"GET", "/portal/assets/../handler.go", 404, ""},
		{"GET", "/portal/assets/", 404, ""},
		{"GET", "/portal/", 404, ""},
		{"GET", "/portal/unknown", 404, ""},
		{"POST", "/portal/resync/", 404, ""},
		{"POST", "/portal/Resync", 404, ""},
	} {
		h, r := setup(t)
		req := press("", "")
		plain := browse(test.method, test.path)
		req.RawPath, req.RequestContext.HTTP = plain.RawPath, plain.RequestContext.HTTP
		answer := ask(t, h, req)
		if answer.StatusCode != test.status || answer.Headers["Allow"] != test.allow {
			t.Errorf("%s %s: status %d, Allow %q", test.method, test.path, answer.StatusCode, answer.Headers["Allow"])
		}
		if len(r.deeds) > 0 {
			t.Errorf("%s %s did %v", test.method, test.path, r.deeds)
		}
	}
}

func TestTheOpenPageAsksForChangesAndShowsItselfAlthoughThatFails(t *testing.T) {
	t.Parallel()
	h, r := setup(t)
	ask(t, h, browse("GET", "/portal/live"))
	if want := pagetest.Facts(pagetest.Good).Connection.ID(); r.freshened != want {
		t.Errorf("asked for changes of %q, want %q", r.freshened, want)
	}
	h.checks = grumpy{r}
	if answer := ask(t, h, browse("GET", "/portal/live")); answer.StatusCode != 200 {
		t.Errorf("status %d", answer.StatusCode)
	}
}

// grumpy cannot ask for changes.
type grumpy struct{ *rooms }

func (grumpy) Freshen(context.Context, health.Report) error { return errEnded }

func TestDeeds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		action, fields string
		deeds          []string
		to             string
	}{
		{"resync", "", []string{"resync northwind"}, "/portal?done=resync"},
		{"check", "", []string{"check northwind"}, "/portal?done=check"},
		{"disconnect", "", nil, "/portal?confirm=disconnect"},
		{"disconnect", "confirmed=yes", []string{"disconnect northwind user-1"}, "/portal?done=disconnect"},
		{"settings", "notes=secret&notify=yes&outcome=hire&outcome=advance", []string{"settings northwind secret notify advance hire"}, "/portal?done=settings"},
		{"settings", "notes=everyone&outcome=advance&outcome=hire&outcome=hold&outcome=reject&outcome=no-show&outcome=withdrawn", []string{"settings northwind"}, "/portal?done=settings"},
		{"retry", "decision=d-9", []string{"retry northwind d-9"}, "/portal?done=retry"},
		{"dismiss", "decision=d-9", []string{"dismiss northwind d-9"}, "/portal?done=dismiss"},
		{"removed", "", []string{"removed northwind"}, "/portal?done=removed"},
		{"awaiting", "event=candidateHired&event=interviewCreated", []string{"awaiting candidateHired", "awaiting interviewCreated"}, "/portal?done=awaiting"},
	} {
		h, r := setup(t)
		answer := ask(t, h, press(test.action, test.fields))
		if diff := cmp.Diff(test.deeds, r.deeds); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.action, test.fields, diff)
		}
		if answer.StatusCode != 303 || answer.Headers["Location"] != test.to {
			t.Errorf("%s: status %d to %q", test.action, answer.StatusCode, answer.Headers["Location"])
		}
	}
}

func TestACandidateIsNamedByWhatAnAdminCanCopy(t *testing.T) {
	t.Parallel()
	const id = "6773fd23-9d0e-441a-bc38-813c600e9465"
	for text, known := range map[string]bool{
		id: true, " " + strings.ToUpper(id) + "\n": true,
		"https://hire.lever.co/candidates/" + id: true, "https://hire.sandbox.lever.co/candidates/" + id + "?stage=x#notes": true,
		"http://127.0.0.1:8181/acme/candidates/" + id + "/interviews": true, "https://hire.lever.co/opportunities/" + id: true,
		"": false, "Jane Doe": false, id + id: false, "https://hire.lever.co/jobs/" + id: false,
		"https://hire.lever.co/?next=/candidates/" + id: false, "javascript:/candidates/" + id: false, "../" + id: false,
	} {
		h, r := setup(t)
		answer := ask(t, h, press("candidate", url.Values{"candidate": {text}}.Encode()))
		if known {
			if !slices.Equal(r.deeds, []string{"candidate northwind " + id}) || answer.Headers["Location"] != "/portal?done=candidate" {
				t.Errorf("%q: %v, to %q", text, r.deeds, answer.Headers["Location"])
			}
		} else if len(r.deeds) > 0 || answer.StatusCode != 400 || !strings.Contains(answer.Body, "This is not the address of a candidate") {
			t.Errorf("%q: %v, status %d", text, r.deeds, answer.StatusCode)
		}
	}
}

func TestConnectLeadsToLeverByAPage(t *testing.T) {
	t.Parallel()
	h, r := setup(t)
	answer := ask(t, h, press("connect", "confidential=yes"))
	if diff := cmp.Diff([]string{"connect northwind confidential"}, r.deeds); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		`<meta http-equiv="refresh" content="0; url=https://auth.lever.example/authorize?state=abc&amp;scope=a%20b">`,
		`href="https://auth.lever.example/authorize?state=abc&amp;scope=a%20b"`, `id="continue-to-lever"`,
	} {
		if !strings.Contains(answer.Body, want) {
			t.Errorf("no %q in\n%s", want, answer.Body)
		}
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	t.Parallel()
	change := func(f func(*request)) request {
		req := press("resync", "")
		f(&req)
		return req
	}
	for name, test := range map[string]struct {
		req    request
		status int
		code   string
	}{
		"no token":          {change(func(r *request) { r.Body = "" }), 403, "form is from another visit"},
		"wrong token":       {change(func(r *request) { r.Body = "csrf=guess" }), 403, "form is from another visit"},
		"token in query":    {change(func(r *request) { r.Body, r.RawQueryString = "", r.Body }), 403, "form is from another visit"},
		"token of a deed":   {change(func(r *request) { r.Body = press("check", "").Body }), 403, "form is from another visit"},
		"the bare secret":   {change(func(r *request) { r.Body = "csrf=" + pagetest.Session(portal.Admin).CSRF }), 403, "form is from another visit"},
		"two tokens":        {change(func(r *request) { r.Body += "&csrf=x" }), 400, "form could not be read"},
		"unknown field":     {change(func(r *request) { r.Body += "&tenant=other" }), 400, "form could not be read"},
		"json":              {change(func(r *request) { r.Headers["content-type"] = "application/json" }), 400, "form could not be read"},
		"multipart":         {change(func(r *request) { r.Headers["content-type"] = "multipart/form-data; boundary=x" }), 400, "form could not be read"},
		"no content type":   {change(func(r *request) { delete(r.Headers, "content-type") }), 400, "form could not be read"},
		"bad base64":        {change(func(r *request) { r.IsBase64Encoded = true }), 400, "form could not be read"},
		"bad escape":        {change(func(r *request) { r.Body += "&a=%zz" }), 400, "form could not be read"},
		"too large":         {change(func(r *request) { r.Body += "&a=" + strings.Repeat("x", longestForm) }), 413, "form could not be read"},
		"huge":              {change(func(r *request) { r.Body = strings.Repeat("x", 1<<20) }), 413, "form could not be read"},
		"other site":        {change(func(r *request) { r.Headers["sec-fetch-site"] = "cross-site" }), 403, "did not come from this page"},
		"sibling site":      {change(func(r *request) { r.Headers["sec-fetch-site"] = "same-site" }), 403, "did not come from this page"},
		"other origin":      {change(func(r *request) { r.Headers["origin"] = "https://evil.example" }), 403, "did not come from this page"},
		"origin with tail":  {change(func(r *request) { r.Headers["origin"] = home + ".evil.example" }), 403, "did not come from this page"},
		"unknown webhook":   {press("awaiting", "event=contactCreated"), 400, "form could not be read"},
		"no outcome at all": {press("settings", "notes=secret"), 400, "Choose at least one kind of decision"},
	} {
		h, r := setup(t)
		answer := ask(t, h, test.req)
		if answer.StatusCode != test.status || !strings.Contains(answer.Body, test.code) {
			t.Errorf("%s: status %d, want %d with %q in\n%s", name, answer.StatusCode, test.status, test.code, answer.Body)
		}
		if len(r.deeds) > 0 {
			t.Errorf("%s did %v", name, r.deeds)
		}
	}
}

func TestAFormInBase64IsRead(t *testing.T) {
	t.Parallel()
	h, r := setup(t)
	req := press("resync", "")
	req.Body, req.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(req.Body)), true
	ask(t, h, req)
	if diff := cmp.Diff([]string{"resync northwind"}, r.deeds); diff != "" {
		t.Error(diff)
	}
}

func TestAViewerChangesNothing(t *testing.T) {
	t.Parallel()
	h, r := setup(t)
	r.role = portal.Viewer
	for action := range actions() {
		answer := ask(t, h, press(action, ""))
		if answer.StatusCode != 403 || !strings.Contains(answer.Body, "Only an Evidenced admin can do this") {
			t.Errorf("%s: status %d\n%s", action, answer.StatusCode, answer.Body)
		}
	}
	for _, path := range []string{"/portal?confirm=disconnect", "/portal?reconnect=yes"} {
		if answer := ask(t, h, browse("GET", path)); answer.StatusCode != 403 {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
	if len(r.deeds) > 0 {
		t.Errorf("deeds %v", r.deeds)
	}
	body := ask(t, h, browse("GET", "/portal")).Body
	if strings.Contains(body, "<form") || strings.Contains(body, "<button") {
		t.Error("a viewer sees buttons")
	}
}

func TestTheAdminIsAskedOnceMoreBeforeADisconnect(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	body := ask(t, h, browse("GET", "/portal?confirm=disconnect")).Body
	for _, want := range []string{"Disconnect Lever from Northwind Savings Bank?", "Notes already written stay in Lever.", `name="confirmed" value="yes"`, "Revoke Access"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestNobodyIsAskedToDisconnectWhatIsNotConnected(t *testing.T) {
	t.Parallel()
	for _, state := range []string{pagetest.NotConnected, pagetest.Disconnecting, pagetest.Disconnected} {
		h, r := setup(t)
		r.facts = state
		if body := ask(t, h, browse("GET", "/portal?confirm=disconnect")).Body; strings.Contains(body, `name="confirmed"`) {
			t.Errorf("%s: asked", state)
		}
	}
}

func TestReconnectingWithAccessTicksTheBox(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{"": false, "&confidential=yes": true, "&confidential=x": false} {
		h, r := setup(t)
		r.facts = pagetest.NeedsAttention // connected without confidential jobs
		body := ask(t, h, browse("GET", "/portal?reconnect=yes"+query)).Body
		if got := strings.Contains(body, `aria-describedby="confidential-hint" checked`); got != want {
			t.Errorf("%q: ticked %v", query, got)
		}
	}
}

func TestFailuresShowAPageAndNotTheirText(t *testing.T) {
	t.Parallel()
	for _, req := range []request{browse("GET", "/portal"), press("resync", ""), browse("GET", "/portal/live")} {
		h, r := setup(t)
		r.failAs = fault.Wrap(context.DeadlineExceeded, fault.Unavailable, "table-unavailable", "secret detail of a table")
		answer := ask(t, h, req)
		if answer.StatusCode != 503 || strings.Contains(answer.Body, "secret detail") || strings.Contains(answer.Body, "deadline") {
			t.Errorf("%s: status %d\n%s", req.RawPath, answer.StatusCode, answer.Body)
		}
		if !strings.Contains(answer.Body, "JKD8-SGX0") {
			t.Errorf("%s: no reference", req.RawPath)
		}
	}
}

func TestDoneSaysOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	h, _ := setup(t)
	if body := ask(t, h, browse("GET", "/portal?done=settings")).Body; !strings.Contains(body, "Settings saved.") {
		t.Error("no word about the settings")
	}
	if body := ask(t, h, browse("GET", "/portal?done=%3Cb%3Ehello")).Body; strings.Contains(body, "hello") {
		t.Error("the address can put words on the page")
	}
}

package levertest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestEveryPageOpensAndEveryFormWorks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.subscribe(eventHired)
	b.must(b.acct.TestWebhook(b.acct.Webhooks()[0].ID))
	b.due(500)
	c := b.logIn(RoleSuperAdmin)
	o := b.active(nonConfidential)
	iv, hook := b.acct.Interviews(o.ID)[0].ID, b.acct.Webhooks()[0].ID
	note := b.apiNote(o, "")
	here := "/candidates/" + o.ID
	job, user := b.acct.Postings()[0].ID, b.acct.Users()[3].ID
	for _, page := range []string{"/", "/candidates", "/candidates?state=all&q=a&page=9", here, "/postings", "/users", "/settings/webhooks", "/settings/apps", "/login?q=robin"} {
		status, text, _ := b.open(c, page, nil)
		if status != 200 || !strings.Contains(text, "Simulated Lever. For development.") {
			t.Errorf("%s: %d", page, status)
		}
	}
	for _, form := range []struct {
		address string
		fields  url.Values
	}{
		{here + "/move", url.Values{"stage": {otherStage(b, o)}}},
		{here + "/archive", url.Values{"reason": {b.reason("non-hired")}}},
		{here + "/unarchive", url.Values{}},
		{here + "/hire", url.Values{}},
		{here + "/confidential", url.Values{"on": {"yes"}}},
		{here + "/note", url.Values{"value": {"Hello"}, "secret": {"yes"}}},
		{here + "/schedule", url.Values{"at": {"2026-03-05T10:00"}, "minutes": {"30"}, "subject": {"Talk"}}},
		{"/interviews/" + iv + "/move", url.Values{"at": {"2026-03-05T11:00"}}},
		{"/interviews/" + iv + "/cancel", url.Values{}},
		{"/interviews/" + iv + "/delete", url.Values{}},
		{"/notes/" + note + "/reply", url.Values{"value": {"Agreed"}}},
		{"/notes/" + note + "/delete", url.Values{}},
		{"/candidates", url.Values{"name": {"New Person"}, "posting": {job}}},
		{"/postings", url.Values{"title": {"New Job"}, "state": {"draft"}}},
		{"/postings/" + job + "/edit", url.Values{"title": {"Renamed"}, "state": {"closed"}, "confidential": {"yes"}}},
		{"/postings/" + job + "/delete", url.Values{}},
		{"/users/" + user + "/role", url.Values{"role": {"admin"}}},
		{"/users/" + user + "/deactivate", url.Values{}},
		{"/users/" + user + "/reactivate", url.Values{}},
		{"/settings/webhooks/toggle", url.Values{"event": {eventDeleted}, "on": {"yes"}}},
		{"/settings/webhooks/add", url.Values{"event": {eventDeleted}, "url": {"https://own.example"}}},
		{"/settings/webhooks/" + hook + "/test", url.Values{}},
		{"/settings/requests/" + b.acct.Attempts()[0].ID + "/rerun", url.Values{}},
		{here + "/delete", url.Values{}},
		{"/settings/apps/revoke", url.Values{}},
	} {
		if status, text, _ := b.open(c, form.address, form.fields); status != 200 || !strings.Contains(text, `role="status"`) {
			t.Errorf("%s: %d", form.address, status)
		}
	}
	if status, _, _ := b.open(c, "/settings/webhooks/"+hook+"/delete", url.Values{}); status != http.StatusForbidden {
		t.Errorf("removing an app's webhook by hand: %d", status)
	}
	if !b.acct.Toggles()[eventDeleted] || b.acct.Summary().LiveGrants != 0 {
		t.Errorf("%+v", b.acct.Summary())
	}
	member := b.logIn("team member")
	for _, page := range []string{"/settings/webhooks", "/settings/apps"} {
		if status, _, _ := b.open(member, page, nil); status != http.StatusForbidden {
			t.Errorf("%s as a team member: %d", page, status)
		}
	}
}

func TestLoginStaysOnThisHost(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "evil", ""} {
		if got := localPath(next); got != "/" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
	if got := localPath("/authorize?a=b"); got != "/authorize?a=b" {
		t.Errorf("led to %q", got)
	}
}

func TestAFormFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://lever.test/settings/apps/revoke", nil)
	b.must(err)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := b.logIn(RoleSuperAdmin).Do(req)
	b.must(err)
	if resp.Body.Close() != nil || resp.StatusCode != http.StatusForbidden || b.acct.Summary().LiveGrants != 1 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

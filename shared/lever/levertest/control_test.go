package levertest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestControlSurface(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.visitor()
	ask := func(method, address, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "https://lever.test"+address, strings.NewReader(body))
		b.must(err)
		resp, err := c.Do(req)
		b.must(err)
		defer resp.Body.Close()
		var raw json.RawMessage
		b.must(json.NewDecoder(resp.Body).Decode(&raw))
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s %s: %d %s", method, address, resp.StatusCode, raw)
		}
		return string(raw)
	}
	o := b.active(nonConfidential)
	base := "/control/opportunities/" + o.ID
	iv := b.acct.Interviews(o.ID)[0].ID
	for _, step := range []struct{ address, body string }{
		{"/control/toggles", `{"event":"all","on":true}`},
		{base + "/move", ""},
		{base + "/archive", ""},
		{base + "/unarchive", ""},
		{base + "/hire", ""},
		{base + "/schedule", `{"at":1772500000000,"minutes":30}`},
		{base + "/notes", `{"value":"Hello"}`},
		{"/control/interviews/" + iv + "/move", `{"at":1772500000000}`},
		{"/control/interviews/" + iv + "/cancel", ""},
		{"/control/interviews/" + iv + "/delete", ""},
		{"/control/faults", `{"effect":"status","status":503,"count":1,"delayMillis":5,"path":"/v1/users"}`},
		{"/control/postings", `{"title":"New"}`},
		{"/control/webhooks", `{"event":"candidateHired","url":"https://a.example"}`},
		{"/control/opportunities", `{"name":"New Person","posting":"` + b.acct.Postings()[0].ID + `"}`},
		{base + "/delete", ""},
	} {
		ask("POST", step.address, step.body)
	}
	b.call(http.StatusServiceUnavailable, "GET", "/v1/users", nil)
	ask("DELETE", "/control/faults", "")
	for _, list := range []string{"opportunities?active=true&limit=2", "users", "webhooks", "notes", "interviews", "postings", "stages", "reasons", "toggles", "grants", "deliveries", "requests", "hash", "accounts", "faults", "rules", "summary?account=" + b.acct.ID()} {
		ask("GET", "/control/"+list, "")
	}
	ask("PUT", "/control/rules", `{"ClampLimit":true}`)
	ask("POST", "/control/revoke", "")
	b.call(http.StatusUnauthorized, "GET", "/v1/users", nil)
	if !b.lever.Rules().ClampLimit {
		t.Error("the rules did not change")
	}
	if _, found := b.acct.Opportunity(o.ID); found {
		t.Error("the candidate is still there")
	}
	closed := setup(t, func(o *Options) { o.Control = false })
	if status, _, _ := closed.open(closed.visitor(), "/control/summary", nil); status != http.StatusNotFound {
		t.Errorf("control without the option: %d", status)
	}
}

package acceptance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// known makes an organisation that opened the integration's page once and never connected.
func known(t *testing.T) string {
	t.Helper()
	tenant := newTenant()
	if _, err := world.Visitor(tenant, "u-1", "admin").Entry(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tenant
}

func newTenant() string { return "t-" + uuid.NewString()[:13] }

// send calls the platform API and wants a status and a problem document with the code, "" for none.
func send(t *testing.T, client *platform.Client, method, path, body string, status int, code string) platform.Reply {
	t.Helper()
	reply, err := client.Send(t.Context(), method, path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	problem := platform.ProblemOf(reply)
	if reply.Status != status || problem.Code != code {
		t.Errorf("%s %s: status %d, code %q, want %d, %q", method, path, reply.Status, problem.Code, status, code)
	}
	if code != "" && !strings.HasPrefix(problem.ContentType, "application/problem+json") {
		t.Errorf("%s %s: content type %q of a problem", method, path, problem.ContentType)
	}
	return reply
}

func TestAPlatformCallThatCannotBeAnsweredGetsAProblemWithAStableCode(t *testing.T) {
	turn(t, 0)
	tenant := known(t)
	base := "/v1/tenants/" + tenant
	for _, test := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/v1/tenants/" + newTenant() + "/connection", "", http.StatusNotFound, "unknown-tenant"},
		{"GET", "/v1/tenants/" + newTenant() + "/candidates", "", http.StatusNotFound, "unknown-tenant"},
		{"GET", base + "/nothing", "", http.StatusNotFound, "unknown-path"},
		{"GET", base + "/candidates", "", http.StatusConflict, "not-connected"},
		{"GET", base + "/candidates?limit=0", "", http.StatusBadRequest, "bad-limit"},
		{"GET", base + "/candidates?limit=1000", "", http.StatusBadRequest, "bad-limit"},
		{"GET", base + "/candidates?state=gone", "", http.StatusBadRequest, "bad-state"},
		{"GET", base + "/candidates?colour=red", "", http.StatusBadRequest, "bad-query"},
		{"POST", base + "/portal-sessions", `{"role":`, http.StatusBadRequest, "bad-body"},
		{"POST", base + "/portal-sessions", `{"colour":"red"}`, http.StatusBadRequest, "bad-body"},
		{"POST", base + "/portal-sessions", `{"actingUser":{"id":"u","name":"n"},"role":"king","tenantName":"n","returnUrl":"https://evil.example/"}`, http.StatusBadRequest, "bad-portal-session"},
		{"POST", base + "/connection/confirmations", `{"attempt":"made-up","actingUser":{"id":"u","name":"n"}}`, http.StatusBadRequest, "connect-expired"},
		{"PUT", base + "/decisions/d1", `{"version":0}`, http.StatusBadRequest, "invalid-decision"},
		{"GET", base + "/decisions/unknown", "", http.StatusNotFound, "decision-not-found"},
		{"PUT", base + "/settings", `{"secretNotes":true}`, http.StatusBadRequest, "bad-settings"},
	} {
		send(t, world.Platform, test.method, test.path, test.body, test.status, test.code)
	}
}

func TestWhatOneHasAlreadyIsNotSentAgain(t *testing.T) {
	o := join(t)
	record := "/v1/tenants/" + o.tenant + "/candidates/" + o.anyCandidate(t).ID
	for _, path := range []string{record, "/v1/tenants/" + o.tenant + "/settings"} {
		first, err := world.Platform.Send(t.Context(), "GET", path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for tag, status := range map[string]int{first.Header.Get("ETag"): http.StatusNotModified, `"other"`: http.StatusOK} {
			again, err := world.Platform.SendIfNoneMatch(t.Context(), path, tag)
			if err != nil {
				t.Fatal(err)
			}
			if again.Status != status || (len(again.Body) == 0) != (status == http.StatusNotModified) {
				t.Errorf("%s with %s: status %d, %d bytes", path, tag, again.Status, len(again.Body))
			}
		}
	}
}

func TestABodyThatIsTooLongIsRefused(t *testing.T) {
	turn(t, 0)
	base := "/v1/tenants/" + known(t)
	send(t, world.Platform, "POST", base+"/resyncs", `{"candidate":"`+strings.Repeat("x", 256<<10)+`"}`, http.StatusRequestEntityTooLarge, "too-large")
	send(t, world.Platform, "PUT", base+"/decisions/d1", `{"summary":"`+strings.Repeat("x", 2<<20)+`"}`, http.StatusRequestEntityTooLarge, "too-large")
}

func TestMirroredRecordsAreReadOnly(t *testing.T) {
	turn(t, 0)
	tenant := known(t)
	for _, kind := range []string{"jobs", "candidates", "users", "interviews"} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
			reply := send(t, world.Platform, method, "/v1/tenants/"+tenant+"/"+kind+"/x", `{}`, http.StatusMethodNotAllowed, "method-not-allowed")
			if reply.Header.Get("Allow") != "GET" {
				t.Errorf("%s of %s: Allow %q", method, kind, reply.Header.Get("Allow"))
			}
		}
	}
}

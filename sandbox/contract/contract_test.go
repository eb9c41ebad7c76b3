package contract_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/contract"
)

func TestRepliesThatAreNotDescribedAreNoticed(t *testing.T) {
	t.Parallel()
	d, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	const (
		plain   = "application/json"
		problem = "application/problem+json"
		missing = `{"type":"urn:a:b","title":"Not Found","status":404,"code":"not-found","detail":"d"}`
		job     = `{"id":"j","kind":"job","version":1,"state":"active","data":{"title":"T","state":"published"}}`
	)
	for name, row := range map[string]struct {
		method, path, kind, body string
		status                   int
		header, want             string // want is part of the error, "" for none
	}{
		"as described":             {"GET", "jobs/j", plain, job, 200, `ETag:"1"`, ""},
		"an ending of the type":    {"GET", "jobs/j", plain + "; charset=utf-8", job, 200, `ETag:"1"`, ""},
		"a described problem":      {"GET", "jobs/j", problem, missing, 404, "", ""},
		"API Gateway's refusal":    {"GET", "jobs/j", plain, `{"message":"Forbidden"}`, 403, "", ""},
		"unchanged":                {"GET", "jobs/j", "", "", 304, `ETag:"1"`, ""},
		"no such path":             {"GET", "offers", problem, missing, 404, "", ""},
		"no such method":           {"PUT", "decisions/d/retries", problem, strings.ReplaceAll(missing, "404", "405"), 405, "Allow:POST", ""},
		"a status of its own":      {"GET", "jobs/j", plain, job, 202, "", "not described"},
		"a content type":           {"GET", "jobs/j", "text/html", job, 200, `ETag:"1"`, "content type"},
		"a missing header":         {"GET", "jobs/j", plain, job, 200, "", "ETag is missing"},
		"no time to wait":          {"GET", "jobs/j", problem, strings.ReplaceAll(missing, "404", "503"), 503, "", "Retry-After is missing"},
		"a missing field":          {"GET", "jobs/j", plain, `{"id":"j"}`, 200, `ETag:"1"`, "missing properties"},
		"a field deep inside":      {"GET", "jobs", plain, `{"data":[` + strings.Replace(job, `"title"`, `"pay":1,"title"`, 1) + `]}`, 200, "", "additional properties 'pay'"},
		"a field at the top":       {"GET", "jobs", plain, `{"data":[],"total":1}`, 200, "", "/total"},
		"no JSON":                  {"GET", "jobs", plain, `<html>`, 200, "", "no JSON"},
		"a body of nothing":        {"GET", "jobs/j", plain, job, 304, `ETag:"1"`, "has a body"},
		"another status inside":    {"GET", "jobs/j", problem, missing, 410, "", "says status 404"},
		"an answer to no call":     {"GET", "offers", plain, `{}`, 200, "", "not described"},
		"a read-only path written": {"PUT", "jobs/j", plain, job, 200, "", "not described"},
		"other methods allowed":    {"PUT", "jobs/j", problem, strings.ReplaceAll(missing, "404", "405"), 405, "Allow:GET, PUT", "Allow"},
	} {
		header := http.Header{}
		if row.kind != "" {
			header.Set("Content-Type", row.kind)
		}
		if name, value, ok := strings.Cut(row.header, ":"); ok {
			header.Set(name, value)
		}
		err := d.Check(row.method, "/v1/tenants/acme/"+row.path, contract.Reply{Status: row.status, Header: header, Body: []byte(row.body)})
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
}

func TestTheTransportGivesAnErrorForABreach(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":[],"total":1}`))
	}))
	t.Cleanup(server.Close)
	d, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: contract.Transport{API: server.URL, Description: d, Base: server.Client().Transport}}
	for path, breach := range map[string]bool{"/v1/tenants/acme/jobs": true, "/portal/jobs": false} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if (err != nil) != breach {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = response.Body.Close()
		}
	}
}

func TestTheDoorPassesRepliesOnAndKeepsBreaches(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":[],"total":1}`))
	}))
	t.Cleanup(server.Close)
	d, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	door, err := contract.Open(server.URL, d, server.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"/v1/tenants/acme/jobs": http.StatusBadGateway, "/portal/jobs": http.StatusOK} {
		response, err := http.Get(door.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, status)
		}
	}
	if passed, breaches := door.Close(); passed != 2 || !errors.Is(breaches, contract.ErrBreach) {
		t.Errorf("%d passed, %v", passed, breaches)
	}
}

func TestEventsThatAreNotPublishedAreNoticed(t *testing.T) {
	t.Parallel()
	events, err := contract.ReadEvents()
	if err != nil {
		t.Fatal(err)
	}
	good := `{"source":"evidenced.lever-integration","detail-type":"Decision Delivered","detail":{"tenant":"acme","id":"d","version":1,"change":"delivered"}}`
	if err := events.Check([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		`no JSON`, strings.Replace(good, "evidenced.", "else.", 1), strings.Replace(good, "Delivered", "Changed", 1),
		strings.Replace(good, `"version":1`, `"version":0`, 1), strings.Replace(good, `"id"`, `"name":"N","id"`, 1),
	} {
		if events.Check([]byte(bad)) == nil {
			t.Errorf("this passed: %s", bad)
		}
	}
}

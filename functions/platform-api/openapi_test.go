package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/docs/api"
	"github.com/evidenced/lever-integration/sandbox/contract"
)

func describe(t *testing.T) *contract.Description {
	t.Helper()
	d, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// target puts ids for the variables of a path.
func target(o contract.Operation) string {
	return strings.NewReplacer("{tenant}", "acme", "{id}", "x1").Replace(o.Path)
}

// fits holds a reply against what is described for its request.
func fits(t *testing.T, d *contract.Description, request, path string, out events.APIGatewayV2HTTPResponse) {
	t.Helper()
	header := http.Header{}
	for name, value := range out.Headers {
		header.Set(name, value)
	}
	if err := d.Check(request, path, contract.Reply{Status: out.StatusCode, Header: header, Body: []byte(out.Body)}); err != nil {
		t.Error(err)
	}
}

func TestRoutesAreTheDescribedOperations(t *testing.T) {
	t.Parallel()
	var described, routed []string
	for _, o := range describe(t).Operations {
		slices.Sort(o.Query)
		described = append(described, fmt.Sprintf("%s %v", o, o.Query))
	}
	for _, r := range setup(t).routes() {
		query := slices.Sorted(slices.Values(r.query))
		routed = append(routed, fmt.Sprintf("%s %s %v", r.method, r.pattern, query))
	}
	slices.Sort(routed)
	slices.Sort(described)
	if diff := cmp.Diff(described, routed); diff != "" {
		t.Errorf("-described +routed\n%s", diff)
	}
}

func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	check := func(where string, media *contract.Media) {
		for name, example := range media.Examples {
			if err := media.Schema.Validate(example); err != nil {
				t.Errorf("%s, example %s: %v", where, name, err)
			}
		}
	}
	for _, o := range describe(t).Operations {
		if o.Body != nil {
			check(o.String(), o.Body)
			if len(o.Body.Examples) == 0 {
				t.Errorf("%s has no example of its body", o)
			}
		}
		for status, response := range o.Responses {
			for kind, media := range response.Content {
				check(o.String()+" "+status+" "+kind, media)
				if strings.HasPrefix(status, "2") && len(media.Examples) == 0 {
					t.Errorf("%s has no example of its reply %s", o, status)
				}
			}
		}
	}
}

// Every example body, sent as it is written, is answered as described, with nothing that is not described.
func TestRepliesFitTheDescription(t *testing.T) {
	t.Parallel()
	d := describe(t)
	for _, o := range d.Operations {
		bodies := map[string]string{"without a body": ""}
		if o.Body != nil {
			delete(bodies, "without a body")
			for name, example := range o.Body.Examples {
				raw, err := json.Marshal(example)
				if err != nil {
					t.Fatal(err)
				}
				bodies[name] = string(raw)
			}
		}
		for name, body := range bodies {
			t.Run(o.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				out := b.do(t, o.Method, target(o), body)
				if out.StatusCode >= 300 {
					t.Fatalf("%d %s", out.StatusCode, out.Body)
				}
				fits(t, d, o.Method, target(o), out)
				if tag := out.Headers["ETag"]; tag != "" && o.Method == http.MethodGet {
					again := request(o.Method, target(o), "")
					again.Headers["if-none-match"] = tag
					same := b.send(t, again)
					if same.StatusCode != http.StatusNotModified {
						t.Errorf("the same again answers %d", same.StatusCode)
					}
					fits(t, d, o.Method, target(o), same)
				}
			})
		}
	}
}

func TestCodesOfProblemsAreDescribed(t *testing.T) {
	t.Parallel()
	raw, err := api.Files.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		"bad-id", "bad-query", "bad-limit", "bad-state", "bad-cursor", "bad-body", "bad-acting-user", "bad-attempt", "bad-settings", "bad-operation",
		"bad-content-type", "stale-cursor", "too-large", "unknown-tenant", "unknown-path", "method-not-allowed", "not-connected", "not-found",
		"internal",
	} {
		if !strings.Contains(string(raw), code) {
			t.Errorf("%s is not described", code)
		}
	}
}

func TestProblemsFitTheDescription(t *testing.T) {
	t.Parallel()
	d := describe(t)
	for _, o := range d.Operations {
		for name, change := range map[string]func(target string) string{
			"unknown tenant": func(target string) string { return strings.Replace(target, "acme", "nobody", 1) },
			"unknown query":  func(target string) string { return target + "?canary=1" },
			"bad id":         func(target string) string { return strings.Replace(target, "acme", "ac%2Fme", 1) },
		} {
			if name != "unknown query" && !strings.Contains(o.Path, "{tenant}") {
				continue
			}
			out := setup(t).do(t, o.Method, change(target(o)), "{}")
			if out.StatusCode < http.StatusBadRequest && !(name == "unknown tenant" && strings.HasSuffix(o.Path, "/portal-sessions")) {
				t.Errorf("%s with %s: %d", o, name, out.StatusCode)
			}
			fits(t, d, o.Method, target(o), out)
		}
	}
}

func TestWhatIsNotDescribedIsAnsweredAsSuch(t *testing.T) {
	t.Parallel()
	d := describe(t)
	for _, path := range []string{acme + "jobs", acme + "decisions/d1", acme + "settings", acme + "offers", "/v1/other"} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if out := setup(t).do(t, method, path, "{}"); out.StatusCode >= http.StatusBadRequest {
				fits(t, d, method, path, out)
			}
		}
	}
}

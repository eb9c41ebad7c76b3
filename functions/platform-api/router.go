package main

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/mirror"
)

// route is one operation of the API; docs/api/openapi.yaml describes each, and a test compares the two.
type route struct {
	method  string
	pattern string
	query   []string // parameters it knows
	open    bool     // there is no tenant, or it need not be known yet
	serve   func(context.Context, call) (reply, error)
}

const prefix = "/v1/tenants/{tenant}/"

// routes lists all operations.
func (h *handler) routes() []route {
	paging := []string{"limit", "cursor", "state"}
	of := func(kind mirror.Kind, serve func(context.Context, call, mirror.Kind) (reply, error)) func(context.Context, call) (reply, error) {
		return func(ctx context.Context, c call) (reply, error) { return serve(ctx, c, kind) }
	}
	return append(h.operatorRoutes(), []route{
		{http.MethodGet, prefix + "jobs", paging, false, of(mirror.Job, h.list)},
		{http.MethodGet, prefix + "jobs/{id}", nil, false, of(mirror.Job, h.record)},
		{http.MethodGet, prefix + "candidates", paging, false, of(mirror.Candidate, h.list)},
		{http.MethodGet, prefix + "candidates/{id}", nil, false, of(mirror.Candidate, h.record)},
		{http.MethodGet, prefix + "users", paging, false, of(mirror.User, h.list)},
		{http.MethodGet, prefix + "users/{id}", nil, false, of(mirror.User, h.record)},
		{http.MethodGet, prefix + "interviews", append(paging, "candidate"), false, of(mirror.Interview, h.list)},
		{http.MethodGet, prefix + "interviews/{id}", nil, false, of(mirror.Interview, h.record)},
		{http.MethodGet, prefix + "changes", []string{"since", "limit"}, false, h.changes},
		{http.MethodGet, prefix + "connection", nil, false, h.connection},
		{http.MethodPost, prefix + "connection/confirmations", nil, false, h.confirm},
		{http.MethodPost, prefix + "connection/disconnections", nil, false, h.disconnect},
		{http.MethodPost, prefix + "portal-sessions", nil, true, h.openPortal},
		{http.MethodPost, prefix + "resyncs", nil, false, h.resync},
		{http.MethodGet, prefix + "decisions", []string{"limit", "cursor"}, false, h.recentDecisions},
		{http.MethodPut, prefix + "decisions/{id}", nil, false, h.decide},
		{http.MethodGet, prefix + "decisions/{id}", nil, false, h.decision},
		{http.MethodPost, prefix + "decisions/{id}/retries", nil, false, h.retryDecision},
		{http.MethodPost, prefix + "decisions/{id}/dismissals", nil, false, h.dismissDecision},
		{http.MethodGet, prefix + "settings", nil, false, h.settings},
		{http.MethodPut, prefix + "settings", nil, false, h.saveSettings},
	}...)
}

// routed finds the route of a request. Paths are compared as they came: ids consist of characters that no client
// escapes, so an escape in a path can only be an attempt to make two readers see two paths.
func (h *handler) routed(event events.APIGatewayV2HTTPRequest) (route, call, error) {
	c := call{event: event}
	var allowed []string
	for _, r := range h.routes() {
		ids, ok := match(r.pattern, event.RawPath)
		if !ok {
			continue
		}
		if r.method != event.RequestContext.HTTP.Method {
			allowed = append(allowed, r.method)
			continue
		}
		for _, id := range ids {
			if !validID(id) {
				return route{}, call{}, refuse(http.StatusBadRequest, "bad-id", "An id in the path is not one: 1 to 128 letters, digits and . _ ~ - , the first a letter or digit.")
			}
		}
		c.tenant, c.id = ids["{tenant}"], ids["{id}"]
		var err error
		c.query, err = parameters(event.RawQueryString, r.query)
		return r, c, err
	}
	if len(allowed) > 0 {
		return route{}, call{}, notAllowed(allowed)
	}
	return route{}, call{}, refuse(http.StatusNotFound, "unknown-path", "There is nothing under this path; docs/api/openapi.yaml lists what there is.")
}

// match compares a path with a pattern segment by segment and returns what stands for its variables.
func match(pattern, path string) (ids map[string]string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	ids = map[string]string{}
	for i, segment := range want {
		if strings.HasPrefix(segment, "{") {
			ids[segment] = got[i]
		} else if segment != got[i] {
			return nil, false
		}
	}
	return ids, true
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$`)

// validID says whether an id may stand in a path and in a key here. Lever's ids and slugs do.
func validID(id string) bool { return idForm.MatchString(id) }

// parameters reads the query; a parameter that is unknown, given twice or broken is refused rather than ignored.
func parameters(raw string, known []string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "bad-query", "The query string is not well formed.")
	}
	for name, given := range values {
		if !slices.Contains(known, name) {
			return nil, refuse(http.StatusBadRequest, "bad-query", "The query has a parameter that this call does not know. It knows: "+list(known)+".")
		}
		if len(given) > 1 {
			return nil, refuse(http.StatusBadRequest, "bad-query", "The query has a parameter more than once.")
		}
	}
	return values, nil
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// header reads a header whatever its letter case; API Gateway gives names in lower case, tests and people do not.
func header(event events.APIGatewayV2HTTPRequest, name string) string {
	for key, value := range event.Headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

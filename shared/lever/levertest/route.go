package levertest

import (
	"net/http"
	"strings"
)

// route is one REST endpoint: method, path template, needed scope, and the work.
type route struct {
	method, template, scope string
	handle                  func(*call) (int, any, error)
}

// routes lists the endpoints; a literal segment stands before a wildcard one.
func routes() []route {
	return []route{
		{"GET", "/v1/opportunities", "opportunities:read", listOpportunities},
		{"POST", "/v1/opportunities", "opportunities:write", createOpportunity},
		{"GET", "/v1/opportunities/deleted", "opportunities:read", listDeletedOpportunities},
		{"GET", "/v1/opportunities/{id}", "opportunities:read", getOpportunity},
		{"PUT", "/v1/opportunities/{id}/stage", "opportunities:write", putStage},
		{"PUT", "/v1/opportunities/{id}/archived", "opportunities:write", putArchived},
		{"POST", "/v1/opportunities/{id}/addTags", "opportunities:write", addTags},
		{"POST", "/v1/opportunities/{id}/removeTags", "opportunities:write", removeTags},
		{"GET", "/v1/opportunities/{id}/applications", "applications:read", listApplications},
		{"GET", "/v1/opportunities/{id}/applications/{child}", "applications:read", getApplication},
		{"GET", "/v1/applications/deleted", "applications:read", listDeletedApplications},
		{"GET", "/v1/opportunities/{id}/interviews", "interviews:read", listInterviews},
		{"GET", "/v1/opportunities/{id}/interviews/{child}", "interviews:read", getInterview},
		{"GET", "/v1/opportunities/{id}/notes", "notes:read", listNotes},
		{"POST", "/v1/opportunities/{id}/notes", "notes:write", createNote},
		{"GET", "/v1/opportunities/{id}/notes/{child}", "notes:read", getNote},
		{"PUT", "/v1/opportunities/{id}/notes/{child}", "notes:write", putNote},
		{"DELETE", "/v1/opportunities/{id}/notes/{child}", "notes:write", deleteNote},
		{"GET", "/v1/contacts/{id}", "contact:read", getContact},
		{"GET", "/v1/postings", "postings:read", listPostings},
		{"GET", "/v1/postings/deleted", "postings:read", listDeletedPostings},
		{"GET", "/v1/postings/{id}", "postings:read", getPosting},
		{"GET", "/v1/users", "users:read", listUsers},
		{"GET", "/v1/users/{id}", "users:read", getUser},
		{"GET", "/v1/stages", "stages:read", listStages},
		{"GET", "/v1/stages/{id}", "stages:read", getStage},
		{"GET", "/v1/archive_reasons", "archive_reasons:read", listReasons},
		{"GET", "/v1/archive_reasons/{id}", "archive_reasons:read", getReason},
		{"GET", "/v1/webhooks", "webhooks:read", listWebhooks},
		{"POST", "/v1/webhooks", "webhooks:write", createWebhook},
		{"PUT", "/v1/webhooks", "webhooks:write", putWebhooks},
		{"DELETE", "/v1/webhooks/{id}", "webhooks:write", deleteWebhook},
	}
}

// matchRoute finds the endpoint of a path and the values of its wildcards. An unknown one has no handler.
func matchRoute(method, path string) (route, map[string]string) {
	parts := strings.Split(path, "/")
	for _, r := range routes() {
		if r.method != method {
			continue
		}
		if values, ok := matchTemplate(strings.Split(r.template, "/"), parts); ok {
			return r, values
		}
	}
	return route{template: "(unknown)"}, nil
}

func matchTemplate(template, parts []string) (map[string]string, bool) {
	if len(template) != len(parts) {
		return nil, false
	}
	values := map[string]string{}
	for i, part := range template {
		switch {
		case strings.HasPrefix(part, "{") && parts[i] != "":
			values[strings.Trim(part, "{}")] = parts[i]
		case part != parts[i]:
			return nil, false
		}
	}
	return values, true
}

// call is one API request on its way through an endpoint.
type call struct {
	tx
	in    *inbound
	grant *grant
	path  map[string]string
}

// dispatch authenticates, limits, routes and serves one API request.
func (l *Lever) dispatch(in *inbound) reply {
	late := in.grant != nil
	g := in.grant
	if !late {
		g = l.bearer(in)
	}
	if g == nil {
		return l.errorReply(plainFailure(http.StatusUnauthorized))
	}
	if !late && !l.allow(g) {
		return l.errorReply(plainFailure(http.StatusTooManyRequests))
	}
	r, values := matchRoute(in.method, in.path)
	if r.handle == nil {
		return l.errorReply(refuse(http.StatusNotFound, in.path+" does not exist"))
	}
	if !g.has(r.scope) {
		return l.errorReply(plainFailure(http.StatusForbidden))
	}
	status, body, err := r.handle(&call{tx{l, g.st, ""}, in, g, values})
	if err != nil {
		return l.errorReply(err)
	}
	if status == http.StatusNoContent {
		return reply{status: status, header: http.Header{"Server": {"lever-data-api"}}}
	}
	return jsonReply(status, body)
}

// data wraps a single object.
func data(body any) map[string]any { return map[string]any{"data": body} }

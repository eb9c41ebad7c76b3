package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

func (a *app) overview(w http.ResponseWriter, r *http.Request, s *session) {
	connection, problem := a.connection(r, s)
	a.showTo(w, s, view{Page: "overview", Title: "Overview", Data: map[string]any{
		"Connection": connection, "Problem": problem,
		"Events": a.events.of(s.person.Organisation.Tenant, 12), "Decisions": a.decisions.of(s.person.Organisation.Tenant, 5),
	}})
}

func (a *app) integrations(w http.ResponseWriter, r *http.Request, s *session) {
	connection, problem := a.connection(r, s)
	a.showTo(w, s, view{Page: "integrations", Title: "Integrations", Data: map[string]any{
		"Connection": connection, "Problem": problem,
	}})
}

// connection reads where the connection stands. An organisation that never opened the integration is unknown to it,
// which is no trouble.
func (a *app) connection(r *http.Request, s *session) (platform.Connection, *trouble) {
	connection, err := a.api.Connection(r.Context(), s.person.Organisation.Tenant)
	if err == nil {
		return connection, nil
	}
	var problem *platform.Problem
	if errors.As(err, &problem) && problem.Status == http.StatusNotFound {
		return platform.Connection{State: "not-connected"}, nil
	}
	return platform.Connection{State: "unknown"}, troubleOf(err)
}

// openIntegration asks the integration for a one-time address as the person who is logged in, and sends the browser there.
func (a *app) openIntegration(w http.ResponseWriter, r *http.Request, s *session) {
	portal, err := a.api.PortalSession(r.Context(), s.person.Organisation.Tenant, platform.PortalRequest{
		ActingUser: s.person.Named(), Role: s.person.Role, TenantName: s.person.Organisation.Name,
		ReturnURL: strings.TrimSuffix(a.config.PublicURL, "/") + "/integrations/lever", TimeZone: s.person.TimeZone,
	})
	if err != nil {
		a.trouble(w, s, http.StatusBadGateway, *troubleOf(err))
		return
	}
	http.Redirect(w, r, portal.URL, http.StatusSeeOther)
}

// returned is where the integration sends the browser back to. With an attempt, somebody accepted at Lever: only this
// server knows who is logged in here, so it confirms, and Lever's code is redeemed only then.
func (a *app) returned(w http.ResponseWriter, r *http.Request, s *session) {
	query := r.URL.Query()
	switch {
	case query.Get("attempt") != "":
		a.sessions.tell(s, a.confirm(r, s, query.Get("attempt")))
	case query.Get("error") != "":
		a.sessions.tell(s, flash{Title: "Lever was not connected", Text: "Nothing was changed. Open the integration and try again.", Code: query.Get("error")})
	default:
		a.integrations(w, r, s)
		return
	}
	http.Redirect(w, r, "/integrations/lever", http.StatusSeeOther)
}

func (a *app) confirm(r *http.Request, s *session, attempt string) flash {
	connection, err := a.api.Confirm(r.Context(), s.person.Organisation.Tenant, attempt, s.person.Named())
	if err != nil {
		t := troubleOf(err)
		return flash{Title: "Lever was not connected", Text: t.Text, Code: t.Code}
	}
	if connection.State == "connected" || connection.State == "connecting" {
		return flash{Good: true, Title: "Lever is connected", Text: "One step is left: switch on the eight webhooks in Lever. The integration's page shows how, and how far the first sync is."}
	}
	return flash{Title: "Lever answered, but is not connected yet", Text: "Open the integration to see what is missing.", Code: connection.State}
}

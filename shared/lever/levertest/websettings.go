package levertest

import (
	"net/http"
	"slices"
	"time"
)

// eventTitle is the name of an event group on the settings page.
func eventTitle(event string) string {
	return map[string]string{
		eventApplicationCreated: "Application Created", eventStageChange: "Candidate Stage Change",
		eventArchiveChange: "Candidate Archive State Change", eventHired: "Candidate Hired", eventDeleted: "Candidate Deleted",
		eventInterviewCreated: "Interview Created", eventInterviewUpdated: "Interview Updated", eventInterviewDeleted: "Interview Deleted",
		eventContactCreated: "Contact Created", eventContactUpdated: "Contact Updated",
	}[event]
}

// eventGroup is one event of the webhook settings with its addresses.
type eventGroup struct {
	Event, Title string
	On           bool
	Hooks        []hookShown
}

// hookShown is a webhook with the outcome of its latest request.
type hookShown struct {
	Webhook
	Last *Attempt
}

// attemptShown is a line of the request list.
type attemptShown struct {
	Attempt
	Title string
}

const attemptsShown = 50

func webhooksPage(v *visit) {
	attempts, toggles := v.acct.Attempts(), v.acct.Toggles()
	latest := map[string]*Attempt{}
	for i := range attempts {
		latest[attempts[i].Webhook] = &attempts[i]
	}
	var groups []eventGroup
	for _, name := range EventNames() {
		g := eventGroup{name, eventTitle(name), toggles[name], nil}
		for _, h := range v.acct.Webhooks() {
			if h.Event == name {
				g.Hooks = append(g.Hooks, hookShown{h, latest[h.ID]})
			}
		}
		groups = append(groups, g)
	}
	slices.Reverse(attempts)
	total := len(attempts)
	if v.r.URL.Query().Get("all") == "" && total > attemptsShown {
		attempts = attempts[:attemptsShown]
	}
	var shown []attemptShown
	for _, a := range attempts {
		shown = append(shown, attemptShown{a, eventTitle(a.Event)})
	}
	v.show("webhooks.html", "settings", "Integration & API", map[string]any{
		"Tab": "webhooks", "Groups": groups, "Attempts": shown, "Total": total, "App": v.lever.opts.AppName, "Pending": v.acct.Summary().PendingDeliveries,
	})
}

func toggleForm(v *visit) {
	v.finish(v.acct.SetToggle(v.r.FormValue("event"), v.r.FormValue("on") == "yes"), "/settings/webhooks", "toggled")
}

func addWebhookForm(v *visit) {
	err := checkHookURL(v.r.FormValue("url"))
	if err == nil {
		_, err = v.acct.AddWebhook("", v.r.FormValue("event"), v.r.FormValue("url"))
	}
	v.finish(err, "/settings/webhooks", "added")
}

func webhookForm(v *visit) {
	id := v.r.PathValue("id")
	switch v.r.PathValue("deed") {
	case "test":
		v.finish(v.acct.TestWebhook(id), "/settings/webhooks", "tested")
	case "delete":
		v.finish(v.acct.do(func(t tx) error { return t.removeOwnHook(id) }), "/settings/webhooks", "deleted")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

// removeOwnHook removes a webhook that was added on the settings page; others cannot be removed there
// (lever/api.md section 3.11).
func (t tx) removeOwnHook(id string) error {
	h := t.st.hook(id)
	if h == nil {
		return notFound("webhooks", id)
	}
	if h.App != "" {
		return refuse(http.StatusForbidden, "Webhooks created through the API cannot be edited here.")
	}
	t.st.hooks = slices.DeleteFunc(t.st.hooks, func(other *Webhook) bool { return other == h })
	return nil
}

func rerunForm(v *visit) {
	v.finish(v.acct.Rerun(v.r.PathValue("id")), "/settings/webhooks", "rerun")
}

// appShown is an authorised app with who authorised it.
type appShown struct {
	Grant
	Author string
}

func appsPage(v *visit) {
	grants := v.acct.Grants()
	slices.Reverse(grants)
	apps := read(v.acct, func(st *account) []appShown {
		var apps []appShown
		for _, g := range grants {
			u := st.users.get(g.User, time.Time{})
			if !g.Revoked && u != nil {
				apps = append(apps, appShown{g, u.Name})
			}
		}
		return apps
	})
	v.show("apps.html", "settings", "Integration & API", map[string]any{"Tab": "apps", "Apps": apps, "App": v.lever.opts.AppName})
}

func revokeForm(v *visit) { v.finish(v.acct.Revoke(), "/settings/apps", "revoked") }

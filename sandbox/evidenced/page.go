package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // people's time zones must be known on any machine

	"github.com/evidenced/lever-integration/sandbox/platform"
)

//go:embed page
var pageFiles embed.FS

// pages are the parsed templates by name, each with the common layout.
type pages map[string]*template.Template

// view is what a template gets.
type view struct {
	Page, Title string
	Person      *person
	CSRF        string
	Flash       *flash
	LeverURL    string
	Data        map[string]any
}

// trouble is what went wrong, in words, with the API's code where it gave one.
type trouble struct{ Title, Text, Code string }

func parsePages() (pages, error) {
	names := []string{"login", "overview", "integrations", "jobs", "candidates", "candidate", "interviews", "users", "decisions", "events", "trouble"}
	parsed := pages{}
	for _, name := range names {
		t, err := template.New("layout.html").Funcs(functions()).ParseFS(pageFiles, "page/layout.html", "page/part.html", "page/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read page %q: %w", name, err)
		}
		parsed[name] = t
	}
	return parsed, nil
}

func functions() template.FuncMap {
	return template.FuncMap{
		"when": when, "clock": clock, "state": stateWords, "tone": stateTone, "join": strings.Join,
		"dict": func(pairs ...any) map[string]any {
			values := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				values[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return values
		},
	}
}

// showTo shows a page to somebody logged in.
func (a *app) showTo(w http.ResponseWriter, s *session, v view) { a.showStatus(w, s, http.StatusOK, v) }

func (a *app) showStatus(w http.ResponseWriter, s *session, status int, v view) {
	v.Person, v.CSRF, v.Flash = &s.person, s.csrf, a.sessions.takeFlash(s)
	a.show(w, status, v)
}

func (a *app) show(w http.ResponseWriter, status int, v view) {
	v.LeverURL = a.config.LeverURL
	var body bytes.Buffer
	if err := a.pages[v.Page].Execute(&body, v); err != nil {
		http.Error(w, "the page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}

func (a *app) trouble(w http.ResponseWriter, s *session, status int, t trouble) {
	a.showStatus(w, s, status, view{Page: "trouble", Title: t.Title, Data: map[string]any{"Problem": &t}})
}

// troubleOf puts an error of the platform API into words.
func troubleOf(err error) *trouble {
	var problem *platform.Problem
	if !errors.As(err, &problem) {
		return &trouble{Title: "The integration did not answer", Text: "Its API could not be reached. Is the stack running?", Code: "unreachable"}
	}
	if problem.Code == "not-connected" || problem.Code == "unknown-tenant" {
		return &trouble{Title: "Lever is not connected", Text: "An admin can connect it under Integrations.", Code: "not-connected"}
	}
	t := &trouble{Title: problem.Title, Text: problem.Detail, Code: problem.Code}
	if t.Title == "" {
		t.Title = "The integration refused"
	}
	if t.Code == "" {
		t.Code = fmt.Sprintf("status %d", problem.Status)
	}
	return t
}

func when(ms int64, zone string) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(location(zone)).Format("2 Jan 2006, 15:04")
}

func clock(at time.Time, zone string) string { return at.In(location(zone)).Format("15:04:05") }

func location(zone string) *time.Location {
	if found, err := time.LoadLocation(zone); err == nil {
		return found
	}
	return time.UTC
}

// stateWords puts a state of the API into words; an unknown one is shown as it is.
func stateWords(state string) string {
	words := map[string]string{
		"not-connected": "Not connected", "connecting": "Connecting…", "connected": "Connected", "revoked": "Access revoked in Lever",
		"disconnecting": "Disconnecting…", "disconnected": "Disconnected", "unknown": "Not known",
		"accepted": "Accepted", "sending": "On its way", "delivered": "In Lever", "uncertain": "Being checked", "held": "Waiting for a connection",
		"undeliverable": "Could not be delivered",
	}
	if found, ok := words[state]; ok {
		return found
	}
	return state
}

// stateTone is the style of a state; the words always stand beside it.
func stateTone(state string) string {
	switch state {
	case "connected", "delivered", "published", "active":
		return "good"
	case "revoked", "undeliverable", "rejected":
		return "bad"
	case "connecting", "disconnecting", "sending", "uncertain", "held", "accepted", "pending":
		return "busy"
	}
	return "quiet"
}

package main

import (
	"embed"
	"fmt"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

//go:embed asset
var assets embed.FS

// app is the stand-in: its handlers, who is logged in, the decisions taken and the events received. Its handlers are
// safe for concurrent use.
type app struct {
	config    config
	api       *platform.Client
	sessions  *sessions
	decisions *decisions
	events    *events
	pages     pages
	now       func() time.Time
}

func newApp(config config, api *platform.Client, now func() time.Time) (*app, error) {
	parsed, err := parsePages()
	if err != nil {
		return nil, err
	}
	return &app{
		config: config, api: api, pages: parsed, now: now,
		sessions:  &sessions{byID: map[string]*session{}},
		decisions: &decisions{},
		events:    newEvents(),
	}, nil
}

func (a *app) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /asset/", http.FileServerFS(assets))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /login", a.loginPage)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /{$}", a.known(a.overview))
	mux.HandleFunc("GET /integrations", a.known(a.integrations))
	mux.HandleFunc("GET /integrations/lever", a.known(a.returned))
	mux.HandleFunc("POST /integrations/lever/open", a.posted(a.openIntegration))
	mux.HandleFunc("GET /jobs", a.known(a.jobs))
	mux.HandleFunc("GET /candidates", a.known(a.candidates))
	mux.HandleFunc("GET /candidates/{id}", a.known(a.candidate))
	mux.HandleFunc("POST /candidates/{id}/decisions", a.posted(a.decide))
	mux.HandleFunc("GET /interviews", a.known(a.interviews))
	mux.HandleFunc("GET /users", a.known(a.users))
	mux.HandleFunc("GET /decisions", a.known(a.decisionList))
	mux.HandleFunc("POST /decisions/{id}", a.posted(a.revise))
	mux.HandleFunc("GET /events", a.known(a.eventPage))
	mux.HandleFunc("GET /events/stream", a.known(a.eventStream))
	return secure(mux)
}

// visitor handles a request of somebody who is logged in.
type visitor func(w http.ResponseWriter, r *http.Request, s *session)

// known lets only logged-in people through.
func (a *app) known(next visitor) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := a.sessions.of(r)
		if s == nil {
			a.askToLogIn(w, r)
			return
		}
		next(w, r, s)
	}
}

// posted lets only logged-in people with the session's anti-forgery token through.
func (a *app) posted(next visitor) http.HandlerFunc {
	return a.known(func(w http.ResponseWriter, r *http.Request, s *session) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if !s.allows(r) {
			a.trouble(w, s, http.StatusForbidden, trouble{Title: "This form was out of date", Text: "Open the page again and press the button once more.", Code: "csrf"})
			return
		}
		next(w, r, s)
	})
}

// secure sets the headers every page has.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action *; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

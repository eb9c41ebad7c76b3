package levertest

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const sessionCookie = "simulated_lever"

//go:embed templates
var templateFiles embed.FS

// session is a person logged in to the web pages.
type session struct{ account, user string }

// visit is a request of a logged-in person.
type visit struct {
	*web
	w    http.ResponseWriter
	r    *http.Request
	acct *Account // acting as the person
	user User
}

// web serves the pages.
type web struct {
	lever *Lever
	pages *template.Template
}

// registerWeb adds the pages: login, consent, candidates, jobs, users and settings.
func (l *Lever) registerWeb(mux *http.ServeMux) {
	pages := template.Must(template.New("").Funcs(template.FuncMap{
		"when": when, "input": inputTime, "text": text, "query": url.QueryEscape, "lower": strings.ToLower, "words": scopeInWords,
	}).ParseFS(templateFiles, "templates/*.html"))
	s := &web{l, pages}
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, templateFiles, "templates/style.css")
	})
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /authorize", s.authorize)
	page := func(pattern string, handle func(*visit)) { mux.HandleFunc(pattern, s.loggedIn(handle)) }
	page("GET /{$}", func(v *visit) { v.redirect("/candidates") })
	page("GET /candidates", candidatesPage)
	page("POST /candidates", newCandidateForm)
	page("GET /candidates/{id}", candidatePage)
	page("POST /candidates/{id}/{deed}", candidateForm)
	page("POST /interviews/{id}/{deed}", interviewForm)
	page("POST /notes/{id}/{deed}", noteForm)
	page("GET /postings", postingsPage)
	page("POST /postings", newPostingForm)
	page("POST /postings/{id}/{deed}", postingForm)
	page("GET /users", usersPage)
	page("POST /users/{id}/{deed}", userForm)
	page("GET /settings", func(v *visit) { v.redirect("/settings/webhooks") })
	admin := func(pattern string, handle func(*visit)) { page(pattern, superAdminOnly(handle)) }
	admin("GET /settings/webhooks", webhooksPage)
	admin("POST /settings/webhooks/toggle", toggleForm)
	admin("POST /settings/webhooks/add", addWebhookForm)
	admin("POST /settings/webhooks/{id}/{deed}", webhookForm)
	admin("POST /settings/requests/{id}/rerun", rerunForm)
	admin("GET /settings/apps", appsPage)
	admin("POST /settings/apps/revoke", revokeForm)
}

// person finds who is logged in; a deactivated user is logged out.
func (s *web) person(r *http.Request) (*Account, User, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil, User{}, false
	}
	s.lever.mu.Lock()
	found, ok := s.lever.sessions[cookie.Value]
	s.lever.mu.Unlock()
	acct := s.lever.Account(found.account)
	if !ok || acct == nil {
		return nil, User{}, false
	}
	u := read(acct, func(st *account) *User { return st.users.get(found.user, time.Time{}) })
	if u == nil || u.DeactivatedAt != nil {
		return nil, User{}, false
	}
	return acct.As(u.ID), *u, true
}

// loggedIn sends strangers to the login page and back.
func (s *web) loggedIn(handle func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		acct, user, ok := s.person(r)
		if !ok {
			next := r.URL.RequestURI()
			if r.Method != http.MethodGet {
				next = "/"
			}
			http.Redirect(w, r, "/login?next="+url.QueryEscape(next), http.StatusSeeOther)
			return
		}
		handle(&visit{s, w, r, acct, user})
	}
}

func superAdminOnly(handle func(*visit)) func(*visit) {
	return func(v *visit) {
		if v.user.AccessRole != RoleSuperAdmin {
			v.trouble(http.StatusForbidden, "Only Super Admins can open Integration & API settings.")
			return
		}
		handle(v)
	}
}

// view is what every template gets.
type view struct {
	Title   string
	Section string
	Company string
	User    User
	Done    string
	Data    any
}

func (s *web) render(w http.ResponseWriter, status int, name string, v view) {
	var page strings.Builder
	if err := s.pages.ExecuteTemplate(&page, name, v); err != nil {
		http.Error(w, "render "+name+": "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page.String())) // the browser may be gone; there is nobody to tell
}

func (v *visit) show(name, section, title string, data any) {
	v.render(v.w, http.StatusOK, name, view{title, section, v.acct.Name(), v.user, doneText(v.r.URL.Query().Get("done")), data})
}

func (v *visit) redirect(to string) { http.Redirect(v.w, v.r, to, http.StatusSeeOther) }

func (v *visit) trouble(status int, message string) {
	v.render(v.w, status, "trouble.html", view{Title: "That did not work", Company: v.acct.Name(), User: v.user, Data: message})
}

// finish ends a form: back to a page with a word on what was done, or to a page that says why not.
func (v *visit) finish(err error, to, done string) {
	if err == nil {
		v.redirect(to + "?done=" + done)
		return
	}
	status, message := http.StatusBadRequest, err.Error()
	if e, ok := err.(*Error); ok {
		status, message = e.Status, e.Message
	}
	v.trouble(status, message)
}

// doneText is what the page says after a form; unknown words say nothing.
func doneText(word string) string {
	return map[string]string{
		"moved": "Moved to another stage.", "archived": "Archived.", "unarchived": "Active again.", "hired": "Archived as hired.",
		"deleted": "Deleted.", "scheduled": "Interview scheduled.", "changed": "Interview changed.", "cancelled": "Interview cancelled.",
		"removed": "Interview deleted.", "note": "Note added.", "reply": "Reply added.", "note-deleted": "Note deleted.",
		"toggled": "Saved.", "tested": "A test was sent. Its result appears below.", "rerun": "Sent again. The result appears below.",
		"revoked": "Access revoked.", "added": "Added.", "saved": "Saved.", "created": "Candidate added.",
	}[word]
}

// when writes milliseconds for people.
func when(v any) string {
	switch v := v.(type) {
	case int64:
		return time.UnixMilli(v).UTC().Format("2 Jan 2006, 15:04")
	case *int64:
		if v != nil {
			return when(*v)
		}
	case time.Time:
		return v.UTC().Format("2 Jan 2006, 15:04:05")
	}
	return "-"
}

// inputTime writes milliseconds for an input of type datetime-local, in UTC.
func inputTime(millis int64) string { return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04") }

// text writes a nullable string.
func text(p *string) string { return deref(p) }

// scopeInWords says in words what a scope as on the wire allows.
func scopeInWords(scope string) string { return scopeWords(strings.TrimSuffix(scope, ":admin")) }

package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

// exhibit is one page of the gallery.
type exhibit struct {
	name   string
	render func() ([]byte, error)
	live   func() ([]byte, error) // its part that keeps itself fresh; nil when it has none
	hidden bool                   // only for the test: nobody wants its picture
}

// hall is the gallery as a server, with the headers that integration-page sends.
type hall struct {
	exhibits []exhibit
	mu       sync.Mutex
	shown    exhibit // the last one that was opened: /portal/live belongs to it
}

// show makes /portal/live give the part of that exhibit.
func (h *hall) show(e exhibit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = e
}

func (h *hall) live() func() ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shown.live
}

func newHall() (*hall, error) {
	pages, err := page.New("support@evidenced.app", "https://lever.evidenced.example", pagetest.Now)
	if err != nil {
		return nil, err
	}
	admin, viewer := pagetest.Session(portal.Admin), pagetest.Session(portal.Viewer)
	status := func(name string, session portal.Session, report health.Report, done string) exhibit {
		return exhibit{
			name: name, render: func() ([]byte, error) { return pages.Status(session, report, done) },
			live: func() ([]byte, error) { return pages.Live(session, report) },
		}
	}
	h := &hall{}
	for _, name := range pagetest.Names() {
		h.exhibits = append(h.exhibits, status(name, admin, pagetest.Facts(name).Report(), ""))
	}
	h.exhibits = append(h.exhibits,
		status("viewer", viewer, pagetest.Facts(pagetest.NeedsAttention).Report(), ""),
		status("viewer-not-connected", viewer, pagetest.Facts(pagetest.NotConnected).Report(), ""),
		status("after-settings", admin, pagetest.Facts(pagetest.Good).Report(), "settings"),
	)
	long := exhibit{name: "long-names", hidden: true}
	long.render = func() ([]byte, error) { return pages.Status(longNames(admin), longFacts().Report(), "") }
	long.live = long.render
	h.exhibits = append(h.exhibits, long)
	for name, render := range map[string]func() ([]byte, error){
		"reconnect": func() ([]byte, error) { return pages.Consent(admin, true) },
		"confirm":   func() ([]byte, error) { return pages.Confirm(admin) },
		// The simulated way to Lever: the page must not leave while its picture is taken.
		"leaving": func() ([]byte, error) {
			content, err := pages.Leaving(admin, "https://lever.example/authorize?state=x")
			return []byte(strings.Replace(string(content), `http-equiv="refresh"`, `name="refresh"`, 1)), err
		},
		"problem-session-ended": func() ([]byte, error) {
			return pages.Problem(page.Problem{Code: "session-ended", Reference: "7K2M-41QX"})
		},
		"problem-no-session": func() ([]byte, error) {
			return pages.Problem(page.Problem{Code: "no-session", Reference: "7K2M-41QX"})
		},
	} {
		h.exhibits = append(h.exhibits, exhibit{name: name, render: render})
	}
	for _, code := range []string{
		"consent-denied", "not-super-admin", "connect-expired", "connect-other-session", "account-taken", "not-admin", "unavailable", "something-else",
	} {
		h.exhibits = append(h.exhibits, exhibit{name: "problem-" + code, render: func() ([]byte, error) {
			return pages.Problem(page.Problem{Code: code, Reference: "7K2M-41QX", Session: &admin})
		}})
	}
	return h, nil
}

// longNames is a visit in which every name is as long as names may be, and cannot be broken at a space.
func longNames(session portal.Session) portal.Session {
	session.TenantName, session.UserName = strings.Repeat("Organisation", 16), strings.Repeat("Annabel", 28)
	return session
}

func longFacts() health.Facts {
	f := pagetest.Facts(pagetest.EachFinding)
	f.Connection.By.Name = strings.Repeat("Annabel", 28)
	f.Authoriser.Name, f.Authoriser.Email = strings.Repeat("Bertha", 30), "b@"+strings.Repeat("savings.", 20)+"example"
	return f
}

// ServeHTTP answers as integration-page does, with an exhibit at each name.
func (h *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for header, value := range page.Headers() {
		w.Header().Set(header, value)
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if content, kind, found := page.Asset(strings.TrimPrefix(path, "portal/assets/")); found {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content)
		return
	}
	if live := h.live(); path == "portal/live" && live != nil {
		answer(w, live)
		return
	}
	for _, e := range h.exhibits {
		if e.name == path {
			h.show(e)
			answer(w, e.render)
			return
		}
	}
	http.NotFound(w, r)
}

func answer(w http.ResponseWriter, render func() ([]byte, error)) {
	content, err := render()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(content)
}

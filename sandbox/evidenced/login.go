package main

import (
	"net/http"
	"net/url"
	"strings"
)

// askToLogIn remembers where somebody wanted to go, an attempt from Lever included.
func (a *app) askToLogIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
}

func (a *app) loginPage(w http.ResponseWriter, r *http.Request) {
	type group struct {
		Name   string
		People []person
	}
	var groups []group
	for _, p := range people() {
		if len(groups) == 0 || groups[len(groups)-1].Name != p.Organisation.Name {
			groups = append(groups, group{Name: p.Organisation.Name})
		}
		last := &groups[len(groups)-1]
		last.People = append(last.People, p)
	}
	a.show(w, http.StatusOK, view{Page: "login", Title: "Log in", Data: map[string]any{
		"Groups": groups, "Next": localPath(r.URL.Query().Get("next")),
	}})
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	who, ok := findPerson(r.PostFormValue("person"))
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	a.sessions.end(w, r)
	a.sessions.start(w, who)
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if s := a.sessions.of(r); s != nil && s.allows(r) {
		a.sessions.end(w, r)
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// localPath keeps a redirect after login on this site.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, `/\`) {
		return "/"
	}
	return next
}

package levertest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// loginChoice is one company on the login page with the people to choose from.
type loginChoice struct {
	ID, Name string
	People   []User
	Hidden   int
}

const peoplePerRole = 3

// loginPage offers a few live users of each role, or those that match the search.
func (s *web) loginPage(w http.ResponseWriter, r *http.Request) {
	search := r.URL.Query().Get("q")
	var choices []loginChoice
	for _, a := range s.lever.Accounts() {
		choices = append(choices, choose(a, search))
	}
	s.render(w, http.StatusOK, "login.html", view{Title: "Log in to Lever", Data: map[string]any{
		"Choices": choices, "Next": localPath(r.URL.Query().Get("next")), "Search": search,
	}})
}

func choose(a *Account, search string) loginChoice {
	c := loginChoice{ID: a.ID(), Name: a.Name()}
	shown := map[string]int{}
	people := slices.DeleteFunc(a.Users(), func(u User) bool { return u.DeactivatedAt != nil })
	slices.SortStableFunc(people, func(a, b User) int {
		return slices.Index(roles(), b.AccessRole) - slices.Index(roles(), a.AccessRole)
	})
	for _, u := range people {
		if search == "" {
			if shown[u.AccessRole]++; shown[u.AccessRole] > peoplePerRole {
				c.Hidden++
				continue
			}
		} else if !strings.Contains(strings.ToLower(u.Name+" "+deref(u.Email)+" "+u.AccessRole), strings.ToLower(search)) {
			continue
		}
		c.People = append(c.People, u)
	}
	return c
}

// roles are the access roles from the least to the most powerful (lever/api.md section 3.9).
func roles() []string {
	return []string{"interviewer", "limited team member", "team member", "admin", RoleSuperAdmin}
}

// localPath keeps a redirect on this host.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}

func (s *web) login(w http.ResponseWriter, r *http.Request) {
	acct := s.lever.Account(r.FormValue("account"))
	if acct == nil {
		http.Error(w, "no such company", http.StatusBadRequest)
		return
	}
	u := read(acct, func(st *account) *User { return st.users.get(r.FormValue("user"), time.Time{}) })
	if u == nil || u.DeactivatedAt != nil {
		http.Error(w, "no such user", http.StatusBadRequest)
		return
	}
	s.lever.mu.Lock()
	id := newHex(s.lever.rng, 16)
	s.lever.sessions[id] = session{acct.ID(), u.ID}
	s.lever.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, localPath(r.FormValue("next")), http.StatusSeeOther)
}

func (s *web) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		s.lever.mu.Lock()
		delete(s.lever.sessions, cookie.Value)
		s.lever.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/login?next="+url.QueryEscape(localPath(r.FormValue("next"))), http.StatusSeeOther)
}

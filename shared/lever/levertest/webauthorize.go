package levertest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// asking is a checked authorisation request.
type asking struct {
	redirectURI, state, challenge string
	scopes                        []string
	promptConsent                 bool
}

// back is the address that returns the browser to the app.
func (a asking) back(pairs ...string) string {
	u, _ := url.Parse(a.redirectURI) // it equals a registered one
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if a.state != "" {
		q.Set("state", a.state)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// denied is the address that returns the browser with access_denied.
func (a asking) denied(why string) string {
	return a.back("error", "access_denied", "error_description", why)
}

// check reads the request. problem is shown here, because the address to return to cannot be trusted;
// an oauthFault goes back to the app.
func (l *Lever) check(q url.Values) (a asking, problem, oauthFault, why string) {
	a = asking{q.Get("redirect_uri"), q.Get("state"), q.Get("code_challenge"), knownScopes(strings.Fields(q.Get("scope"))), q.Get("prompt") == "consent"}
	switch {
	case q.Get("client_id") != l.opts.ClientID:
		return a, "Unknown client: " + q.Get("client_id"), "", ""
	case !slices.Contains(l.opts.RedirectURIs, a.redirectURI):
		return a, "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.", "", ""
	case q.Get("response_type") != "code":
		return a, "", "unsupported_response_type", "response_type must be code"
	case a.state == "":
		return a, "", "invalid_request", "state is required"
	case q.Has("audience") && q.Get("audience") != l.opts.Audience:
		return a, "", "access_denied", "Service not found: " + q.Get("audience")
	case a.challenge != "" && q.Get("code_challenge_method") != "S256" && !l.Rules().PKCEIgnored:
		return a, "", "invalid_request", "code_challenge_method must be S256"
	case len(a.scopes) == 0:
		return a, "", "invalid_scope", "no known scope was requested"
	}
	if !q.Has("audience") {
		// Without an audience consent shows only offline_access (lever/api.md section 1, debugging table).
		a.scopes = slices.DeleteFunc(a.scopes, func(s string) bool { return s != "offline_access" })
	}
	return a, "", "", ""
}

// authorize serves the consent page and takes its answer. The request's parameters stay in the URL throughout.
func (s *web) authorize(w http.ResponseWriter, r *http.Request) {
	a, problem, fault, why := s.lever.check(r.URL.Query())
	if problem != "" {
		s.render(w, http.StatusBadRequest, "oauthproblem.html", view{Title: "Oops, something went wrong", Data: problem})
		return
	}
	if fault != "" {
		http.Redirect(w, r, a.back("error", fault, "error_description", why), http.StatusFound)
		return
	}
	acct, user, ok := s.person(r)
	if !ok {
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	v := &visit{s, w, r, acct, user}
	if user.AccessRole != RoleSuperAdmin {
		s.render(w, http.StatusForbidden, "notadmin.html", view{Title: "Only Super Admins can authorize apps", Company: acct.Name(), User: user, Data: map[string]any{
			"App": s.lever.opts.AppName, "Back": a.denied("Only Super Admins can authorize apps."), "Next": r.URL.RequestURI(),
		}})
		return
	}
	switch {
	case r.Method == http.MethodPost && r.PostFormValue("decision") == "deny":
		v.leave(a.denied("User did not authorize the request"))
	case r.Method == http.MethodPost && r.PostFormValue("decision") == "accept", v.consented(a):
		v.leave(a.back("code", v.code(a)))
	default:
		s.render(w, http.StatusOK, "consent.html", view{Title: "Authorize App", Company: acct.Name(), User: user, Data: map[string]any{
			"App": s.lever.opts.AppName, "Scopes": fullScopes(a.scopes), "Action": r.URL.RequestURI(),
		}})
	}
}

func (v *visit) leave(to string) { http.Redirect(v.w, v.r, to, http.StatusSeeOther) }

// consented says whether this person has already given the app these scopes (lever/api.md section 1, prompt).
func (v *visit) consented(a asking) bool {
	if a.promptConsent {
		return false
	}
	return slices.ContainsFunc(v.acct.Grants(), func(g Grant) bool {
		return !g.Revoked && g.User == v.user.ID && g.App == v.lever.opts.ClientID && !slices.ContainsFunc(fullScopes(a.scopes), func(s string) bool {
			return !slices.Contains(g.Scopes, s)
		})
	})
}

func (v *visit) code(a asking) (value string) {
	_ = v.acct.do(func(t tx) error { // making a code does not fail
		value = t.newCode(AuthorizeRequest{User: v.user.ID, RedirectURI: a.redirectURI, Scopes: fullScopes(a.scopes), CodeChallenge: a.challenge})
		return nil
	})
	return value
}

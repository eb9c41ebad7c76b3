package levertest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// code is an authorization code waiting to be exchanged.
type code struct {
	st          *account
	user, app   string
	redirectURI string
	scopes      []string
	challenge   string
	issued      time.Time
	used        bool
}

// AuthorizeRequest is what an app asks for at /authorize.
type AuthorizeRequest struct {
	User          string   // default: the account's first Super Admin
	RedirectURI   string   // default: the first registered one
	Scopes        []string // as on the wire, for example "notes:read:admin"
	CodeChallenge string   // PKCE S256
}

// Code gives consent without a browser and returns the authorization code that the redirect would carry.
func (a *Account) Code(req AuthorizeRequest) (value string, err error) {
	err = a.do(func(t tx) error {
		if req.User == "" {
			req.User = t.by
		}
		u := t.st.users.get(req.User, time.Time{})
		if u == nil || u.AccessRole != RoleSuperAdmin || u.DeactivatedAt != nil {
			return refuse(http.StatusForbidden, "Only Super Admins can authorize apps.")
		}
		if req.RedirectURI == "" && len(t.opts.RedirectURIs) > 0 {
			req.RedirectURI = t.opts.RedirectURIs[0]
		}
		value = t.newCode(req)
		return nil
	})
	return value, err
}

func (t tx) newCode(req AuthorizeRequest) string {
	value := newHex(t.rng, 24)
	t.codes[value] = &code{
		st: t.st, user: req.User, app: t.opts.ClientID, redirectURI: req.RedirectURI, scopes: knownScopes(req.Scopes),
		challenge: req.CodeChallenge, issued: t.at,
	}
	return value
}

// Tokens is a pair of tokens, for tests that skip the browser.
type Tokens struct {
	AccessToken  string
	RefreshToken string
}

// Connect gives consent and exchanges the code in one step, without a browser.
func (a *Account) Connect(scopes ...string) (Tokens, error) {
	value, err := a.Code(AuthorizeRequest{Scopes: scopes})
	if err != nil {
		return Tokens{}, err
	}
	a.lever.enter()
	defer a.lever.mu.Unlock()
	out := a.lever.redeem(a.lever.codes[value])
	return Tokens{out.AccessToken, out.RefreshToken}, nil
}

// redeem turns a code into a grant with its first tokens.
func (l *Lever) redeem(c *code) tokens {
	c.used = true
	g := &grant{id: newID(l.rng), app: c.app, user: c.user, st: c.st, scopes: c.scopes, createdAt: l.at}
	c.st.grants = append(c.st.grants, g)
	return l.issue(g)
}

// oauthError answers in Auth0's shape (lever/api.md section 1).
func oauthError(status int, kind, description string) reply {
	return jsonReply(status, map[string]string{"error": kind, "error_description": description})
}

func (l *Lever) invalidGrant(description string) reply {
	return oauthError(l.rules.InvalidGrantStatus, "invalid_grant", description)
}

// token serves POST /oauth/token, form or JSON.
func (l *Lever) token(in *inbound) reply {
	form, ok := tokenForm(in)
	if !ok {
		return oauthError(http.StatusBadRequest, "invalid_request", "The body cannot be read.")
	}
	same := subtle.ConstantTimeCompare([]byte(form.Get("client_secret")), []byte(l.opts.ClientSecret)) == 1
	if form.Get("client_id") != l.opts.ClientID || !same {
		return oauthError(http.StatusUnauthorized, "access_denied", "Unauthorized")
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return l.exchange(form)
	case "refresh_token":
		return l.refreshGrant(form.Get("refresh_token"))
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type.")
}

const tokenPath = "/oauth/token"

// owner is the account whose code or refresh token a token request presents, good or not; empty for one never given out.
func (l *Lever) owner(in *inbound) string {
	form, _ := tokenForm(in)
	if c := l.codes[form.Get("code")]; c != nil {
		return c.st.id
	}
	if t := l.refresh[form.Get("refresh_token")]; t != nil {
		return t.grant.st.id
	}
	return ""
}

func tokenForm(in *inbound) (url.Values, bool) {
	kind, _, _ := mime.ParseMediaType(in.header.Get("Content-Type"))
	if kind != "application/json" {
		form, err := url.ParseQuery(string(in.body))
		return form, err == nil
	}
	fields := map[string]string{}
	if json.Unmarshal(in.body, &fields) != nil {
		return nil, false
	}
	form := url.Values{}
	for k, v := range fields {
		form.Set(k, v)
	}
	return form, true
}

func (l *Lever) exchange(form url.Values) reply {
	c := l.codes[form.Get("code")]
	if c == nil || c.used || l.at.Sub(c.issued) > l.rules.CodeLifetime {
		return l.invalidGrant("Invalid authorization code")
	}
	if form.Get("redirect_uri") != c.redirectURI {
		return l.invalidGrant("The redirect_uri does not match the authorization request.")
	}
	if c.challenge != "" && !l.rules.PKCEIgnored {
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge {
			return l.invalidGrant("Failed to verify code verifier")
		}
	}
	return jsonReply(http.StatusOK, l.redeem(c))
}

func (l *Lever) refreshGrant(value string) reply {
	const unknown = "Unknown or invalid refresh token."
	t := l.refresh[value]
	if t == nil || !l.grantLive(t.grant) || t.grant.familyDead {
		return l.invalidGrant(unknown)
	}
	if l.at.Sub(t.issued) > RefreshTokenIdle || l.at.Sub(t.grant.createdAt) > RefreshTokenLifetime {
		return l.invalidGrant(unknown)
	}
	if !t.spent.IsZero() && !l.reuseAccepted(t) {
		t.grant.familyDead = l.rules.RefreshReuse != ReuseRefused
		return l.invalidGrant(unknown)
	}
	if t.spent.IsZero() {
		t.spent = l.at
	}
	return jsonReply(http.StatusOK, l.issue(t.grant))
}

func (l *Lever) reuseAccepted(t *refreshToken) bool {
	switch l.rules.RefreshReuse {
	case ReuseAllowed:
		return true
	case ReuseLeeway:
		return l.at.Sub(t.spent) <= RefreshLeeway
	}
	return false
}

// knownScopes keeps the scopes that Lever knows, without their suffix.
func knownScopes(asked []string) []string {
	var out []string
	for _, s := range asked {
		short := strings.TrimSuffix(s, ":admin")
		if (s == "offline_access" || short != s && scopeWords(short) != "") && !slices.Contains(out, short) {
			out = append(out, short)
		}
	}
	return out
}

package levertest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Token lifetimes (lever/api.md section 1).
const (
	AccessTokenLifetime  = time.Hour
	RefreshTokenLifetime = 365 * 24 * time.Hour
	RefreshTokenIdle     = 90 * 24 * time.Hour
	scopeConfidential    = "confidential:access"
)

// grant is one person's consent for one app on one account.
type grant struct {
	id, app, user string
	st            *account
	scopes        []string // without :admin, apart from offline_access
	createdAt     time.Time
	revokedAt     time.Time
	familyDead    bool // the refresh tokens are dead, through reuse
}

// accessToken is a live access token.
type accessToken struct {
	grant   *grant
	expires time.Time
}

// refreshToken is a refresh token, spent or not.
type refreshToken struct {
	grant  *grant
	issued time.Time
	spent  time.Time
}

// has says whether the grant covers a scope; write implies read (lever/api.md section 1).
func (g *grant) has(scope string) bool {
	if slices.Contains(g.scopes, scope) {
		return true
	}
	kind, isRead := strings.CutSuffix(scope, ":read")
	return isRead && slices.Contains(g.scopes, kind+":write")
}

// grantLive says whether a grant still opens the API.
func (l *Lever) grantLive(g *grant) bool {
	if !g.revokedAt.IsZero() {
		return false
	}
	u := g.st.users.get(g.user, time.Time{})
	return l.rules.GrantSurvivesDeactivation || u != nil && u.DeactivatedAt == nil
}

// bearer finds the live grant of a request's access token, or nil.
func (l *Lever) bearer(in *inbound) *grant {
	token, ok := strings.CutPrefix(in.header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil
	}
	t := l.access[token]
	if t == nil || !l.at.Before(t.expires) || !l.grantLive(t.grant) {
		return nil
	}
	return t.grant
}

// tokens is the answer of the token endpoint (lever/api.md section 1).
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope"`
}

// issue makes a new access token and, with offline_access, a new refresh token.
func (l *Lever) issue(g *grant) tokens {
	out := tokens{
		AccessToken: l.newAccessToken(g), ExpiresIn: int(AccessTokenLifetime.Seconds()), TokenType: "Bearer",
		Scope: strings.Join(fullScopes(g.scopes), " "),
	}
	l.access[out.AccessToken] = &accessToken{g, l.at.Add(AccessTokenLifetime)}
	for token, t := range l.access {
		if l.at.After(t.expires.Add(time.Hour)) {
			delete(l.access, token)
		}
	}
	if g.has("offline_access") {
		out.RefreshToken = "v1." + newHex(l.rng, 24)
		l.refresh[out.RefreshToken] = &refreshToken{grant: g, issued: l.at}
	}
	return out
}

// newAccessToken makes something that looks like the documented JWT, signed with garbage.
func (l *Lever) newAccessToken(g *grant) string {
	if l.rules.OpaqueTokens {
		return newHex(l.rng, 32)
	}
	claims := map[string]any{
		"iss": "https://auth.lever.co/", "sub": "auth0|" + g.user, "aud": l.opts.Audience, "azp": g.app,
		"iat": l.at.Unix(), "exp": l.at.Add(AccessTokenLifetime).Unix(), "scope": strings.Join(fullScopes(g.scopes), " "),
	}
	if !l.rules.OmitClaims {
		claims["https://oauth.lever.co/userId"] = g.user
		claims["https://oauth.lever.co/accountId"] = g.st.id
		claims["https://oauth.lever.co/clientId"] = g.app
	}
	part := func(v any) string {
		raw, _ := json.Marshal(v) // plain values always encode
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	header := map[string]string{"alg": "HS512", "v": "2.0", "kid": "simulated"}
	return part(header) + "." + part(claims) + "." + part(newHex(l.rng, 32))
}

// fullScopes writes scopes as the wire has them.
func fullScopes(scopes []string) []string {
	out := make([]string, 0, len(scopes))
	for _, s := range scopes {
		if s != "offline_access" {
			s += ":admin"
		}
		out = append(out, s)
	}
	return out
}

// Grant is an authorised app as the settings page shows it.
type Grant struct {
	ID        string
	App       string
	User      string
	Scopes    []string
	CreatedAt time.Time
	Revoked   bool
}

// Grants returns all grants of the account, oldest first.
func (a *Account) Grants() []Grant {
	return read(a, func(st *account) []Grant {
		var out []Grant
		for _, g := range st.grants {
			out = append(out, Grant{g.id, g.app, g.user, fullScopes(g.scopes), g.createdAt, !g.revokedAt.IsZero()})
		}
		return out
	})
}

// Revoke withdraws the app's access, as Revoke Access in Settings > Authorized Apps does: every grant dies at once.
func (a *Account) Revoke() error {
	return a.do(func(t tx) error {
		for _, g := range t.st.grants {
			if g.revokedAt.IsZero() {
				g.revokedAt = t.at
			}
		}
		return nil
	})
}

// ExpireAccessTokens ends all access tokens of the account before their time; refresh tokens stay good.
func (a *Account) ExpireAccessTokens() {
	a.lever.enter()
	defer a.lever.mu.Unlock()
	for _, t := range a.lever.access {
		if t.grant.st == a.st {
			t.expires = a.lever.at
		}
	}
}

// Tokens returns every access token and refresh token of the account that was issued and is still remembered, spent ones
// too, in the order of the texts: for tests that look whether one got anywhere.
func (a *Account) Tokens() []string {
	return read(a, func(st *account) []string {
		out := []string{}
		for token, t := range a.lever.access {
			if t.grant.st == st {
				out = append(out, token)
			}
		}
		for token, t := range a.lever.refresh {
			if t.grant.st == st {
				out = append(out, token)
			}
		}
		slices.Sort(out)
		return out
	})
}

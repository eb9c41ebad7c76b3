package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// tokenQuestions ask about tokens without using them up.
func tokenQuestions() []question {
	return []question{
		{"token-form", "What does an access token look like?", "a JWT", "OpaqueTokens", 0, tokenForm},
		{"token-claims", "Does an access token name the account and the user?", "yes", "OmitClaims", 0, tokenClaims},
		{"invalid-grant", "Which status has invalid_grant, for a refresh token that there is not?", "403", "InvalidGrantStatus", app, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.token(ctx, l.set.clientSecret.Reveal(), "refresh_token", "v1.there-is-no-such-token")
			return r.said(), err
		}},
		{"token-error", "How is a refused token request worded?", "error and error_description", "", app, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.token(ctx, l.set.clientSecret.Reveal(), "refresh_token", "v1.there-is-no-such-token")
			if r.body["error"] != nil && r.body["error_description"] != nil {
				return "error and error_description", err
			}
			return "otherwise", err
		}},
		{"bad-secret", "Which status has a token request with a wrong client secret?", "401", "", app, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.token(ctx, "this-is-not-the-secret", "refresh_token", "v1.there-is-no-such-token")
			return r.said(), err
		}},
	}
}

// token sends one request to the token endpoint and reads only whether and how it was refused.
func (l *lab) token(ctx context.Context, clientSecret, kind, value string) (reply, error) {
	form := url.Values{"grant_type": {kind}, "client_id": {l.set.clientID}, "client_secret": {clientSecret}, kind: {value}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.set.hosts.Auth.JoinPath("oauth", "token").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return l.send(req)
}

// payload is what a JWT carries; nil when the token is none.
func payload(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var claims map[string]any
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return nil
	}
	return claims
}

func tokenForm(_ context.Context, l *lab) (string, error) {
	if payload(l.grant.Access.Reveal()) == nil {
		return "not a JWT", nil
	}
	return "a JWT", nil
}

func tokenClaims(_ context.Context, l *lab) (string, error) {
	claims := payload(l.grant.Access.Reveal())
	switch {
	case claims == nil:
		return "", unasked("the token is not a JWT")
	case claims["https://oauth.lever.co/accountId"] != nil && claims["https://oauth.lever.co/userId"] != nil:
		return "yes", nil
	}
	return "no", nil
}

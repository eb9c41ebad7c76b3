package lever

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/evidenced/lever-integration/shared/secret"
)

// accessLife is how long an access token lives when Lever does not say (lever/api.md section 1).
const accessLife = time.Hour

// Grant is what a customer gave: the tokens and what they are good for.
type Grant struct {
	// Access is the access token.
	Access secret.String
	// Refresh is the token for the next refresh; empty if offline_access was not granted. If the
	// answer to a refresh has none, it is the one that was sent.
	Refresh secret.String
	// Scopes are those granted; nil when Lever did not say.
	Scopes []string
	// Expires is when the access token dies.
	Expires time.Time
	// AccountID and UserID are the Lever account and the user who authorised, from claims of the
	// access token that cannot be verified: hints, never proof. Empty when absent.
	AccountID string
	UserID    string
}

// newGrant reads the answer to a token request that was sent at started.
func newGrant(token *oauth2.Token, started time.Time) Grant {
	life := time.Duration(token.ExpiresIn) * time.Second
	if life <= 0 {
		life = accessLife
	}
	account, user := claims(token.AccessToken)
	return Grant{
		Access: secret.String(token.AccessToken), Refresh: secret.String(token.RefreshToken),
		Scopes: splitScopes(token.Extra("scope")), Expires: started.Add(life),
		AccountID: account, UserID: user,
	}
}

// claims reads the account and the user from an access token. Its signature (HS512) can be
// checked by Lever only, so nothing may depend on it.
func claims(token string) (account, user string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return "", ""
	}
	var known struct {
		Account any `json:"https://oauth.lever.co/accountId"`
		User    any `json:"https://oauth.lever.co/userId"`
	}
	if json.Unmarshal(payload, &known) != nil {
		return "", ""
	}
	return claim(known.Account), claim(known.User)
}

// claim gives an id if the value can be one.
func claim(value any) string {
	id, _ := value.(string)
	if !validID(id) {
		return ""
	}
	return id
}

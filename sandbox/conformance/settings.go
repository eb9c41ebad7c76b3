package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

// usage is what -help prints.
const usage = `conformance [-json]

Without these settings the simulated Lever is asked in each of its variants. With them, the given account:

  LEVER_API_URL             the REST API, for example https://api.sandbox.lever.co/v1
  LEVER_ACCESS_TOKEN        an access token; or, in its place, the next four:
  LEVER_AUTH_URL            the login service, for example https://sandbox-lever.auth0.com
  LEVER_CLIENT_ID           the app's registration
  LEVER_CLIENT_SECRET
  LEVER_REFRESH_TOKEN_FILE  a file with the refresh token; Lever replaces it at each use, and the file is written anew
  LEVER_AUDIENCE            only when it is not Lever's own

So far only reading. More questions are asked with more settings:

  LEVER_CONFORMANCE_POSTING       id of a posting of the sandbox: notes are written on, and removed from, its first
                                  active candidate
  LEVER_CONFORMANCE_CONFIDENTIAL  id of a confidential opportunity, for a token without confidential:access
  LEVER_OTHER_ACCESS_TOKEN        a token of the same app on another account
  LEVER_CONFORMANCE_HOOK_URL      an https address whose requests reach LEVER_CONFORMANCE_LISTEN; webhooks are created
  LEVER_CONFORMANCE_LISTEN        for it and deleted again (an address of this machine, for example 127.0.0.1:8099)
  LEVER_CONFORMANCE_PATIENCE      how long to wait for a further attempt of a webhook, default 30m
  LEVER_CONFORMANCE_PERSON=yes    you sit here and do in Lever what is asked on the terminal
  LEVER_REDIRECT_URL              the registered callback, for logins that you make when asked
  LEVER_CONFORMANCE_SPEND=yes     the grant may be used up: access is revoked and you authorise the app anew
`

// settings is the environment.
type settings struct {
	hosts                   lever.Hosts
	access, other           secret.String
	clientID                string
	clientSecret            secret.String
	refreshFile             string
	posting, confidentialID string
	hookURL, listen         string
	patience                time.Duration
	person, spend           bool
	redirect                string
}

// readSettings reads the environment and gathers every fault. given is false when it names no account at all.
func readSettings(getenv func(string) string) (s settings, given bool, err error) {
	s = settings{
		access: secret.String(getenv("LEVER_ACCESS_TOKEN")), other: secret.String(getenv("LEVER_OTHER_ACCESS_TOKEN")),
		clientID: getenv("LEVER_CLIENT_ID"), clientSecret: secret.String(getenv("LEVER_CLIENT_SECRET")),
		refreshFile: getenv("LEVER_REFRESH_TOKEN_FILE"), posting: getenv("LEVER_CONFORMANCE_POSTING"),
		confidentialID: getenv("LEVER_CONFORMANCE_CONFIDENTIAL"), hookURL: strings.TrimSuffix(getenv("LEVER_CONFORMANCE_HOOK_URL"), "/"),
		listen: getenv("LEVER_CONFORMANCE_LISTEN"), redirect: getenv("LEVER_REDIRECT_URL"), patience: 30 * time.Minute,
	}
	api, auth := strings.TrimSuffix(getenv("LEVER_API_URL"), "/"), strings.TrimSuffix(getenv("LEVER_AUTH_URL"), "/")
	if api == "" && s.access == "" && s.refreshFile == "" && s.posting == "" {
		return s, false, nil
	}
	var faults []error
	fault := func(text string) { faults = append(faults, errors.New(text)) }
	if s.access == "" && (s.clientID == "" || s.clientSecret == "" || s.refreshFile == "" || auth == "") {
		fault("give LEVER_ACCESS_TOKEN, or all of LEVER_AUTH_URL, LEVER_CLIENT_ID, LEVER_CLIENT_SECRET and LEVER_REFRESH_TOKEN_FILE")
	}
	if auth == "" { // nothing is asked of it without the client's credentials
		auth = "https://auth.lever.co"
	}
	if s.hosts, err = lever.ParseHosts(api, auth, audience(api, getenv("LEVER_AUDIENCE"))); err != nil {
		faults = append(faults, fmt.Errorf("LEVER_API_URL, LEVER_AUTH_URL or LEVER_AUDIENCE: %w", err))
	}
	if (s.hookURL == "") != (s.listen == "") {
		fault("LEVER_CONFORMANCE_HOOK_URL and LEVER_CONFORMANCE_LISTEN belong together")
	}
	if u, err := url.Parse(s.hookURL); s.hookURL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		fault("LEVER_CONFORMANCE_HOOK_URL must be an https address")
	}
	if text := getenv("LEVER_CONFORMANCE_PATIENCE"); text != "" {
		if s.patience, err = time.ParseDuration(text); err != nil || s.patience <= 0 {
			fault("LEVER_CONFORMANCE_PATIENCE must be a time such as 30m")
		}
	}
	for name, into := range map[string]*bool{"LEVER_CONFORMANCE_PERSON": &s.person, "LEVER_CONFORMANCE_SPEND": &s.spend} {
		text := getenv(name)
		if *into = text == "yes"; text != "" && !*into {
			fault(name + " must be yes, or not set")
		}
	}
	return s, true, errors.Join(faults...)
}

// audience is Lever's own for its own hosts, unless another is given (lever/api.md section 1).
func audience(api, given string) string {
	switch {
	case given != "":
		return given
	case strings.Contains(api, ".lever.co/"):
		return api + "/"
	}
	return "https://api.lever.co/v1/"
}

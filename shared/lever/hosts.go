package lever

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Hosts says where Lever's services are (the table in lever/api.md section 1). Make it with
// ParseHosts; the addresses must not be changed afterwards.
type Hosts struct {
	// API is the base of the REST API, for example https://api.lever.co/v1.
	API *url.URL
	// Auth is the base of the login service; /authorize and /oauth/token are added to it.
	Auth *url.URL
	// Audience is the OAuth audience, with its trailing slash.
	Audience string
}

// ParseHosts checks the three addresses and names every fault at once, joined into one error.
// Addresses must be https, or http on this machine itself, and hold no user, query or fragment;
// the audience must end in a slash, since Lever grants no scopes without it.
func ParseHosts(api, auth, audience string) (Hosts, error) {
	apiURL, apiErr := parseBase("Lever API address", api)
	authURL, authErr := parseBase("Lever login address", auth)
	_, audienceErr := parseBase("Lever audience", audience)
	if audienceErr == nil && !strings.HasSuffix(audience, "/") {
		audienceErr = fmt.Errorf("%s: must end in a slash", "Lever audience")
	}
	if err := errors.Join(apiErr, authErr, audienceErr); err != nil {
		return Hosts{}, err
	}
	return Hosts{API: apiURL, Auth: authURL, Audience: audience}, nil
}

// parseBase checks one address. The value itself is not printed: it could hold a password.
func parseBase(name, value string) (*url.URL, error) {
	fault := func(what string) (*url.URL, error) { return nil, fmt.Errorf("%s: %s", name, what) }
	if value == "" {
		return fault("is empty")
	}
	base, err := url.Parse(value)
	switch {
	case err != nil:
		return fault("is not a URL")
	case base.Hostname() == "":
		return fault("has no host")
	case base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())):
		return fault("must be https, or http on this machine")
	case base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return fault("must hold no user, query or fragment")
	}
	return base, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// under gives the address of a path below a base. The path is already escaped and starts with a
// slash.
func under(base *url.URL, path string) (*url.URL, error) {
	return url.Parse(strings.TrimSuffix(base.String(), "/") + path)
}

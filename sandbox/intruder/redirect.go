package intruder

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// evil are the hosts that a return address must never lead to, in the spellings that readers of addresses differ on.
func evil(allowed *url.URL) []string {
	host := allowed.Hostname()
	return []string{
		"evil.example", "EVIL.example", "evil.example.", "evil.example:443", host + ".evil.example", "evil-" + host, "evil" + host,
		"127.0.0.1", "[::1]", "2130706433", "0x7f.1", "xn--evl-jma.example", "еvil.example", "evil。example", "evil%2eexample", host + "%00.evil.example",
		host + "%2eevil.example", host + ".", strings.ToUpper(host) + ".evil.example", "www." + host,
	}
}

// forms are ways to write an address that leads to a host, some of which only some readers take for one.
func forms(allowed *url.URL) []string {
	origin := allowed.Scheme + "://" + allowed.Host
	return []string{
		"https://%s", "http://%s/", "//%s", "///%s", "\\\\%s", "/\\%s", "https:%s", "https:/%s", "https:///%s", "https:\\\\%s",
		"HTTPS://%s/x?y=z", origin + "@%s", allowed.Scheme + "://user:pass@%s", "javascript://%s/%%0aalert(1)", "data://%s/text,x", "ftp://%s/",
		" https://%s", "https://%s ", "https://%s\r\nLocation: x", "\thttps://%s", origin + "\\@%s", origin + "#@%s/", "https://%s/" + origin, "https://%s?" + origin,
		"https://%s#" + origin, "blob:https://%s/x", "view-source:https://%s", "https://%s%%09",
	}
}

// more are addresses that are wrong without leading to a host of their own.
func more(allowed *url.URL) []string {
	origin := allowed.Scheme + "://" + allowed.Host
	return []string{
		"", "/", "/path", "?x", "#x", "x", ".", "..", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,<script>x</script>",
		"vbscript:x", "file:///etc/passwd", "mailto:x@evil.example", "about:blank", "http://", "https://", "://", "http:", ":", "%", "%2f%2fevil.example",
		origin + "#fragment", origin + "\n", origin + " ", origin + "\t", origin + "\\", origin + ":1", strings.Replace(origin, "http://", "https://", 1),
		strings.Replace(origin, "http://", "HTTP:/", 1), strings.ToUpper(origin), origin + "/" + strings.Repeat("x", 2000), "http://user@" + allowed.Host, "http://@" + allowed.Host + "@",
		"http://" + allowed.Hostname(), "http://" + allowed.Hostname() + ":80", "http://[" + allowed.Hostname() + "]",
	}
}

// returnAddresses are all that must be refused.
func returnAddresses(allowed *url.URL) []string {
	all := more(allowed)
	for _, form := range forms(allowed) {
		for _, host := range evil(allowed) {
			all = append(all, fmt.Sprintf(form, host))
		}
	}
	return all
}

// sampled takes every n-th of a list with all of its first ones.
func sampled(all []string, first, n int) []string {
	some := all[:first:first]
	for i := first; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// returning are the attacks with which the page is to send somebody elsewhere.
func returning() []Attack {
	return []Attack{
		{
			Name: "open redirect: return address", Sends: "225 forms of a return address that leads elsewhere, or might be read so", Want: "400 bad-portal-session ×225",
			Defence: "scheme and authority must be those of an allowed origin, letter by letter", File: filePortal, watch: standing(), try: redirected,
		},
		{
			Name: "open redirect: parameters of the page", Sends: "return, returnUrl, next, url, redirect_uri, continue and done with an address elsewhere, on every page", Want: "leads nowhere else ×28",
			Defence: "the way back stands in the session", File: "functions/integration-page/handler.go", watch: standing(), try: parametered,
		},
	}
}

func redirected(ctx context.Context, s *scene) (string, error) {
	allowed, err := url.Parse(s.World.Endpoints.Evidenced)
	if err != nil {
		return "", err
	}
	var got tally
	for _, address := range sampled(returnAddresses(allowed), len(more(allowed)), 3) {
		_, err := s.World.Platform.PortalSession(ctx, s.mine.Tenant, platform.PortalRequest{
			ActingUser: s.mine.Person, Role: "admin", TenantName: "Mine", ReturnURL: address,
		})
		var problem *platform.Problem
		switch {
		case err == nil:
			got.add(fmt.Sprintf("%q", address), "201 created")
		case errors.As(err, &problem):
			got.add(fmt.Sprintf("%q", address), fmt.Sprintf("%d %s", problem.Status, problem.Code))
		default:
			return "", err
		}
	}
	return got.String(), nil
}

func parametered(ctx context.Context, s *scene) (string, error) {
	admin, err := s.presser(ctx, "admin")
	if err != nil {
		return "", err
	}
	var got tally
	for _, name := range []string{"return", "returnUrl", "next", "url", "redirect_uri", "continue", "done"} {
		for _, path := range []string{"/portal?", "/portal/live?", "/portal/enter?entry=x&", "/oauth/callback?state=x&code=x&"} {
			place := path + name + "=" + url.QueryEscape("https://evil.example/")
			r, err := s.send(ctx, message{method: "GET", path: place, header: map[string]string{"Cookie": cookieName + "=" + admin.cookie}})
			if err != nil {
				return "", err
			}
			if strings.Contains(r.Header.Get("Location")+r.Header.Get("Refresh")+string(r.Body), "evil.example") {
				got.add(place, "leads elsewhere")
			} else {
				got.add(place, "leads nowhere else")
			}
		}
	}
	return got.String(), nil
}

package intruder

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/story"
	"github.com/evidenced/lever-integration/shared/portal"
)

const (
	filePortal = "shared/portal/sessions.go"
	fileCookie = "shared/page/cookie.go"
	cookieName = "__Host-lever_portal"
)

// shown says what the page answers to a cookie header.
func (s *scene) seen(ctx context.Context, cookies ...string) (string, error) {
	var parts []string
	for _, value := range cookies {
		parts = append(parts, cookieName+"="+value)
	}
	r, err := s.send(ctx, message{method: http.MethodGet, path: "/portal", header: map[string]string{"Cookie": strings.Join(parts, "; ")}})
	return r.String(), err
}

// visiting opens a session for somebody, without looking at the page, and returns its cookie.
func (s *scene) visiting(ctx context.Context, v *story.Visitor) (cookie string, err error) {
	address, err := v.Entry(ctx)
	if err != nil {
		return "", err
	}
	r, err := s.send(ctx, message{method: http.MethodGet, path: address})
	if err != nil {
		return "", err
	}
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if c.Name == cookieName {
			return c.Value, nil
		}
	}
	return "", errors.New("no session was opened: " + r.String())
}

// enter opens a one-time address in a browser that never was here.
func (s *scene) enter(ctx context.Context, entry string) (string, error) {
	path, found := strings.CutPrefix(entry, s.World.Endpoints.API)
	if !found {
		return "", errors.New("the one-time address leads elsewhere")
	}
	r, err := s.send(ctx, message{method: http.MethodGet, path: path})
	return r.String(), err
}

func entryOf(address string) string {
	_, entry, _ := strings.Cut(address, "entry=")
	return entry
}

// entry makes an attack with a one-time address that was given out for the attacked company.
func entry(name, sends, want, defence string, use func(context.Context, *scene, string) (string, error)) Attack {
	return Attack{
		Name: name, Sends: sends, Want: want, Defence: defence, File: filePortal, watch: standing(),
		try: func(ctx context.Context, s *scene) (string, error) {
			address, err := s.victim.Entry(ctx)
			if err != nil {
				return "", err
			}
			return use(ctx, s, address)
		},
	}
}

// session makes an attack with the cookie of a visit of the attacked company's admin.
func session(name, sends, want, defence, file string, use func(context.Context, *scene, string) (string, error)) Attack {
	return Attack{
		Name: name, Sends: sends, Want: want, Defence: defence, File: file, watch: standing(),
		try: func(ctx context.Context, s *scene) (string, error) {
			cookie, err := s.visiting(ctx, s.World.Visitor(s.victim.Tenant, samePerson, "admin"))
			if err != nil {
				return "", err
			}
			return use(ctx, s, cookie)
		},
	}
}

// entering are the attacks on one-time addresses and on sessions.
func entering() []Attack {
	return []Attack{
		entry("entry: used a second time", "a one-time address, after its owner has opened it", "401 expired", "an entry works once",
			func(ctx context.Context, s *scene, address string) (string, error) {
				if first, err := s.enter(ctx, address); err != nil || !strings.HasPrefix(first, "303") {
					return "the first time " + first, err
				}
				return s.enter(ctx, address)
			}),
		entry("entry: after its minute", "a one-time address, too late", "401 expired", "an entry works for a minute",
			func(ctx context.Context, s *scene, address string) (string, error) {
				if err := s.expire(ctx, "entry#"+hashed(entryOf(address)), "portal"); err != nil {
					return "", err
				}
				return s.enter(ctx, address)
			}),
		entry("entry: its stored hash", "the key under which an entry is stored, in its place", "401 expired", "only a hash is stored, and it opens nothing",
			func(ctx context.Context, s *scene, address string) (string, error) {
				return s.enter(ctx, strings.Replace(address, entryOf(address), hashed(entryOf(address)), 1))
			}),
		entry("entry: made up", "entries that were never given out: of the right form, empty, none, 10 KB long", "401 expired ×4", "an entry has 256 random bits",
			func(ctx context.Context, s *scene, address string) (string, error) {
				var got tally
				for name, made := range map[string]string{
					"made up": strings.Replace(address, entryOf(address), strings.Repeat("A", 43), 1), "empty": strings.TrimSuffix(address, entryOf(address)),
					"none": strings.TrimSuffix(address, "?entry="+entryOf(address)), "long": address + strings.Repeat("A", 10_000),
				} {
					answer, err := s.enter(ctx, made)
					if err != nil {
						return "", err
					}
					got.add(name, answer)
				}
				return got.String(), nil
			}),
		session("session: none", "the page without a cookie", "401 no-session", "no session, no page", filePortal,
			func(ctx context.Context, s *scene, _ string) (string, error) { return s.seen(ctx) }),
		session("session: made up", "a cookie of the right form", "401 expired", "a session has 256 random bits", filePortal,
			func(ctx context.Context, s *scene, cookie string) (string, error) {
				return s.seen(ctx, strings.Repeat("A", len(cookie)))
			}),
		session("session: its stored hash", "the key under which a session is stored, as the cookie", "401 expired", "only a hash is stored, and it opens nothing", filePortal,
			func(ctx context.Context, s *scene, cookie string) (string, error) {
				return s.seen(ctx, hashed(cookie))
			}),
		session("session: after its hour", "the cookie of a session that has ended", "401 expired", "a session lasts an hour", filePortal,
			func(ctx context.Context, s *scene, cookie string) (string, error) {
				if err := s.expire(ctx, "session#"+hashed(cookie), "portal"); err != nil {
					return "", err
				}
				return s.seen(ctx, cookie)
			}),
		session("session: a second cookie tossed in", "two cookies of the same name, the attacker's first", "401 no-session", "two different cookies count as none", fileCookie,
			func(ctx context.Context, s *scene, cookie string) (string, error) {
				own, err := s.visiting(ctx, s.mine)
				if err != nil {
					return "", err
				}
				return s.seen(ctx, own, cookie)
			}),
		session("session: stolen by script or over http", "a look at how the cookie is set", "__Host- HttpOnly Path=/ SameSite=Lax Secure", "the cookie is out of reach of scripts, of http, of other hosts and of other sites' forms", "functions/integration-page/handler.go",
			func(ctx context.Context, s *scene, _ string) (string, error) {
				address, err := s.victim.Entry(ctx)
				if err != nil {
					return "", err
				}
				r, err := s.send(ctx, message{method: http.MethodGet, path: strings.TrimPrefix(address, s.World.Endpoints.API)})
				if err != nil {
					return "", err
				}
				return attributesOf(r), nil
			}),
	}
}

// attributesOf lists the attributes of the session's cookie in order of the alphabet.
func attributesOf(r reply) string {
	for _, cookie := range (&http.Response{Header: r.Header}).Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || cookie.Domain != "" || cookie.MaxAge > 0 || !cookie.Expires.IsZero() {
			continue
		}
		site := map[http.SameSite]string{http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None"}[cookie.SameSite]
		text := "__Host-"
		if cookie.HttpOnly {
			text += " HttpOnly"
		}
		text += fmt.Sprintf(" Path=%s SameSite=%s", cookie.Path, site)
		if cookie.Secure {
			text += " Secure"
		}
		return text
	}
	return "no session cookie of this host alone"
}

// presser is somebody on the page, by the cookie of the visit.
type presser struct{ cookie string }

// csrf is the token of the form that does a deed in this visit. It is made from the cookie, since the page shows none to
// those who may not press.
func (p presser) csrf(deed string) string { return portal.FormToken(p.cookie, deed) }

// presser opens the page as a person of the attacked company.
func (s *scene) presser(ctx context.Context, role string) (presser, error) {
	cookie, err := s.visiting(ctx, s.World.Visitor(s.victim.Tenant, samePerson, role))
	return presser{cookie}, err
}

// press sends a form of the page; header adds to what a browser sends, or replaces it.
func (s *scene) press(ctx context.Context, p presser, action, form string, header map[string]string) (string, error) {
	m := message{method: http.MethodPost, path: "/portal/" + action, body: []byte(form), header: map[string]string{
		"Cookie": cookieName + "=" + p.cookie, "Content-Type": "application/x-www-form-urlencoded",
		"Origin": s.World.Endpoints.API, "Sec-Fetch-Site": "same-origin",
	}}
	for name, value := range header {
		m.header[name] = value
	}
	r, err := s.send(ctx, m)
	return r.String(), err
}

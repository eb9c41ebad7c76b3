package intruder

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

const filePage = "shared/page/page.go"

// places are addresses of all kinds of answers to a browser: pages, parts, files, refusals, redirects.
func places() []string {
	return []string{"/portal", "/portal/live", "/portal/assets/app.css", "/portal/assets/none", "/portal/enter?entry=none", "/oauth/callback", "/oauth/callback?state=x&code=y"}
}

// browsing are the attacks on what a browser is shown.
func browsing() []Attack {
	page := func(name, sends, want, defence string, look func(reply) string, header map[string]string) Attack {
		return Attack{
			Name: name, Sends: sends, Want: want, Defence: defence, File: filePage, watch: nothing("none: nothing is changed by looking"),
			try: func(ctx context.Context, s *scene) (string, error) {
				admin, err := s.presser(ctx, "admin")
				if err != nil {
					return "", err
				}
				var got tally
				for _, cookie := range []string{admin.cookie, "none"} {
					for _, place := range places() {
						m := message{method: http.MethodGet, path: place, header: map[string]string{"Cookie": cookieName + "=" + cookie}}
						for name, value := range header {
							m.header[name] = value
						}
						r, err := s.send(ctx, m)
						if err != nil {
							return "", err
						}
						got.add(place, look(r))
					}
				}
				return got.String(), nil
			},
		}
	}
	return []Attack{
		page("clickjacking", "every kind of page, part, file and refusal in a frame", "not to be framed ×14", "frame-ancestors 'none' and X-Frame-Options on every answer", func(r reply) string {
			if strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") && r.Header.Get("X-Frame-Options") == "DENY" {
				return "not to be framed"
			}
			return "may be framed"
		}, nil),
		page("script that was smuggled into a page", "a look at what the policy of every answer lets run", "only files of this host, no inline script ×14", "content security policy without exceptions", func(r reply) string {
			policy := r.Header.Get("Content-Security-Policy")
			if strings.Contains(policy, "default-src 'none'") && strings.Contains(policy, "script-src 'self';") && !strings.Contains(policy, "unsafe") &&
				strings.Contains(policy, "base-uri 'none'") && strings.Contains(policy, "form-action 'self'") && r.Header.Get("X-Content-Type-Options") == "nosniff" {
				return "only files of this host, no inline script"
			}
			return "more may run"
		}, nil),
		page("address that leaks to other sites, caches or plain http", "a look at the other headers of every answer", "no referrer, not stored, https only ×14", "Referrer-Policy, Cache-Control and Strict-Transport-Security on every answer", func(r reply) string {
			if r.Header.Get("Referrer-Policy") == "no-referrer" && r.Header.Get("Cache-Control") == "no-store" && strings.HasPrefix(r.Header.Get("Strict-Transport-Security"), "max-age=63072000") {
				return "no referrer, not stored, https only"
			}
			return "leaks"
		}, nil),
		page("page read by another site", "every kind of answer asked for with Origin: https://evil.example", "not shared ×14", "no answer allows another origin to read it", func(r reply) string {
			if r.Header.Get("Access-Control-Allow-Origin") == "" && r.Header.Get("Cross-Origin-Resource-Policy") == "same-origin" {
				return "not shared"
			}
			return "shared"
		}, map[string]string{"Origin": "https://evil.example"}),
		{
			Name: "names with a script", Sends: "organisation, person and return address with HTML, shown on the page", Want: "shown as text", Defence: "html/template escapes every value",
			File: filePage, watch: standing(), try: scripted,
		},
		{
			Name: "host of another site", Sends: "Host and X-Forwarded-Host: evil.example with a portal session and a page", Want: "leads to this API", Defence: "addresses are made of the configured one",
			File: filePortal, watch: standing(), try: rehosted,
		},
		{
			Name: "file outside the assets", Sends: "/portal/assets/ with ../ in plain, escaped and twice escaped form, and the name of a template", Want: "nothing ×6", Defence: "two files are served, by name",
			File: filePage, watch: nothing("none: nothing is changed by looking"), try: climbing,
		},
		{
			Name: "log line of one's own", Sends: "names, ids, addresses, agents and headers with a line break and a log line behind it", Want: "no line of its own", Defence: "logs are JSON, and hold ids only",
			File: "shared/telemetry/telemetry.go", watch: standing(), try: logging,
		},
		{
			Name: "header of one's own", Sends: "line breaks, raw and escaped, in entry, done, state and webhook address", Want: "no header of its own ×8", Defence: "no answer's header is made of what was sent",
			File: "functions/integration-page/handler.go", watch: standing(), try: splitting,
		},
	}
}

func scripted(ctx context.Context, s *scene) (string, error) {
	const script = `"><script>smuggled()</script><img src=x onerror=smuggled()>`
	v := s.mine
	v.TenantName, v.Person.Name = "Organisation "+script, "Sample "+script
	page, err := v.Page(ctx)
	if err != nil {
		return "", err
	}
	if strings.Contains(page.Body, "<script>smuggled") || strings.Contains(page.Body, "<img src=x") {
		return "runs", nil
	}
	if !strings.Contains(page.Body, "&lt;script&gt;smuggled()") {
		return "not shown at all", nil
	}
	return "shown as text", nil
}

func rehosted(ctx context.Context, s *scene) (string, error) {
	address, err := s.victim.Entry(ctx)
	if err != nil {
		return "", err
	}
	r, err := s.send(ctx, message{
		method: http.MethodGet, path: strings.TrimPrefix(address, s.World.Endpoints.API),
		header: map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"},
	})
	if err != nil {
		return "", err
	}
	if to := r.Header.Get("Location"); to != "/portal" || strings.Contains(string(r.Body), "evil.example") {
		return "leads to " + to, nil
	}
	return "leads to this API", nil
}

func climbing(ctx context.Context, s *scene) (string, error) {
	var got tally
	for _, name := range []string{"../templates/frame.html", "..%2ftemplates%2fframe.html", "%2e%2e%2fpage.go", "..%252fpage.go", "frame.html", "app.css%00.html"} {
		r, err := s.send(ctx, message{method: http.MethodGet, path: "/portal/assets/" + name})
		if err != nil {
			return "", err
		}
		if answer := r.String(); r.Status == http.StatusNotFound || r.Status == http.StatusBadRequest {
			got.add(name, "nothing")
		} else {
			got.add(name, answer)
		}
	}
	return got.String(), nil
}

func logging(ctx context.Context, s *scene) (string, error) {
	mark := `{"smuggled":"` + uuid.NewString() + `"`
	line := "x\n" + mark + "}\n"
	escaped := url.QueryEscape(line)
	for _, m := range []message{
		{method: http.MethodPost, path: "/webhooks/lever/" + url.PathEscape(line), body: []byte("{}")},
		{method: http.MethodPost, path: s.victim.hooks["candidateHired"].URL, body: letter{key: "wrong", event: line, about: line}.body()},
		{method: http.MethodPost, path: s.victim.hooks["candidateHired"].URL, body: letter{key: s.victim.hooks["candidateHired"].SignatureToken, event: line, about: line}.body()},
		{method: http.MethodGet, path: "/portal/enter?entry=" + escaped},
		{method: http.MethodGet, path: "/portal?done=" + escaped, header: map[string]string{"Cookie": cookieName + "=" + escaped, "User-Agent": mark}},
		{method: http.MethodGet, path: "/oauth/callback?state=" + escaped + "&error=" + escaped, header: map[string]string{"Cookie": cookieName + "=x", "Referer": mark}},
	} {
		if _, err := s.send(ctx, m); err != nil {
			return "", err
		}
	}
	for _, call := range [][3]string{
		{http.MethodGet, "/connection?" + escaped, ""}, {http.MethodGet, "/candidates/" + url.PathEscape(line), ""}, {http.MethodPost, "/" + url.PathEscape(line), "{}"},
	} {
		if _, err := s.World.Platform.Send(ctx, call[0], "/v1/tenants/"+s.victim.Tenant+call[1], []byte(call[2])); err != nil {
			return "", err
		}
	}
	s.mine.TenantName, s.mine.Person = line, platform.Person{ID: line, Name: line}
	if _, err := s.mine.Entry(ctx); err != nil {
		return "", err
	}
	if lines, err := s.logged(ctx, mark); err != nil || lines > 0 {
		return "a line of its own", err
	}
	return "no line of its own", nil
}

func splitting(ctx context.Context, s *scene) (string, error) {
	admin, err := s.presser(ctx, "admin")
	if err != nil {
		return "", err
	}
	var got tally
	for _, breaks := range []string{"%0d%0aX-Smuggled:%20yes", "%E5%98%8D%E5%98%8AX-Smuggled:%20yes"} {
		for _, path := range []string{"/portal/enter?entry=", "/portal?done=", "/oauth/callback?code=x&state=", "/webhooks/lever/"} {
			m := message{method: http.MethodGet, path: path + breaks, header: map[string]string{"Cookie": cookieName + "=" + admin.cookie}}
			if strings.HasPrefix(path, "/webhooks") {
				m.method = http.MethodPost
			}
			r, err := s.send(ctx, m)
			if err != nil {
				return "", err
			}
			answer := "no header of its own"
			for name, values := range r.Header {
				if strings.Contains(strings.ToLower(name+strings.Join(values, "")), "smuggled") {
					answer = "a header of its own"
				}
			}
			got.add(path, answer)
		}
	}
	return got.String(), nil
}

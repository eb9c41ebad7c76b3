package intruder

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// misshaping are bodies and queries of the platform API that two readers could read differently, and methods that mean
// something else.
func misshaping() []Attack {
	session := func(s *scene, inside string) string {
		return `{"actingUser":{"id":"u-1","name":"n"},"tenantName":"n","returnUrl":"` + s.World.Endpoints.Evidenced + `/"` + inside + `}`
	}
	shaped := func(name, sends, want, defence, file, kind string, make func(s *scene) string) Attack {
		return Attack{
			Name: "body: " + name, Sends: sends, Want: want, Defence: defence, File: file, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				r, err := s.signed(ctx, message{
					method: http.MethodPost, path: "/v1/tenants/" + s.mine.Tenant + "/portal-sessions", body: []byte(make(s)), header: map[string]string{"Content-Type": kind},
				})
				return r.String(), err
			},
		}
	}
	const jsonKind = "application/json"
	return []Attack{
		shaped("a role given twice", `role "viewer" and then role "admin"`, "400 bad-body", "a name that comes twice is refused", fileStrict, jsonKind, func(s *scene) string { return session(s, `,"role":"viewer","role":"admin"`) }),
		shaped("a role in other letter case", `Role "admin" in place of role`, "400 bad-body", "names are matched exactly", fileStrict, jsonKind, func(s *scene) string { return session(s, `,"Role":"admin"`) }),
		shaped("an unknown field", "a session with tenant=…", "400 bad-body", "an unknown field is refused", fileStrict, jsonKind, func(s *scene) string { return session(s, `,"role":"admin","tenant":"x"`) }),
		shaped("null", "a session without a role, by null", "400 bad-body", "null is no way to leave something out", fileStrict, jsonKind, func(s *scene) string { return session(s, `,"role":null`) }),
		shaped("a second document", "a good session and another object", "400 bad-body", "one JSON value, read once", fileStrict, jsonKind, func(s *scene) string { return session(s, `,"role":"admin"`) + "{}" }),
		shaped("deep", "a session with 1,000 objects in each other", "400 bad-body", "at most 32 levels", fileStrict, jsonKind, func(s *scene) string {
			return session(s, `,"role":`+strings.Repeat(`{"a":`, 1000)+"1"+strings.Repeat("}", 1000))
		}),
		shaped("oversized", "a session of 300 KB", "413 too-large", "a longest body", fileBody, jsonKind, func(s *scene) string {
			return session(s, `,"role":"admin","timeZone":"`+strings.Repeat("x", 300<<10)+`"`)
		}),
		shaped("a form", "a session as a form", "415 bad-content-type", "JSON only", fileBody, "application/x-www-form-urlencoded", func(*scene) string { return "role=admin" }),
		shaped("another character set", "a session said to be UTF-7", "415 bad-content-type", "UTF-8 only", fileBody, "application/json; charset=utf-7", func(s *scene) string { return session(s, `,"role":"admin"`) }),
		shaped("a role that there is not", `role "ADMIN"`, "400 bad-portal-session", "two roles, letter by letter", filePortal, jsonKind, func(s *scene) string { return session(s, `,"role":"ADMIN"`) }),
		{
			Name: "decision with a link that runs", Sends: "links with javascript:, data:, file:, a user name, a line break", Want: "400 invalid-decision ×6", Defence: "a link is http or https, without user name",
			File: "shared/decision/submission.go", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				var got tally
				for _, link := range []string{"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://user@evil.example", "https://x\nhttps://y", "//evil.example"} {
					d := decided(s.attacker.candidates[0].ID, 1)
					d.Link = link
					r, err := s.World.Platform.Send(ctx, http.MethodPut, "/v1/tenants/"+s.attacker.Tenant+"/decisions/d-"+uuid.NewString(), encoded(d))
					if err != nil {
						return "", err
					}
					got.add(link, answer(r))
				}
				return got.String(), nil
			},
		},
		{
			Name: "method confusion: writing to the mirror", Sends: "PUT, PATCH, DELETE and POST on records of four kinds, plain and as X-HTTP-Method-Override", Want: "405 method-not-allowed ×20",
			Defence: "records are read-only, and no header changes a method", File: fileRouter, watch: unharmed(), try: writing,
		},
		{
			Name: "method confusion: page and webhooks", Sends: "every other method on the page, the callback and the webhook address", Want: "404 Not Found ×17",
			Defence: "each route names its method", File: "template.yaml", watch: standing(), try: otherMethods,
		},
	}
}

func writing(ctx context.Context, s *scene) (string, error) {
	var got tally
	for _, kind := range []string{"job", "candidate", "user", "interview"} {
		path := "/v1/tenants/" + s.victim.Tenant + "/" + kind + "s/" + s.victim.ids[kind]
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodPost} {
			r, err := s.World.Platform.Send(ctx, method, path, []byte("{}"))
			if err != nil {
				return "", err
			}
			got.add(method+" "+kind, answer(r))
		}
		r, err := s.signed(ctx, message{
			method: http.MethodPost, path: path, body: []byte(`{"_method":"GET"}`),
			header: map[string]string{"Content-Type": "application/json", "X-HTTP-Method-Override": http.MethodGet},
		})
		if err != nil {
			return "", err
		}
		got.add("override "+kind, r.String())
	}
	return got.String(), nil
}

func otherMethods(ctx context.Context, s *scene) (string, error) {
	admin, err := s.presser(ctx, "admin")
	if err != nil {
		return "", err
	}
	var got tally
	hook := strings.TrimPrefix(s.victim.hooks["candidateHired"].URL, s.World.Endpoints.API)
	for path, methods := range map[string][]string{
		hook:              {"GET", "PUT", "PATCH", "DELETE"},
		"/portal":         {"POST", "PUT", "PATCH", "DELETE"},
		"/portal/resync":  {"GET", "PUT", "PATCH", "DELETE"},
		callback:          {"POST", "PUT", "PATCH", "DELETE"},
		"/portal/nothing": {"GET"},
	} {
		for _, method := range methods {
			r, err := s.send(ctx, message{
				method: method, path: path, body: []byte(with(admin.csrf("resync"))),
				header: map[string]string{"Cookie": cookieName + "=" + admin.cookie, "Content-Type": "application/x-www-form-urlencoded", "X-HTTP-Method-Override": "POST"},
			})
			if err != nil {
				return "", err
			}
			got.add(method+" "+path, r.String())
		}
	}
	return got.String(), nil
}

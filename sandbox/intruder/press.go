package intruder

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

const (
	filePress = "functions/integration-page/press.go"
)

// forged makes an attack that presses "Resync now" of the attacked company's admin in some wrong way.
func forged(name, sends, want, defence, file string, form func(own, foreign string) string, header map[string]string) Attack {
	return Attack{
		Name: name, Sends: sends, Want: want, Defence: defence, File: file, watch: standing(),
		try: func(ctx context.Context, s *scene) (string, error) {
			admin, err := s.presser(ctx, "admin")
			if err != nil {
				return "", err
			}
			another, err := s.presser(ctx, "admin")
			if err != nil {
				return "", err
			}
			return s.press(ctx, admin, "resync", form(admin.csrf("resync"), another.csrf("resync")), header)
		},
	}
}

func with(token string) string { return url.Values{"csrf": {token}}.Encode() }

// pressing are the attacks that make an admin press without wanting to.
func pressing() []Attack {
	own := func(own, _ string) string { return with(own) }
	return []Attack{
		forged("form: without its token", "an admin's form without an anti-forgery token", "403 form-expired", "every form carries the session's own token", filePortal,
			func(string, string) string { return "" }, nil),
		forged("form: with a guessed token", "an admin's form with a token of the right form", "403 form-expired", "every form carries the session's own token", filePortal,
			func(own, _ string) string { return with(strings.Repeat("A", len(own))) }, nil),
		forged("form: with the token of another visit", "an admin's form with the token of another admin's visit", "403 form-expired", "every form carries the session's own token", filePortal,
			func(_, foreign string) string { return with(foreign) }, nil),
		{
			Name: "form: with the token of another form", Sends: "Disconnect with the token of Resync now of the same visit", Want: "403 form-expired",
			Defence: "a token opens one deed", File: filePortal, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				admin, err := s.presser(ctx, "admin")
				if err != nil {
					return "", err
				}
				return s.press(ctx, admin, "disconnect", with(admin.csrf("resync"))+"&confirmed=yes", nil)
			},
		},
		forged("form: the token given twice", "a guessed token and the right one in a form", "400 bad-form", "a field that comes twice is refused", filePress,
			func(own, _ string) string { return "csrf=guessed&" + with(own) }, nil),
		forged("form: of another site", "a good form with the origin of another site", "403 foreign-form", "the browser's word on where a form comes from", filePress,
			own, map[string]string{"Origin": "https://evil.example"}),
		forged("form: of another site that hides its origin", "a good form that the browser calls cross-site", "403 foreign-form", "the browser's word on where a form comes from", filePress,
			own, map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}),
		forged("form: of a neighbour under the same domain", "a good form that the browser calls same-site", "403 foreign-form", "same-site is not same-origin", filePress,
			own, map[string]string{"Origin": "https://other.evidenced.example", "Sec-Fetch-Site": "same-site"}),
		forged("form: as plain text", "a good form as text/plain, which no preflight guards", "400 bad-form", "forms are of one content type", filePress,
			own, map[string]string{"Content-Type": "text/plain"}),
		forged("form: as multipart", "a good form as multipart/form-data", "400 bad-form", "forms are of one content type", filePress,
			own, map[string]string{"Content-Type": "multipart/form-data; boundary=x"}),
		forged("form: as JSON", "a good form as application/json", "400 bad-form", "forms are of one content type", filePress,
			func(own, _ string) string { return `{"csrf":"` + own + `"}` }, map[string]string{"Content-Type": "application/json"}),
		forged("form: with a field that it does not have", "a good form with tenant=…", "400 bad-form", "an unknown field is refused", filePress,
			func(own, _ string) string { return with(own) + "&tenant=another" }, nil),
		forged("form: oversized", "a good form with 17 KiB more", "413 bad-form", "a form has a longest length", filePress,
			func(own, _ string) string { return with(own) + "&pad=" + strings.Repeat("x", 17<<10) }, nil),
		{
			Name: "form: sent by GET", Sends: "the nine deeds of the page as links", Want: "404 Not Found ×9", Defence: "a deed is a POST route and nothing else", File: "template.yaml", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				admin, err := s.presser(ctx, "admin")
				if err != nil {
					return "", err
				}
				var got tally
				for _, deed := range deeds() {
					r, err := s.send(ctx, message{
						method: http.MethodGet, path: "/portal/" + deed[0] + "?" + with(admin.csrf(deed[0])) + "&" + deed[1],
						header: map[string]string{"Cookie": cookieName + "=" + admin.cookie},
					})
					if err != nil {
						return "", err
					}
					got.add(deed[0], r.String())
				}
				return got.String(), nil
			},
		},
	}
}

// deeds are what can be pressed on the page, each with fields that make it whole.
func deeds() [][2]string {
	return [][2]string{
		{"connect", "confidential=yes"},
		{"resync", ""},
		{"candidate", "candidate=6773fd23-9d0e-441a-bc38-813c600e9465"},
		{"check", ""},
		{"disconnect", "confirmed=yes"},
		{"settings", "notes=secret&notify=yes&outcome=hire"},
		{"retry", "decision=d-1"},
		{"dismiss", "decision=d-1"},
		{"awaiting", "event=candidateHired"},
	}
}

// viewing are the attacks of somebody who may look and not press.
func viewing() []Attack {
	all := func(ctx context.Context, s *scene, token func(viewer, admin presser, deed string) string) (string, error) {
		viewer, err := s.presser(ctx, "viewer")
		if err != nil {
			return "", err
		}
		admin, err := s.presser(ctx, "admin")
		if err != nil {
			return "", err
		}
		var got tally
		for _, deed := range deeds() {
			answer, err := s.press(ctx, viewer, deed[0], with(token(viewer, admin, deed[0]))+"&"+deed[1], nil)
			if err != nil {
				return "", err
			}
			got.add(deed[0], answer)
		}
		return got.String(), nil
	}
	return []Attack{
		{
			Name: "viewer: presses every button", Sends: "the nine forms of an admin with the viewer's own anti-forgery token", Want: "403 not-admin ×9",
			Defence: "only the role admin may press", File: filePress, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				return all(ctx, s, func(viewer, _ presser, deed string) string { return viewer.csrf(deed) })
			},
		},
		{
			Name: "viewer: with an admin's token", Sends: "the nine forms with the token of an admin's visit", Want: "403 form-expired ×9",
			Defence: "every form carries the session's own token", File: filePortal, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				return all(ctx, s, func(_, admin presser, deed string) string { return admin.csrf(deed) })
			},
		},
		{
			Name: "viewer: opens the pages before a deed", Sends: "the questions before Disconnect and before Reconnect", Want: "403 not-admin ×2",
			Defence: "only an admin sees them", File: "functions/integration-page/handler.go", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				viewer, err := s.presser(ctx, "viewer")
				if err != nil {
					return "", err
				}
				var got tally
				for _, query := range []string{"confirm=disconnect", "reconnect=yes"} {
					r, err := s.send(ctx, message{method: http.MethodGet, path: "/portal?" + query, header: map[string]string{"Cookie": cookieName + "=" + viewer.cookie}})
					if err != nil {
						return "", err
					}
					got.add(query, r.String())
				}
				return got.String(), nil
			},
		},
		{
			Name: "viewer: asks to be an admin", Sends: "a viewer's page with role=admin in query, form and header", Want: "403 not-admin ×1",
			Defence: "the role stands in the session, where the platform put it", File: filePortal, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				viewer, err := s.presser(ctx, "viewer")
				if err != nil {
					return "", err
				}
				var got tally
				answer, err := s.press(ctx, viewer, "resync?role=admin", with(viewer.csrf("resync")), map[string]string{"X-Role": "admin"})
				got.add("role=admin", answer)
				return got.String(), err
			},
		},
	}
}

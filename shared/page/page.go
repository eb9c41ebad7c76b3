// Package page renders the pages that a browser sees: the admin's page of the integration with its parts, and the pages
// that say what went wrong and what to press. The functions integration-page and oauth-callback answer with them.
//
// Pages are plain HTML that works without JavaScript; a small script only keeps the status fresh. Every word stands in
// one table (english.go and the files beside it), every value is escaped by html/template or by speaker.rich, and no
// inline style or script is used, so the content security policy of Headers needs no exceptions. A Pages value is safe
// for concurrent use.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/portal"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets/*
var assets embed.FS

// Pages renders all pages.
type Pages struct {
	help      string
	publicURL string
	now       func() time.Time
	words     words
	set       *template.Template
}

// New parses the templates. help is the address that pages name for help, publicURL that of this API.
func New(help, publicURL string, now func() time.Time) (*Pages, error) {
	p := &Pages{help: help, publicURL: publicURL, now: now, words: english()}
	fixed := speaker{words: p.words}
	set, err := template.New("").Funcs(template.FuncMap{
		"t":    fixed.text,
		"rich": fixed.rich,
	}).ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse page templates: %w", err)
	}
	p.set = set
	return p, nil
}

// Headers are the headers of every answer to a browser. form-action names only ourselves: the way to Lever is an
// ordinary link (see Leaving), because Chromium applies form-action to each redirect after a form, and Lever's login may
// redirect to any company's identity provider.
func Headers() map[string]string {
	return map[string]string{
		"Content-Type": "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
			"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=()",
		"Cache-Control":                "no-store",
	}
}

// Asset returns a style sheet or script by its file name, with its content type.
func Asset(name string) (content []byte, contentType string, found bool) {
	switch name {
	case "app.css":
		contentType = "text/css; charset=utf-8"
	case "app.js":
		contentType = "text/javascript; charset=utf-8"
	default:
		return nil, "", false
	}
	content, err := assets.ReadFile("assets/" + name)
	return content, contentType, err == nil
}

// frame is what stands around every page.
type frame struct {
	Title        string
	Return       string
	Organisation string
	Person       string
	Viewer       bool
	Help         template.HTML
	Zone         string
	Script       bool
	Refresh      string // content of a meta refresh for browsers without script; "" = none
	Go           string // content of a meta refresh for everybody; "" = none
	Body         any
}

// frame fills in who is looking; session is nil when nobody is known.
func (p *Pages) frame(session *portal.Session, title string, body any) frame {
	s := p.speaker(session)
	f := frame{Title: title, Help: s.rich("help", p.mailto()), Body: body}
	if session != nil {
		f.Return, f.Organisation, f.Person, f.Viewer = session.ReturnURL, session.TenantName, session.UserName, !session.Admin()
		f.Zone = s.text("zone", s.zoneName())
	}
	return f
}

// tokens gives the anti-forgery token of the forms that do one deed.
type tokens func(deed string) string

func (p *Pages) mailto() template.HTML {
	return template.HTML(`<a href="mailto:` + template.HTMLEscapeString(url.PathEscape(p.help)) + `">` + //nolint:gosec // escaped
		template.HTMLEscapeString(p.help) + `</a>`)
}

func (p *Pages) speaker(session *portal.Session) speaker {
	s := speaker{words: p.words, now: p.now(), zone: time.UTC}
	if session != nil && session.TimeZone != "" {
		if zone, err := time.LoadLocation(session.TimeZone); err == nil {
			s.zone = zone
		}
	}
	return s
}

func (s speaker) zoneName() string {
	if s.zone == time.UTC {
		return "UTC"
	}
	return strings.ReplaceAll(s.zone.String(), "_", " ")
}

func (p *Pages) render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := p.set.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render page %q: %w", name, err)
	}
	return out.Bytes(), nil
}

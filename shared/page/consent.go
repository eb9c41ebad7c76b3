package page

import (
	"html/template"
	"strings"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/portal"
)

// consentView is the explanation before the way to Lever.
type consentView struct {
	Title        string
	Organisation string
	CSRF         tokens
	Admin        bool
	Again        bool // reconnecting
	Confidential bool // the box is ticked
	Reads        []scopeView
	Writes       []scopeView
	All          []string
}

// scopeView is one permission in words.
type scopeView struct{ Name, Why string }

func (p *Pages) consentView(session portal.Session, again, confidential bool) consentView {
	s := p.speaker(&session)
	view := consentView{
		Title: s.text("consent.title", session.TenantName), Organisation: session.TenantName, CSRF: session.Form,
		Admin: session.Admin(), Again: again, Confidential: confidential, All: connection.Scopes(true),
	}
	if again {
		view.Title = s.text("consent.title.again", session.TenantName)
	}
	scopes := connection.Scopes(false)
	// What a person wonders about first comes first; the first scope only keeps the connection alive.
	for _, scope := range append(scopes[1:], scopes[0]) {
		v := s.scope(scope)
		if strings.Contains(scope, ":write:") {
			view.Writes = append(view.Writes, v)
		} else {
			view.Reads = append(view.Reads, v)
		}
	}
	return view
}

// scope says a permission in words; one that nobody wrote words for shows as Lever names it.
func (s speaker) scope(name string) scopeView {
	if !s.has("scope." + name) {
		return scopeView{Name: name}
	}
	return scopeView{Name: s.text("scope." + name), Why: s.text("scope." + name + ".why")}
}

// Consent renders the explanation with its button as a page of its own, for a reconnect.
func (p *Pages) Consent(session portal.Session, confidential bool) ([]byte, error) {
	view := p.consentView(session, true, confidential)
	return p.render("page-consent", p.frame(&session, view.Title, view))
}

// Leaving renders the page that takes the browser to Lever. It is a page and not a redirect, because a redirect after a
// form stays bound by form-action.
func (p *Pages) Leaving(session portal.Session, authorizeURL string) ([]byte, error) {
	f := p.frame(&session, p.speaker(nil).text("leaving.title"), authorizeURL)
	f.Go = "0; url=" + authorizeURL
	return p.render("page-leaving", f)
}

// confirmView asks once more before a disconnect.
type confirmView struct {
	Title string
	CSRF  tokens
	Steps []template.HTML
}

// Confirm renders the question before a disconnect, with what will happen.
func (p *Pages) Confirm(session portal.Session) ([]byte, error) {
	s := p.speaker(&session)
	view := confirmView{Title: s.text("confirm.title", session.TenantName), CSRF: session.Form}
	for _, key := range []string{"confirm.1", "confirm.2", "confirm.3", "confirm.4"} {
		view.Steps = append(view.Steps, s.rich(key))
	}
	return p.render("page-confirm", p.frame(&session, view.Title, view))
}

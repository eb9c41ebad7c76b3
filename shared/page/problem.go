package page

import (
	"errors"
	"html/template"
	"net/url"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/portal"
)

// Problem is what an error page says: a stable code that has words here, and where the reader can go.
type Problem struct {
	Code      string // of a fault; one without words here shows as the general problem
	Reference string // to quote to support
	Session   *portal.Session
}

// ProblemOf turns an error into a Problem. The error's own text is for the log and is not shown.
func ProblemOf(err error) Problem {
	var named *fault.Error
	if errors.As(err, &named) {
		return Problem{Code: named.Code}
	}
	return Problem{}
}

type problemView struct {
	Title, Text string
	Ask         template.HTML // whom to ask, with the reference
	Known       bool          // somebody is logged in, so the page itself is a way out
	Way         string        // what that way out is called
	Forward     string
	Mail        template.URL
}

// wayOut says what the way back to the page is called: after a connect that failed, the reader goes on there.
func wayOut(code string) string {
	switch code {
	case "consent-denied", "not-super-admin", "scope-missing", "lever-refused":
		return "problem.try"
	case "connect-expired", "connect-other-session", "connect-other-user":
		return "problem.restart"
	}
	return "problem.home"
}

// Problem renders an error page.
func (p *Pages) Problem(problem Problem) ([]byte, error) {
	view := p.problemView(problem)
	return p.render("page-problem", p.frame(problem.Session, view.Title, view))
}

// ProblemPart renders the same as a fragment, for a page that is open.
func (p *Pages) ProblemPart(problem Problem) ([]byte, error) {
	return p.render("problem", p.problemView(problem))
}

func (p *Pages) problemView(problem Problem) problemView {
	s := p.speaker(problem.Session)
	key := "problem." + problem.Code
	if !s.has(key + ".title") {
		key = "problem"
	}
	view := problemView{
		Title: s.text(key + ".title"), Text: s.text(key + ".text"), Known: problem.Session != nil, Way: s.text(wayOut(problem.Code)),
	}
	if problem.Reference != "" {
		view.Ask = s.rich("problem.support", p.mailto(), problem.Reference)
	}
	if s.has(key + ".forward") {
		view.Forward = s.text(key + ".forward")
		view.Mail = template.URL("mailto:?subject=" + url.PathEscape(s.text("title")) + //nolint:gosec // escaped
			"&body=" + url.PathEscape(view.Forward))
	}
	return view
}

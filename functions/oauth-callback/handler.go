// Command oauth-callback is the Lambda to which Lever sends the browser back after login and consent. It checks that this
// browser's session began the connect, hands Lever's answer over without redeeming it, and sends the browser back to
// Evidenced, which confirms; or it shows a page that says what happened and what to press.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/portal"
)

type (
	request  = events.APIGatewayV2HTTPRequest
	response = events.APIGatewayV2HTTPResponse
)

type sessions interface {
	Load(ctx context.Context, cookie string) (portal.Session, error)
}

type returner interface {
	Return(ctx context.Context, session string, query url.Values) (redirect string, err error)
}

// handler answers Lever's redirect. It keeps no state between requests.
type handler struct {
	sessions    sessions
	connections returner
	pages       *page.Pages
}

// longestQuery is the most that Lever's answer may carry, in bytes. API Gateway takes 10,240 for the request line and all
// headers together.
const longestQuery = 8 << 10

// handle answers one request; it returns no error, because an error would show as API Gateway's own page.
func (h *handler) handle(ctx context.Context, req request) (response, error) {
	if req.RequestContext.HTTP.Method != http.MethodGet {
		answer, err := h.problem(ctx, req, nil, fault.New(fault.Invalid, "bad-method", "Only GET is answered here."))
		answer.StatusCode = http.StatusMethodNotAllowed
		if answer.Headers != nil {
			answer.Headers["Allow"] = http.MethodGet
		}
		return answer, err
	}
	query, err := url.ParseQuery(req.RawQueryString)
	if err != nil || len(req.RawQueryString) > longestQuery || repeats(query) {
		return h.problem(ctx, req, nil, fault.New(fault.Invalid, "connect-expired", "The answer could not be read."))
	}
	cookie := page.SessionCookie(append(req.Cookies[:len(req.Cookies):len(req.Cookies)], req.Headers["cookie"]))
	if cookie == "" {
		return h.problem(ctx, req, nil, fault.New(fault.Unauthorized, "connect-other-session", "There is no session in this browser."))
	}
	session, err := h.sessions.Load(ctx, cookie)
	if err != nil {
		return h.problem(ctx, req, nil, err)
	}
	to, err := h.connections.Return(ctx, session.Key, query)
	if err != nil {
		return h.problem(ctx, req, &session, err)
	}
	answer := response{StatusCode: http.StatusSeeOther, Headers: page.Headers()}
	answer.Headers["Location"] = to
	return answer, nil
}

// repeats says that a parameter came more than once, of which readers could take different ones.
func repeats(query url.Values) bool {
	for _, values := range query {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// problem answers with an error page. The query, which may hold a code, goes into no log.
func (h *handler) problem(ctx context.Context, req request, session *portal.Session, cause error) (response, error) {
	p, status := page.ProblemOf(cause), fault.KindOf(cause).Status()
	p.Session, p.Reference = session, health.Reference(req.RequestContext.RequestID)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	slog.Log(ctx, level, "connect refused", "status", status, "code", p.Code, "reference", p.Reference, "error", cause.Error())
	content, err := h.pages.Problem(p)
	if err != nil {
		return response{}, err
	}
	return response{StatusCode: status, Headers: page.Headers(), Body: string(content)}, nil
}

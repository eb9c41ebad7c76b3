// Command integration-page is the Lambda behind the admin's page: it opens portal sessions, shows how the connection
// does, and takes what the admin presses. It turns browser requests into calls on the rooms in shared and holds no rules
// of its own. Every answer carries the headers of page.Headers; a request that changes something needs the session's
// cookie, its anti-forgery token and the role admin.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
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
	Enter(ctx context.Context, entry string) (cookie string, s portal.Session, err error)
	Load(ctx context.Context, cookie string) (portal.Session, error)
}

type connections interface {
	Begin(ctx context.Context, s portal.Session, confidential bool) (authorizeURL string, err error)
	Resync(ctx context.Context, tenant string) error
	ResyncOne(ctx context.Context, tenant, candidate string) error
	Disconnect(ctx context.Context, tenant string, by connection.Person) error
	SaveSettings(ctx context.Context, tenant string, settings connection.Settings) error
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Awaiting(ctx context.Context, connection, event string) error
	Removed(ctx context.Context, tenant string) error
}

type decisions interface {
	Retry(ctx context.Context, tenant, id string) (decision.Decision, error)
	Dismiss(ctx context.Context, tenant, id string) (decision.Decision, error)
}

type reporter interface {
	Report(ctx context.Context, tenant string) (health.Report, error)
}

type checker interface {
	Check(ctx context.Context, tenant string) error
	Freshen(ctx context.Context, r health.Report) error
}

// handler answers browsers. It keeps no state between requests.
type handler struct {
	sessions    sessions
	connections connections
	decisions   decisions
	reports     reporter
	checks      checker
	pages       *page.Pages
	origin      string // scheme and authority of this API, as browsers send it
}

// handle answers one request; it returns no error, because an error would show as API Gateway's own page.
func (h *handler) handle(ctx context.Context, req request) (response, error) {
	method, path := req.RequestContext.HTTP.Method, req.RawPath
	get := map[string]func(context.Context, request) (response, error){
		"/portal": h.status, "/portal/live": h.live, "/portal/enter": h.enter,
	}[path]
	action, posted := strings.CutPrefix(path, "/portal/")
	switch {
	case strings.HasPrefix(path, "/portal/assets/"):
		get = h.asset
	case get != nil:
	case posted && actions()[action].do != nil:
		if method != http.MethodPost {
			return h.problem(ctx, req, nil, refuse("bad-method", http.MethodPost))
		}
		return h.answer(ctx, req, h.press)
	default:
		return h.problem(ctx, req, nil, fault.New(fault.NotFound, "not-found", "There is no such page."))
	}
	if method != http.MethodGet {
		return h.problem(ctx, req, nil, refuse("bad-method", http.MethodGet))
	}
	return h.answer(ctx, req, get)
}

// answer turns whatever goes wrong into a page.
func (h *handler) answer(ctx context.Context, req request, do func(context.Context, request) (response, error)) (response, error) {
	answer, err := do(ctx, req)
	if err == nil {
		return answer, nil
	}
	return h.problem(ctx, req, nil, err)
}

// refusal is a fault of the request with an HTTP status of its own.
type refusal struct{ code, allow string }

func refuse(code, allow string) error { return &refusal{code, allow} }

// Error names the refusal.
func (r *refusal) Error() string { return r.code }

func (h *handler) asset(_ context.Context, req request) (response, error) {
	content, contentType, found := page.Asset(strings.TrimPrefix(req.RawPath, "/portal/assets/"))
	if !found {
		return response{}, fault.New(fault.NotFound, "not-found", "There is no such file.")
	}
	answer := html(http.StatusOK, content)
	answer.Headers["Content-Type"] = contentType
	return answer, nil
}

// enter spends a one-time entry: the browser gets its session and goes on to the page, without the entry in its address.
func (h *handler) enter(ctx context.Context, req request) (response, error) {
	cookie, _, err := h.sessions.Enter(ctx, req.QueryStringParameters["entry"])
	if err != nil {
		return response{}, err
	}
	answer := redirect("/portal")
	answer.Cookies = []string{page.Cookie + "=" + cookie + "; Path=/; Secure; HttpOnly; SameSite=Lax"}
	return answer, nil
}

// status shows the page, or one of the two pages before something is done: reconnect and disconnect.
func (h *handler) status(ctx context.Context, req request) (response, error) {
	session, err := h.session(ctx, req)
	if err != nil {
		return response{}, err
	}
	query := req.QueryStringParameters
	asks := query["confirm"] == "disconnect" || query["reconnect"] == "yes"
	if asks && !session.Admin() {
		return h.problem(ctx, req, &session, errNotAdmin())
	}
	report, err := h.reports.Report(ctx, session.Tenant)
	if err != nil {
		return h.problem(ctx, req, &session, err)
	}
	if query["confirm"] == "disconnect" && endable(report.State) {
		return rendered(h.pages.Confirm(session))
	}
	if query["reconnect"] == "yes" {
		return rendered(h.pages.Consent(session, report.Confidential || query["confidential"] == "yes"))
	}
	return rendered(h.pages.Status(session, report, query["done"]))
}

// endable says that there is something to disconnect; with the back button the question can come up after its answer.
func endable(state connection.State) bool {
	return state != connection.NotConnected && state != connection.Disconnecting && state != connection.Disconnected
}

// live gives the part of the page that keeps itself fresh; a session that has ended is answered with 401 and its words.
func (h *handler) live(ctx context.Context, req request) (response, error) {
	session, err := h.session(ctx, req)
	if err != nil {
		return h.problemPart(ctx, req, err)
	}
	report, err := h.reports.Report(ctx, session.Tenant)
	if err != nil {
		return h.problemPart(ctx, req, err)
	}
	if err := h.checks.Freshen(ctx, report); err != nil {
		slog.WarnContext(ctx, "changes not asked for", "connection", report.ConnectionID, "error", err.Error())
	}
	return rendered(h.pages.Live(session, report))
}

func (h *handler) session(ctx context.Context, req request) (portal.Session, error) {
	cookie := page.SessionCookie(append(slices.Clone(req.Cookies), req.Headers["cookie"]))
	if cookie == "" {
		return portal.Session{}, fault.New(fault.Unauthorized, "no-session", "There is no session.")
	}
	return h.sessions.Load(ctx, cookie)
}

func errNotAdmin() error {
	return fault.New(fault.Forbidden, "not-admin", "Only an Evidenced admin can do this.")
}

// problem answers with an error page. Who is looking is found out when the caller does not know it.
func (h *handler) problem(ctx context.Context, req request, session *portal.Session, cause error) (response, error) {
	if session == nil {
		if known, err := h.session(ctx, req); err == nil {
			session = &known
		}
	}
	p, status := h.describe(ctx, req, cause)
	p.Session = session
	content, err := h.pages.Problem(p)
	if err != nil {
		return response{}, err
	}
	answer := html(status, content)
	if r, ok := cause.(*refusal); ok && r.allow != "" { //nolint:errorlint // made here, never wrapped
		answer.Headers["Allow"] = r.allow
	}
	return answer, nil
}

func (h *handler) problemPart(ctx context.Context, req request, cause error) (response, error) {
	p, status := h.describe(ctx, req, cause)
	content, err := h.pages.ProblemPart(p)
	if err != nil {
		return response{}, err
	}
	return html(status, content), nil
}

func (h *handler) describe(ctx context.Context, req request, cause error) (page.Problem, int) {
	p, status := page.ProblemOf(cause), fault.KindOf(cause).Status()
	if r, ok := cause.(*refusal); ok { //nolint:errorlint // made here, never wrapped
		p.Code, status = r.code, http.StatusMethodNotAllowed
	}
	p.Reference = health.Reference(req.RequestContext.RequestID)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	slog.Log(ctx, level, "page refused", "status", status, "code", p.Code, "reference", p.Reference, "error", cause.Error())
	return p, status
}

func rendered(content []byte, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	return html(http.StatusOK, content), nil
}

func html(status int, content []byte) response {
	return response{StatusCode: status, Headers: page.Headers(), Body: string(content)}
}

// redirect sends the browser on with a GET, whatever it came with.
func redirect(to string) response {
	answer := html(http.StatusSeeOther, nil)
	answer.Headers["Location"] = to
	return answer
}

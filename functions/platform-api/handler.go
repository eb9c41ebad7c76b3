// Command platform-api serves the Evidenced platform: the mirror to read, the connection with its page and its health,
// decisions to hand over, and settings; and operators, under paths of their own. docs/api/openapi.yaml describes each call.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
)

type records interface {
	Get(ctx context.Context, connection string, kind mirror.Kind, id string) (mirror.Record, bool, error)
	List(ctx context.Context, connection string, kind mirror.Kind, o mirror.ListOptions) ([]mirror.Record, string, error)
	Changes(ctx context.Context, connection, since string, limit int) ([]mirror.Record, string, error)
}

type connections interface {
	Welcome(ctx context.Context, tenant, name string) error
	Tenant(ctx context.Context, tenant string) (connection.Tenant, bool, error)
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Confirm(ctx context.Context, tenant, attempt string, by connection.Person) (connection.Connection, error)
	Disconnect(ctx context.Context, tenant string, by connection.Person) error
	Resync(ctx context.Context, tenant string) error
	ResyncOne(ctx context.Context, tenant, candidate string) error
	SaveSettings(ctx context.Context, tenant string, settings connection.Settings) error
}

type entrance interface {
	Create(ctx context.Context, e portal.Entry) (entryURL string, expires time.Time, err error)
}

type decisions interface {
	Accept(ctx context.Context, tenant, id string, s decision.Submission) (decision.Decision, error)
	Get(ctx context.Context, tenant, id string) (decision.Decision, error)
	List(ctx context.Context, tenant string, n int, after string) ([]decision.Decision, string, error)
	Retry(ctx context.Context, tenant, id string) (decision.Decision, error)
	Dismiss(ctx context.Context, tenant, id string) (decision.Decision, error)
}

type reporter interface {
	Report(ctx context.Context, tenant string) (health.Report, error)
}

// handler answers the platform's calls. Who may call for which tenant is decided by IAM in front of it. It keeps
// nothing between calls and is safe for concurrent use.
type handler struct {
	mirror      records
	connections connections
	portal      entrance
	decisions   decisions
	health      reporter
	runs        runs
	desk        desk
	logger      *slog.Logger
	now         func() time.Time
}

// call is one request on its way through a route.
type call struct {
	tenant string
	id     string // second variable of the path, where the route has one
	query  url.Values
	event  events.APIGatewayV2HTTPRequest
}

// reply is what a route answers. With tagged, it carries an ETag and honours If-None-Match.
type reply struct {
	status int
	body   any
	tagged bool
}

// handle answers one call. It never returns an error: every failure is a problem document.
func (h *handler) handle(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	start := h.now()
	r, c, err := h.routed(event)
	var out events.APIGatewayV2HTTPResponse
	if err == nil {
		out, err = h.served(ctx, r, c)
	}
	code := ""
	if err != nil {
		p := problemOf(err, event.RequestContext.RequestID)
		out, code = p.response(err, h.now()), p.Code
	}
	h.log(ctx, err, out.StatusCode, []any{
		"tenant", c.tenant, "route", r.method + " " + r.pattern, "status", out.StatusCode, "code", code,
		"apiRequestId", event.RequestContext.RequestID, "durationMillis", h.now().Sub(start).Milliseconds(),
	})
	return out, nil
}

// served runs a route; a panic in it becomes an error, so that the environment lives on for the next call.
func (h *handler) served(ctx context.Context, r route, c call) (out events.APIGatewayV2HTTPResponse, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	if !r.open {
		if err := h.known(ctx, c.tenant); err != nil {
			return out, err
		}
	}
	answer, err := r.serve(ctx, c)
	if err != nil {
		return out, err
	}
	return answer.response(header(c.event, "If-None-Match"))
}

// panicked keeps the text of Go's own run-time errors only; others could quote data.
func panicked(v any) error {
	if fault, ok := v.(runtime.Error); ok {
		return fmt.Errorf("panic in route: %w", fault)
	}
	return fmt.Errorf("panic in route: value of type %T", v)
}

func (h *handler) known(ctx context.Context, tenant string) error {
	_, found, err := h.connections.Tenant(ctx, tenant)
	if err != nil {
		return fmt.Errorf("read tenant %q: %w", tenant, err)
	}
	if !found {
		return unknownTenant()
	}
	return nil
}

func (h *handler) log(ctx context.Context, err error, status int, attributes []any) {
	if status >= http.StatusInternalServerError {
		h.logger.ErrorContext(ctx, "platform call failed", append(attributes, "error", err.Error())...)
		return
	}
	h.logger.InfoContext(ctx, "platform call answered", attributes...)
}

package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/operation"
)

// operatorPrefix is where the routes of operators stand; the operator role reaches these and no others.
const operatorPrefix = "/v1/operations/"

type runs interface {
	Start(ctx context.Context, kind operation.Kind, tenant, by string) (operation.Run, error)
	Find(ctx context.Context, id string) (operation.Progress, error)
	Recent(ctx context.Context, n int) ([]operation.Run, error)
}

type desk interface {
	Status(ctx context.Context, tenant string) (operation.Status, error)
	Why(ctx context.Context, tenant, candidate string) (operation.Why, error)
	Roster(ctx context.Context, start string, limit int) ([]operation.Row, string, error)
	Overdue(ctx context.Context, n int) ([]operation.Late, error)
	Undelivered(ctx context.Context, tenant string, n int) ([]decision.Decision, error)
}

// operatorRoutes lists the operations of operators. None of them shows personal data.
func (h *handler) operatorRoutes() []route {
	tenant := operatorPrefix + "tenants/{tenant}"
	return []route{
		{http.MethodGet, operatorPrefix + "runs", []string{"limit"}, true, h.recentRuns},
		{http.MethodPost, operatorPrefix + "runs", nil, true, h.startRun},
		{http.MethodGet, operatorPrefix + "runs/{id}", nil, true, h.run},
		{http.MethodGet, operatorPrefix + "connections", []string{"limit", "cursor"}, true, h.roster},
		{http.MethodGet, operatorPrefix + "overdue", []string{"limit"}, true, h.overdue},
		{http.MethodGet, tenant, nil, false, h.status},
		{http.MethodGet, tenant + "/candidates/{id}", nil, false, h.why},
		{http.MethodGet, tenant + "/decisions", []string{"limit"}, false, h.undelivered},
		{http.MethodPost, tenant + "/resyncs", nil, false, h.resync},
	}
}

// runView is an operation over connections and how far it is.
type runView struct {
	ID        string           `json:"id"`
	Kind      operation.Kind   `json:"kind"`
	Tenant    string           `json:"tenant,omitempty"`
	StartedBy string           `json:"startedBy,omitempty"`
	StartedAt int64            `json:"startedAt"`
	Over      bool             `json:"over"`
	Done      int              `json:"done"`
	Total     int              `json:"total"`
	Waiting   []operation.Task `json:"waiting"`
}

func viewOf(p operation.Progress) runView {
	v := runView{p.ID(), p.Kind, p.Tenant, p.By, p.StartedAt, p.Over, p.Done, p.Total, []operation.Task{}}
	for _, item := range p.Waiting {
		task := operation.TaskOf(item)
		task.Connection, task.Target = task.Target, "all"
		v.Waiting = append(v.Waiting, task)
	}
	return v
}

// startRun answers POST /v1/operations/runs: 202 once the run is stored with its first work.
func (h *handler) startRun(ctx context.Context, c call) (reply, error) {
	var body struct {
		Kind   operation.Kind `json:"kind"`
		Tenant *string        `json:"tenant"` // an empty one must not pass for all
		All    bool           `json:"all"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	if body.All == (body.Tenant != nil) {
		return reply{}, fault.New(fault.Invalid, "bad-operation", "Name a tenant, or say all: true; not both, and not neither.")
	}
	tenant, by := "", ""
	if body.Tenant != nil {
		if tenant = *body.Tenant; !validID(tenant) {
			return reply{}, fault.New(fault.Invalid, "bad-id", "tenant must be the id of a tenant.")
		}
	}
	if a := c.event.RequestContext.Authorizer; a != nil && a.IAM != nil {
		by = a.IAM.UserARN
	}
	started, err := h.runs.Start(ctx, body.Kind, tenant, by)
	if err != nil {
		return reply{}, fmt.Errorf("start operation: %w", err)
	}
	return reply{status: http.StatusAccepted, body: viewOf(operation.Progress{Run: started, Total: started.Expected})}, nil
}

// run answers GET /v1/operations/runs/{id}.
func (h *handler) run(ctx context.Context, c call) (reply, error) {
	p, err := h.runs.Find(ctx, c.id)
	if err != nil {
		return reply{}, fmt.Errorf("find operation: %w", err)
	}
	return reply{status: http.StatusOK, body: viewOf(p)}, nil
}

// recentRuns answers GET /v1/operations/runs: the newest first, each with its progress.
func (h *handler) recentRuns(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 10)
	if err != nil {
		return reply{}, err
	}
	recent, err := h.runs.Recent(ctx, limit)
	if err != nil {
		return reply{}, fmt.Errorf("list operations: %w", err)
	}
	views := make([]runView, 0, len(recent))
	for _, r := range recent {
		p, err := h.runs.Find(ctx, r.ID())
		if err != nil {
			return reply{}, fmt.Errorf("find operation: %w", err)
		}
		views = append(views, viewOf(p))
	}
	return reply{status: http.StatusOK, body: map[string]any{"data": views}}, nil
}

// roster answers GET /v1/operations/connections.
func (h *handler) roster(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 50)
	if err != nil {
		return reply{}, err
	}
	start, err := place(c.query.Get("cursor"), "roster", "roster")
	if err != nil {
		return reply{}, err
	}
	rows, next, err := h.desk.Roster(ctx, start, limit)
	if err != nil {
		return reply{}, fmt.Errorf("list connections: %w", err)
	}
	body := map[string]any{"data": rows}
	if next != "" {
		body["next"] = cursor(next, "roster", "roster")
	}
	return reply{status: http.StatusOK, body: body}, nil
}

// overdue answers GET /v1/operations/overdue.
func (h *handler) overdue(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 50)
	if err != nil {
		return reply{}, err
	}
	list, err := h.desk.Overdue(ctx, limit)
	if err != nil {
		return reply{}, fmt.Errorf("list overdue work: %w", err)
	}
	return reply{status: http.StatusOK, body: map[string]any{"data": list}}, nil
}

// status answers GET /v1/operations/tenants/{tenant}.
func (h *handler) status(ctx context.Context, c call) (reply, error) {
	s, err := h.desk.Status(ctx, c.tenant)
	if err != nil {
		return reply{}, fmt.Errorf("report on %q: %w", c.tenant, err)
	}
	return reply{status: http.StatusOK, body: s}, nil
}

// why answers GET /v1/operations/tenants/{tenant}/candidates/{id}.
func (h *handler) why(ctx context.Context, c call) (reply, error) {
	w, err := h.desk.Why(ctx, c.tenant, c.id)
	if err != nil {
		return reply{}, fmt.Errorf("look into candidate of %q: %w", c.tenant, err)
	}
	return reply{status: http.StatusOK, body: w}, nil
}

// undelivered answers GET /v1/operations/tenants/{tenant}/decisions: those that are neither delivered nor dismissed.
func (h *handler) undelivered(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 50)
	if err != nil {
		return reply{}, err
	}
	open, err := h.desk.Undelivered(ctx, c.tenant, limit)
	if err != nil {
		return reply{}, fmt.Errorf("list undelivered decisions of %q: %w", c.tenant, err)
	}
	views := make([]decision.View, 0, len(open))
	for _, d := range open {
		views = append(views, d.View())
	}
	return reply{status: http.StatusOK, body: map[string]any{"data": views}}, nil
}

package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/evidenced/lever-integration/shared/decision"
)

// longestDecision is room for a summary of decision.MaxSummary characters that are all escaped as pairs of surrogates,
// 12 bytes each, which some JSON encoders do to every emoji.
const longestDecision = 2 << 20

// decide answers PUT .../decisions/{id}: 202 once the decision is stored with the work that delivers it. Sent again, it
// answers the state that the decision has by now.
func (h *handler) decide(ctx context.Context, c call) (reply, error) {
	var s decision.Submission
	if err := c.read(&s, longestDecision); err != nil {
		return reply{}, err
	}
	d, err := h.decisions.Accept(ctx, c.tenant, c.id, s)
	return accepted(d, err, "accept")
}

// decision answers GET .../decisions/{id}.
func (h *handler) decision(ctx context.Context, c call) (reply, error) {
	d, err := h.decisions.Get(ctx, c.tenant, c.id)
	if err != nil {
		return reply{}, fmt.Errorf("get decision: %w", err)
	}
	return reply{status: http.StatusOK, body: d.View(), tagged: true}, nil
}

// recentDecisions answers GET .../decisions: what changed last, newest first. A tenant keeps its decisions when it connects
// anew, so a cursor stays good.
func (h *handler) recentDecisions(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 50)
	if err != nil {
		return reply{}, err
	}
	const about = "decisions"
	after, err := place(c.query.Get("cursor"), c.tenant, about)
	if err != nil {
		return reply{}, err
	}
	recent, next, err := h.decisions.List(ctx, c.tenant, limit, after)
	if err != nil {
		return reply{}, fmt.Errorf("list decisions of %q: %w", c.tenant, err)
	}
	views := make([]decision.View, 0, len(recent))
	for _, d := range recent {
		views = append(views, d.View())
	}
	return reply{status: http.StatusOK, body: struct {
		Data []decision.View `json:"data"`
		Next string          `json:"next,omitempty"`
	}{views, cursor(next, c.tenant, about)}}, nil
}

// retryDecision answers POST .../decisions/{id}/retries: send an undeliverable decision again, as safely as the first time.
func (h *handler) retryDecision(ctx context.Context, c call) (reply, error) {
	if err := c.read(&struct{}{}, longestBody); err != nil {
		return reply{}, err
	}
	d, err := h.decisions.Retry(ctx, c.tenant, c.id)
	return accepted(d, err, "retry")
}

// dismissDecision answers POST .../decisions/{id}/dismissals: nobody needs to be told about it any more.
func (h *handler) dismissDecision(ctx context.Context, c call) (reply, error) {
	if err := c.read(&struct{}{}, longestBody); err != nil {
		return reply{}, err
	}
	d, err := h.decisions.Dismiss(ctx, c.tenant, c.id)
	return accepted(d, err, "dismiss")
}

func accepted(d decision.Decision, err error, deed string) (reply, error) {
	if err != nil {
		return reply{}, fmt.Errorf("%s decision: %w", deed, err)
	}
	return reply{status: http.StatusAccepted, body: d.View()}, nil
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/fault"
)

// settings answers GET .../settings.
func (h *handler) settings(ctx context.Context, c call) (reply, error) {
	t, found, err := h.connections.Tenant(ctx, c.tenant)
	if err != nil {
		return reply{}, fmt.Errorf("read settings of %q: %w", c.tenant, err)
	}
	if !found {
		return reply{}, unknownTenant()
	}
	return shownSettings(t.Settings), nil
}

// saveSettings answers PUT .../settings, which replaces all of them.
func (h *handler) saveSettings(ctx context.Context, c call) (reply, error) {
	var body struct {
		SecretNotes     *bool     `json:"secretNotes"`
		NotifyFollowers *bool     `json:"notifyFollowers"`
		Outcomes        *[]string `json:"outcomes"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	if body.SecretNotes == nil || body.NotifyFollowers == nil || body.Outcomes == nil {
		return reply{}, fault.New(fault.Invalid, "bad-settings", "secretNotes, notifyFollowers and outcomes must all be given.")
	}
	for i, outcome := range *body.Outcomes {
		if !slices.Contains(decision.Outcomes(), decision.Outcome(outcome)) || slices.Contains((*body.Outcomes)[:i], outcome) {
			return reply{}, fault.New(fault.Invalid, "bad-settings", "outcomes must be different outcomes of decisions; an empty list means all.")
		}
	}
	s := connection.Settings{
		SecretNotes: *body.SecretNotes, NotifyFollowers: *body.NotifyFollowers, Outcomes: *body.Outcomes,
	}
	if err := h.connections.SaveSettings(ctx, c.tenant, s); err != nil {
		return reply{}, fmt.Errorf("save settings of %q: %w", c.tenant, err)
	}
	return shownSettings(s), nil
}

func shownSettings(s connection.Settings) reply {
	s.Outcomes = append([]string{}, s.Outcomes...) // an empty list, never null
	return reply{status: http.StatusOK, body: s, tagged: true}
}

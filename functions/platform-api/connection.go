package main

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/health"
)

// connectionView is GET .../connection: the health report, and the version by which Connection Changed events are
// compared (0 before the first connect).
type connectionView struct {
	health.Report
	Version int64 `json:"version"`
}

// connectedView is what a confirmation answers: the connection that was just made.
type connectedView struct {
	ID           string           `json:"id"`
	Version      int64            `json:"version"`
	State        connection.State `json:"state"`
	Scopes       []string         `json:"scopes"`
	Confidential bool             `json:"confidential"`
	CreatedAt    int64            `json:"createdAt"`
}

// connection answers GET .../connection.
func (h *handler) connection(ctx context.Context, c call) (reply, error) {
	current, _, err := h.connections.Current(ctx, c.tenant)
	if err != nil {
		return reply{}, fmt.Errorf("read connection of %q: %w", c.tenant, err)
	}
	report, err := h.health.Report(ctx, c.tenant)
	if err != nil {
		return reply{}, fmt.Errorf("report on %q: %w", c.tenant, err)
	}
	return reply{status: http.StatusOK, body: connectionView{listed(report), current.Rev}}, nil
}

// listed makes every list of the report a list, so that none of them is null in JSON.
func listed(r health.Report) health.Report {
	r.Settings.Outcomes = append([]string{}, r.Settings.Outcomes...)
	r.Decisions.Recent = append([]health.Decision{}, r.Decisions.Recent...)
	r.Findings = append([]health.Finding{}, r.Findings...)
	r.Missing = append([]string{}, r.Missing...)
	if r.Resync != nil {
		resync := *r.Resync
		resync.Kinds = append([]connection.KindCount{}, resync.Kinds...)
		r.Resync = &resync
	}
	if r.Check != nil {
		check := *r.Check
		check.Drift = append([]connection.KindDrift{}, check.Drift...)
		r.Check = &check
	}
	return r
}

// person is the acting user of Evidenced, as the platform's own login knows them.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// longestName bounds ids and names of people, in characters.
const longestName = 200

func (p person) checked() (connection.Person, error) {
	if p.ID == "" || utf8.RuneCountInString(p.ID) > longestName || utf8.RuneCountInString(p.Name) > longestName {
		return connection.Person{}, fault.New(fault.Invalid, "bad-acting-user", "actingUser needs an id, and id and name at most 200 characters.")
	}
	return connection.Person{ID: p.ID, Name: p.Name}, nil
}

// confirm answers POST .../connection/confirmations: the platform vouches that the person who came back from Lever with
// this attempt is the acting user, and only then is Lever's code redeemed.
func (h *handler) confirm(ctx context.Context, c call) (reply, error) {
	var body struct {
		Attempt    string `json:"attempt"`
		ActingUser person `json:"actingUser"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	by, err := body.ActingUser.checked()
	if err != nil {
		return reply{}, err
	}
	if body.Attempt == "" || utf8.RuneCountInString(body.Attempt) > longestName {
		return reply{}, fault.New(fault.Invalid, "bad-attempt", "attempt must be the value with which the person came back.")
	}
	made, err := h.connections.Confirm(ctx, c.tenant, body.Attempt, by)
	if err != nil {
		return reply{}, fmt.Errorf("confirm connection of %q: %w", c.tenant, err)
	}
	scopes := append([]string{}, made.Scopes...)
	return reply{status: http.StatusOK, body: connectedView{
		made.ID(), made.Rev, made.State, scopes, made.Confidential, made.CreatedAt,
	}}, nil
}

// disconnect answers POST .../connection/disconnections: 202, and the rest happens by itself. It is a POST because it
// names who pressed the button, and a body of DELETE is not reliably carried.
func (h *handler) disconnect(ctx context.Context, c call) (reply, error) {
	var body struct {
		ActingUser person `json:"actingUser"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	by, err := body.ActingUser.checked()
	if err != nil {
		return reply{}, err
	}
	if err := h.connections.Disconnect(ctx, c.tenant, by); err != nil {
		return reply{}, fmt.Errorf("disconnect %q: %w", c.tenant, err)
	}
	return reply{status: http.StatusAccepted, body: map[string]any{"state": connection.Disconnecting}}, nil
}

// resync answers POST .../resyncs: of everything, or of one candidate with its interviews.
func (h *handler) resync(ctx context.Context, c call) (reply, error) {
	var body struct {
		Candidate *string `json:"candidate"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	if body.Candidate == nil {
		if err := h.connections.Resync(ctx, c.tenant); err != nil {
			return reply{}, fmt.Errorf("ask for resync of %q: %w", c.tenant, err)
		}
		return reply{status: http.StatusAccepted, body: map[string]any{"of": "all"}}, nil
	}
	if !validID(*body.Candidate) {
		return reply{}, fault.New(fault.Invalid, "bad-id", "candidate must be the id of a candidate.")
	}
	if err := h.connections.ResyncOne(ctx, c.tenant, *body.Candidate); err != nil {
		return reply{}, fmt.Errorf("ask for resync of candidate %q: %w", *body.Candidate, err)
	}
	return reply{status: http.StatusAccepted, body: map[string]any{"of": "candidate", "candidate": *body.Candidate}}, nil
}

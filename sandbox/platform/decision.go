package platform

import (
	"context"
	"net/http"
)

// Decision is one version of an interview decision as the platform hands it over. A higher version corrects a lower one.
type Decision struct {
	Opportunity string  `json:"opportunity"` // the candidate's id
	Interview   string  `json:"interview,omitempty"`
	Outcome     string  `json:"outcome"` // advance, hire, hold, reject, no-show, withdrawn
	Reason      string  `json:"reason,omitempty"`
	Summary     string  `json:"summary,omitempty"`
	Rating      int     `json:"rating,omitempty"` // 1 to 4
	By          Decider `json:"by"`
	DecidedAt   int64   `json:"decidedAt"` // milliseconds since the epoch
	Link        string  `json:"link,omitempty"`
	Version     int64   `json:"version"`
}

// Decider is who decided; the e-mail address finds the person's Lever user.
type Decider struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// DecisionStatus is where the delivery of a decision stands.
type DecisionStatus struct {
	ID               string `json:"id"`
	Opportunity      string `json:"opportunity"`
	Version          int64  `json:"version"`
	State            string `json:"state"` // accepted, sending, delivered, uncertain, held, undeliverable
	Cause            string `json:"cause"`
	CauseText        string `json:"causeText"`
	AcceptedAt       int64  `json:"acceptedAt"` // milliseconds since the epoch, of this version
	DeliveredVersion int64  `json:"deliveredVersion"`
	DeliveredAt      int64  `json:"deliveredAt"` // milliseconds since the epoch
	NoteID           string `json:"noteId"`
}

// PutDecision hands a decision over under the platform's own id. It is accepted before it is delivered.
func (c *Client) PutDecision(ctx context.Context, tenant, id string, decision Decision) (DecisionStatus, error) {
	var status DecisionStatus
	return status, c.call(ctx, http.MethodPut, path(tenant, "decisions", id), decision, &status)
}

// Decision reads where the delivery stands.
func (c *Client) Decision(ctx context.Context, tenant, id string) (DecisionStatus, error) {
	var status DecisionStatus
	return status, c.call(ctx, http.MethodGet, path(tenant, "decisions", id), nil, &status)
}

// Decisions reads the decisions that changed last, newest first.
func (c *Client) Decisions(ctx context.Context, tenant string) ([]DecisionStatus, error) {
	var list struct {
		Data []DecisionStatus `json:"data"`
	}
	return list.Data, c.call(ctx, http.MethodGet, path(tenant, "decisions"), nil, &list)
}

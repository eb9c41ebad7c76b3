package lever

import (
	"context"
	"net/http"
	"net/url"

	"github.com/evidenced/lever-integration/shared/secret"
)

// The ten events Lever can send (lever/api.md section 4).
const (
	EventApplicationCreated     = "applicationCreated"
	EventCandidateHired         = "candidateHired"
	EventCandidateStageChange   = "candidateStageChange"
	EventCandidateArchiveChange = "candidateArchiveChange"
	EventCandidateDeleted       = "candidateDeleted"
	EventInterviewCreated       = "interviewCreated"
	EventInterviewUpdated       = "interviewUpdated"
	EventInterviewDeleted       = "interviewDeleted"
	EventContactCreated         = "contactCreated"
	EventContactUpdated         = "contactUpdated"
)

// maxWebhookPages bounds the reading of the webhooks, which Lever today answers in one page.
const maxWebhookPages = 50

// Webhook is a subscription to one event (lever/api.md section 3.11). Only ID is certain.
type Webhook struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	URL   string `json:"url"`
	// Configuration is null or empty for events without conditions.
	Configuration *WebhookConfiguration `json:"configuration"`
	CreatedAt     *Millis               `json:"createdAt"`
	UpdatedAt     *Millis               `json:"updatedAt"`
}

func (w *Webhook) key() string { return w.ID }

// SignatureToken is the key of the webhook's signatures. Lever shows it only in the reply to
// CreateWebhook; it is empty everywhere else.
func (w *Webhook) SignatureToken() secret.String {
	if w.Configuration == nil {
		return ""
	}
	return w.Configuration.SignatureToken
}

// WebhookConfiguration is what a webhook was created with.
type WebhookConfiguration struct {
	Conditions     *WebhookConditions `json:"conditions"`
	SignatureToken secret.String      `json:"signatureToken"`
}

// WebhookConditions narrow a webhook down to opportunities of some origins.
type WebhookConditions struct {
	Origins []string `json:"origins"`
}

// origins are all there are, so that a webhook misses nothing.
func origins() []string {
	return []string{"agency", "applied", "internal", "referred", "sourced", "university"}
}

// conditional reports whether an event can be narrowed down by origin.
func conditional(event string) bool {
	switch event {
	case EventApplicationCreated, EventCandidateHired, EventCandidateStageChange, EventCandidateArchiveChange:
		return true
	}
	return false
}

// Webhooks gets all webhooks, those of other programs and people included. Next is always empty:
// should Lever page them one day, the pages are read to the end.
func (c *Client) Webhooks(ctx context.Context) (Page[Webhook], error) {
	var all Page[Webhook]
	offset := ""
	for range maxWebhookPages {
		page, err := list[Webhook](ctx, c, webhooksCall(), offset)
		if err != nil {
			return Page[Webhook]{}, err
		}
		all.Items = append(all.Items, page.Items...)
		all.Broken = append(all.Broken, page.Broken...)
		if all.Served.IsZero() {
			all.Served = page.Served
		}
		if page.Next == "" {
			return all, nil
		}
		offset = page.Next
	}
	return Page[Webhook]{}, brokenPage(webhooksCall())
}

func webhooksCall() *call {
	return &call{method: http.MethodGet, path: "/webhooks", query: url.Values{}}
}

// CreateWebhook subscribes an https address to an event, for all origins. It is not idempotent:
// after ErrUnclear, list the webhooks first. Store SignatureToken at once; when the reply has
// none, delete the webhook and make another.
func (c *Client) CreateWebhook(ctx context.Context, address, event string) (Webhook, error) {
	configuration := map[string]any{}
	if conditional(event) {
		configuration["conditions"] = WebhookConditions{Origins: origins()}
	}
	k := &call{
		method: http.MethodPost, path: "/webhooks",
		body: map[string]any{"url": address, "event": event, "configuration": configuration},
	}
	if address == "" || event == "" {
		return Webhook{}, k.refuse("bad-webhook")
	}
	created, err := one[Webhook](ctx, c, k)
	return created.Item, err
}

// DeleteWebhook removes a webhook made over the API. It may be repeated: fault.NotFound then says
// that it is gone.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	_, err := c.do(ctx, &call{
		method: http.MethodDelete, path: "/webhooks/{webhook}", ids: []string{id}, blind: true,
	})
	return err
}

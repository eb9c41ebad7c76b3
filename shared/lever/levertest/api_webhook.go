package levertest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// hookConditions limit a webhook to origins.
type hookConditions struct {
	Origins []string `json:"origins"`
}

// hookConfiguration is a webhook's configuration; SignatureToken is set in the answer to its creation only.
type hookConfiguration struct {
	Conditions     *hookConditions `json:"conditions,omitempty"`
	SignatureToken string          `json:"signatureToken,omitempty"`
}

// hookBody is a webhook as the API shows it (lever/api.md section 3.11).
type hookBody struct {
	ID            string            `json:"id"`
	Event         string            `json:"event"`
	URL           string            `json:"url"`
	Configuration hookConfiguration `json:"configuration"`
	CreatedAt     int64             `json:"createdAt"`
	UpdatedAt     int64             `json:"updatedAt"`
}

func (h *Webhook) body() hookBody {
	out := hookBody{ID: h.ID, Event: h.Event, URL: h.URL, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt}
	if h.Origins != nil {
		out.Configuration.Conditions = &hookConditions{h.Origins}
	}
	return out
}

// hookRequest is what creations and updates send; origins may stand in the older place of 2021.
type hookRequest struct {
	ID            string `json:"id"`
	URL           string `json:"url"`
	Event         string `json:"event"`
	Configuration *struct {
		Conditions       *hookConditions `json:"conditions"`
		Origins          []string        `json:"origins"`
		VerifyConnection bool            `json:"verifyConnection"`
	} `json:"configuration"`
}

func (r hookRequest) origins() []string {
	switch {
	case r.Configuration == nil:
		return nil
	case r.Configuration.Conditions != nil:
		return r.Configuration.Conditions.Origins
	}
	return r.Configuration.Origins
}

func listWebhooks(c *call) (int, any, error) {
	out := []hookBody{}
	for _, h := range c.st.hooks {
		if h.App == c.grant.app || c.rules.ListAllWebhooks {
			out = append(out, h.body())
		}
	}
	return http.StatusOK, data(out), nil
}

func createWebhook(c *call) (int, any, error) {
	var req hookRequest
	if err := c.decode(&req); err != nil {
		return 0, nil, err
	}
	if !slices.Contains(EventNames(), req.Event) {
		return 0, nil, badRequest("event is missing or unknown")
	}
	if err := checkHookURL(req.URL); err != nil {
		return 0, nil, err
	}
	for _, o := range req.origins() {
		if !slices.Contains(origins(), o) {
			return 0, nil, badRequest("unknown origin")
		}
	}
	h := c.addHook(c.grant.app, req.Event, req.URL, req.origins())
	if req.Configuration != nil && req.Configuration.VerifyConnection {
		c.push(h, c.seal(envelope{Event: h.Event, Data: map[string]any{}}, h.SignatureToken), 1, 0)
	}
	body := h.body()
	body.Configuration.SignatureToken = h.SignatureToken
	if c.rules.WebhookReplyDoubleWrapped {
		return http.StatusCreated, data(data(body)), nil
	}
	return http.StatusCreated, data(body), nil
}

// checkHookURL wants HTTPS, except on the local machine.
func checkHookURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return badRequest("url is missing or not a URL")
	}
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "::1"
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return badRequest("url must use https")
	}
	return nil
}

// ownHook returns a webhook that this app made; all others cannot be changed.
func (c *call) ownHook(id string) (*Webhook, error) {
	h := c.st.hook(id)
	if h == nil || h.App != c.grant.app && !c.rules.ListAllWebhooks {
		return nil, notFound("webhooks", id)
	}
	if h.App != c.grant.app {
		return nil, plainFailure(http.StatusForbidden)
	}
	return h, nil
}

func putWebhooks(c *call) (int, any, error) {
	var req struct {
		Data []hookRequest `json:"data"`
	}
	if err := c.decode(&req); err != nil {
		return 0, nil, err
	}
	for _, r := range req.Data {
		if _, err := c.ownHook(r.ID); err != nil {
			return 0, nil, err
		}
		if r.URL != "" {
			if err := checkHookURL(r.URL); err != nil {
				return 0, nil, err
			}
		}
	}
	out := []hookBody{}
	for _, r := range req.Data {
		h := c.st.hook(r.ID)
		if h.UpdatedAt = c.millis(); r.URL != "" {
			h.URL = r.URL
		}
		if o := r.origins(); o != nil && h.Origins != nil {
			h.Origins = o
		}
		out = append(out, h.body())
	}
	return http.StatusOK, data(out), nil
}

func deleteWebhook(c *call) (int, any, error) {
	h, err := c.ownHook(c.path["id"])
	if err != nil {
		return 0, nil, err
	}
	c.st.hooks = slices.DeleteFunc(c.st.hooks, func(other *Webhook) bool { return other == h })
	return http.StatusNoContent, nil, nil
}

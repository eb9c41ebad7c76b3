package levertest

import "slices"

// Webhook is one registered address. App is the client id of the OAuth app that made it, or "" for one made
// on the settings page.
type Webhook struct {
	ID             string
	Event          string
	URL            string
	Origins        []string // nil for events without conditions
	SignatureToken string
	App            string
	CreatedAt      int64
	UpdatedAt      int64
}

// hookLive says whether a webhook still delivers: those of a revoked app stop unless the rules say otherwise.
func (l *Lever) hookLive(st *account, h *Webhook) bool {
	if h.App != l.opts.ClientID || h.App == "" || l.rules.RevokedHooksContinue {
		return true
	}
	return slices.ContainsFunc(st.grants, func(g *grant) bool { return g.app == h.App && l.grantLive(g) })
}

func (st *account) hook(id string) *Webhook {
	i := slices.IndexFunc(st.hooks, func(h *Webhook) bool { return h.ID == id })
	if i < 0 {
		return nil
	}
	return st.hooks[i]
}

func (t tx) addHook(app, name, url string, from []string) *Webhook {
	h := &Webhook{
		ID: newID(t.st.rng), Event: name, URL: url, SignatureToken: newHex(t.st.rng, 24), App: app,
		CreatedAt: t.millis(), UpdatedAt: t.millis(),
	}
	if hasConditions(name) {
		if h.Origins = from; from == nil {
			h.Origins = origins()
		}
	}
	t.st.hooks = append(t.st.hooks, h)
	return h
}

// Webhooks returns all webhooks with their signature tokens, those of other apps and of people too.
func (a *Account) Webhooks() []Webhook {
	return read(a, func(st *account) []Webhook { return values(st.hooks) })
}

// AddWebhook registers a webhook outside the API: for app "" as a person on the settings page, otherwise as
// another vendor's app.
func (a *Account) AddWebhook(app, event, url string) (id string, err error) {
	err = a.do(func(t tx) error {
		if !slices.Contains(EventNames(), event) {
			return badRequest("unknown event " + event)
		}
		id = t.addHook(app, event, url, nil).ID
		return nil
	})
	return id, err
}

// SetToggle switches an event group on or off in the webhook settings; "all" means every event.
func (a *Account) SetToggle(event string, on bool) error {
	return a.do(func(t tx) error {
		if event == "all" {
			for _, name := range EventNames() {
				t.st.toggles[name] = on
			}
			return nil
		}
		if !slices.Contains(EventNames(), event) {
			return badRequest("unknown event " + event)
		}
		t.st.toggles[event] = on
		return nil
	})
}

// Toggles returns which event groups are switched on.
func (a *Account) Toggles() map[string]bool {
	return read(a, func(st *account) map[string]bool {
		out := map[string]bool{}
		for _, name := range EventNames() {
			out[name] = st.toggles[name]
		}
		return out
	})
}

// DeleteWebhook removes a webhook of whatever app, as a person does on the settings page.
func (a *Account) DeleteWebhook(webhook string) error {
	return a.do(func(t tx) error {
		if t.st.hook(webhook) == nil {
			return notFound("webhooks", webhook)
		}
		t.st.hooks = slices.DeleteFunc(t.st.hooks, func(h *Webhook) bool { return h.ID == webhook })
		return nil
	})
}

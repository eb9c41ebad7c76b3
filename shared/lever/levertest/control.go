package levertest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// order is a control request that has been read.
type order struct {
	acct *Account
	r    *http.Request
	body orderBody
	raw  []byte
}

// orderBody holds every field that a control request may send; each route uses a few.
type orderBody struct {
	User         string `json:"user"` // who acts; default: the first Super Admin
	Stage        string `json:"stage"`
	Reason       string `json:"reason"`
	At           int64  `json:"at"` // milliseconds
	Minutes      int    `json:"minutes"`
	Subject      string `json:"subject"`
	On           bool   `json:"on"`
	Event        string `json:"event"`
	Value        string `json:"value"`
	Secret       bool   `json:"secret"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	Posting      string `json:"posting"`
	Title        string `json:"title"`
	State        string `json:"state"`
	Role         string `json:"role"`
	App          string `json:"app"`
	URL          string `json:"url"`
	Confidential bool   `json:"confidential"`
	Into         string `json:"into"`
	Headline     string `json:"headline"`
	Phone        string `json:"phone"`
	Link         string `json:"link"`
}

// registerControl adds the routes that the package comment lists.
func (l *Lever) registerControl(mux *http.ServeMux) {
	add := func(pattern string, handle func(order) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { l.serveControl(w, r, handle) })
	}
	controlReads(add, l)
	controlDeeds(add)
	controlFaults(add, l)
}

func (l *Lever) serveControl(w http.ResponseWriter, r *http.Request, handle func(order) (any, error)) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	o := order{acct: l.Account(r.URL.Query().Get("account")), r: r, raw: raw}
	switch {
	case err != nil:
		err = badRequest("the body cannot be read")
	case o.acct == nil:
		err = notFound("accounts", r.URL.Query().Get("account"))
	case len(raw) > 0 && json.Unmarshal(raw, &o.body) != nil:
		err = badRequest("the body is not valid JSON")
	}
	var out any
	if err == nil {
		if o.body.User != "" {
			o.acct = o.acct.As(o.body.User)
		}
		out, err = handle(o)
	}
	if err != nil {
		l.mu.Lock()
		answer := l.errorReply(err)
		l.mu.Unlock()
		answer.write(w)
		return
	}
	if out == nil {
		out = map[string]bool{"ok": true}
	}
	jsonReply(http.StatusOK, out).write(w)
}

// cut applies ?limit=.
func cut[T any](o order, list []T) []T {
	if n, err := strconv.Atoi(o.r.URL.Query().Get("limit")); err == nil && n >= 0 && n < len(list) {
		list = list[:n]
	}
	if list == nil {
		list = []T{}
	}
	return list
}

func controlReads(add func(string, func(order) (any, error)), l *Lever) {
	add("GET /control/accounts", func(order) (any, error) {
		out := []Summary{}
		for _, a := range l.Accounts() {
			out = append(out, a.Summary())
		}
		return out, nil
	})
	add("GET /control/summary", func(o order) (any, error) { return o.acct.Summary(), nil })
	add("GET /control/opportunities", func(o order) (any, error) { return cut(o, o.chosen()), nil })
	add("GET /control/opportunities/{id}", func(o order) (any, error) {
		found, ok := o.acct.Opportunity(o.id())
		if !ok {
			return nil, notFound("opportunities", o.id())
		}
		return found, nil
	})
	add("GET /control/opportunities/{id}/notes", func(o order) (any, error) { return noteViews(o.acct.Notes(o.id())), nil })
	add("GET /control/notes", func(o order) (any, error) { return cut(o, noteViews(o.acct.Notes(""))), nil })
	add("GET /control/opportunities/{id}/interviews", func(o order) (any, error) { return o.acct.Interviews(o.id()), nil })
	add("GET /control/interviews", func(o order) (any, error) { return cut(o, o.acct.Interviews("")), nil })
	add("GET /control/postings", func(o order) (any, error) { return cut(o, o.acct.Postings()), nil })
	add("GET /control/users", func(o order) (any, error) { return cut(o, o.acct.Users()), nil })
	add("GET /control/stages", func(o order) (any, error) { return o.acct.Stages(), nil })
	add("GET /control/reasons", func(o order) (any, error) { return o.acct.ArchiveReasons(), nil })
	add("GET /control/webhooks", func(o order) (any, error) { return hookViews(o.acct), nil })
	add("GET /control/toggles", func(o order) (any, error) { return o.acct.Toggles(), nil })
	add("GET /control/grants", func(o order) (any, error) { return grantViews(o.acct), nil })
	add("GET /control/tokens", func(o order) (any, error) { return o.acct.Tokens(), nil })
	add("GET /control/deliveries", func(o order) (any, error) { return cut(o, attemptViews(o.acct)), nil })
	add("GET /control/hash", func(order) (any, error) { return map[string]string{"hash": l.StateHash()}, nil })
}

func (o order) id() string { return o.r.PathValue("id") }

// chosen are the opportunities that active, confidential and q ask for.
func (o order) chosen() []Opportunity {
	q := o.r.URL.Query()
	return slices.DeleteFunc(o.acct.Opportunities(), func(opp Opportunity) bool {
		return q.Has("active") && (q.Get("active") == "true") != (opp.Archived == nil) ||
			q.Has("confidential") && (q.Get("confidential") == "true") != (opp.Confidentiality == confidential) ||
			!strings.Contains(strings.ToLower(opp.Name), strings.ToLower(q.Get("q")))
	})
}

// noteView is a note with what the API does not tell.
type noteView struct {
	Note
	OpportunityID string `json:"opportunityId"`
	ViaAPI        bool   `json:"viaApi"`
}

func noteViews(notes []Note) []noteView {
	out := []noteView{}
	for _, n := range notes {
		out = append(out, noteView{n, n.OpportunityID, n.ViaAPI})
	}
	return out
}

// hookView is a webhook with what the API does not tell.
type hookView struct {
	hookBody
	App            string `json:"app"`
	SignatureToken string `json:"signatureToken"`
	Switched       bool   `json:"switchedOn"`
}

func hookViews(a *Account) []hookView {
	out, toggles := []hookView{}, a.Toggles()
	for _, h := range a.Webhooks() {
		out = append(out, hookView{h.body(), h.App, h.SignatureToken, toggles[h.Event]})
	}
	return out
}

// attemptView is a delivery attempt; the newest comes first.
type attemptView struct {
	ID      string          `json:"id"`
	Webhook string          `json:"webhook"`
	Event   string          `json:"event"`
	URL     string          `json:"url"`
	Attempt int             `json:"attempt"`
	At      int64           `json:"at"`
	Status  int             `json:"status"`
	Error   string          `json:"error"`
	Body    json.RawMessage `json:"body"`
}

func attemptViews(a *Account) []attemptView {
	out := []attemptView{}
	for _, t := range slices.Backward(a.Attempts()) {
		out = append(out, attemptView{t.ID, t.Webhook, t.Event, t.URL, t.Attempt, t.At.UnixMilli(), t.Status, t.Err, t.Body})
	}
	return out
}

// grantView is a grant as JSON.
type grantView struct {
	ID        string   `json:"id"`
	User      string   `json:"user"`
	Scopes    []string `json:"scopes"`
	CreatedAt int64    `json:"createdAt"`
	Revoked   bool     `json:"revoked"`
}

func grantViews(a *Account) []grantView {
	out := []grantView{}
	for _, g := range a.Grants() {
		out = append(out, grantView{g.ID, g.User, g.Scopes, g.CreatedAt.UnixMilli(), g.Revoked})
	}
	return out
}

// faultBody is a Fault as JSON, with its delay in milliseconds.
type faultBody struct {
	Fault
	DelayMillis int64 `json:"delayMillis"`
}

func controlFaults(add func(string, func(order) (any, error)), l *Lever) {
	add("POST /control/faults", func(o order) (any, error) {
		var f faultBody
		if err := json.Unmarshal(o.raw, &f); err != nil {
			return nil, badRequest("the body is not a fault")
		}
		f.Delay = time.Duration(f.DelayMillis) * time.Millisecond
		if err := l.Inject(f.Fault); err != nil {
			return nil, badRequest(err.Error())
		}
		return nil, nil
	})
	add("GET /control/faults", func(order) (any, error) { return l.Faults(), nil })
	add("DELETE /control/faults", func(order) (any, error) {
		l.ClearFaults()
		return nil, nil
	})
	add("GET /control/flooded", func(order) (any, error) { return map[string]int64{"bytes": l.Flooded()}, nil })
	add("GET /control/rules", func(order) (any, error) { return l.Rules(), nil })
	add("PUT /control/rules", func(o order) (any, error) {
		rules := l.Rules()
		if err := json.Unmarshal(o.raw, &rules); err != nil {
			return nil, badRequest("the body holds no rules")
		}
		l.SetRules(rules)
		return rules, nil
	})
	add("GET /control/requests", func(o order) (any, error) {
		about, of := o.r.URL.Query().Get("about"), o.r.URL.Query().Get("of")
		list := slices.DeleteFunc(l.Requests(), func(r Request) bool {
			return !strings.Contains(r.URL, about) || of != "" && r.Account != of
		})
		slices.Reverse(list)
		return cut(o, list), nil
	})
}

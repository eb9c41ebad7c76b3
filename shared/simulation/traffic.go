package simulation

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

// obligation is a webhook that was answered 2xx and must be followed by a fetch (invariant I3).
type obligation struct {
	connection, opportunity, event string
	at                             time.Time
	met                            bool
}

// spending is how a refresh token was spent: by whom, and with what answer (invariant I5).
type spending struct {
	by      *process
	pending bool
	status  int // of the answer; 0 = none came
}

// settled says whether the spender knows for sure what came of it and could note it.
func (s *spending) settled() bool {
	clear := s.status == http.StatusOK || s.status == http.StatusBadRequest || s.status == http.StatusForbidden
	return s.by != nil && clear && !s.by.dead && !s.by.hurt
}

// sighting is an object that an answer of Lever showed to a process.
type sighting struct {
	kind, id string
	begun    time.Time
}

// asked is what is known of a request on its way.
type asked struct {
	at     time.Time
	spent  *spending
	faulty bool // the answer is not Lever's own
}

// asks looks at a request as it arrives at Lever.
func (p *Play) asks(pr *process, r *http.Request) asked {
	a := asked{at: p.clock()}
	if r.Method == http.MethodGet && len(r.URL.Path) == len("/v1/opportunities/")+36 {
		pr.looked = true
	}
	if r.URL.Path != "/oauth/token" {
		return a
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return a
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	form, err := url.ParseQuery(string(raw))
	if err != nil || form.Get("grant_type") != "refresh_token" {
		return a
	}
	token := form.Get("refresh_token")
	s := p.refreshes[token]
	if s == nil {
		s = &spending{}
		p.refreshes[token] = s
	}
	if s.pending && !s.by.dead && !s.by.hurt {
		p.violate("I5", "two processes spend one refresh token at once: %s, %s", s.by.name, pr.name)
	}
	if s.settled() {
		p.violate("I5", "a refresh token is spent again by %s, although %s knows what came of it", pr.name, s.by.name)
	}
	s.by, s.pending, s.status = pr, true, 0
	a.spent = s
	return a
}

// answered looks at an answer of Lever on its way back.
func (p *Play) answered(pr *process, r *http.Request, response *http.Response, err error, a *asked) error {
	line := p.Lever.LastRequest()
	a.faulty = line.Fault != ""
	p.trace(pr, "Lever answered", "status", line.Status, "to", r.Method+" "+r.URL.RequestURI(), "fault", line.Fault)
	if line.Account != "" && pr.account != nil && pr.account.ID() != line.Account {
		p.violate("I4", "work of one account called Lever for another: %s %s", r.Method, r.URL.Path)
	}
	switch line.Fault {
	case levertest.TruncatedPage, levertest.EmptiedPage, levertest.FilteredPage, levertest.RepeatedPage, levertest.NextMissing:
		if pr.spoiled = true; pr.tenant != nil {
			pr.tenant.needsSweep = true
			if line.Path == "/v1/webhooks" {
				pr.tenant.blind, pr.tenant.needsHooks = true, true
			}
		}
	case levertest.UnknownFields, levertest.TruncatedBody:
		pr.spoiled = true
	}
	if err != nil || response.StatusCode/100 != 2 {
		pr.spoiled = true
	}
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/notes") {
		p.atMostOne()
	}
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(raw))
	if r.URL.Path == "/oauth/token" {
		p.issued(raw)
	}
	if r.Method == http.MethodGet {
		p.fetches(pr, r, response.StatusCode, raw, a)
	}
	return nil
}

// learned notes that the process got the answer.
func (a asked) learned(response *http.Response, err error) {
	if a.spent == nil {
		return
	}
	if a.spent.pending = false; err == nil && !a.faulty {
		a.spent.status = response.StatusCode
	}
}

// issued remembers tokens, which must never stand anywhere in the clear.
func (p *Play) issued(raw []byte) {
	var grant struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(raw, &grant) == nil && grant.Access != "" {
		p.secrets = append(p.secrets, grant.Access, grant.Refresh)
		if len(p.secrets) > 12 {
			p.secrets = p.secrets[2:]
		}
	}
}

// fetches notes what a read showed, and which obligations it meets.
func (p *Play) fetches(pr *process, r *http.Request, status int, raw []byte, a *asked) {
	segments := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	if len(segments) >= 2 && segments[0] == "opportunities" && (status == http.StatusOK || status == http.StatusNotFound || status == http.StatusForbidden) {
		for _, o := range p.obligations {
			if !o.met && o.opportunity == segments[1] && same(p.accountOf(o.connection), pr.account) && a.at.After(o.at) {
				o.met = true
			}
		}
	}
	if status != http.StatusOK || pr.spoiled {
		return
	}
	kind := map[string]string{"opportunities": "candidate", "postings": "job", "users": "user"}[segments[0]]
	if len(segments) == 3 && segments[2] == "interviews" {
		kind = "interview"
	} else if kind == "" || len(segments) > 2 || len(segments) == 2 && segments[1] == "deleted" || pr.kind == "connect" {
		return
	}
	for rest := raw; ; { // ids of what stands inside the objects are none of a record, and harmless
		_, after, found := bytes.Cut(rest, []byte(`"id":"`))
		id, remaining, ended := bytes.Cut(after, []byte(`"`))
		if !found || !ended {
			return
		}
		pr.seen = append(pr.seen, sighting{kind, string(id), pr.began})
		rest = remaining
	}
}

// confirmed checks, when a process has ended well, that all it fetched stands in the mirror with a fetch no older than
// the process: also what had not changed.
func (p *Play) confirmed(pr *process) {
	if pr.account == nil || len(pr.seen) == 0 {
		return
	}
	for id, l := range p.links {
		if l.account == nil || l.account.ID() != pr.account.ID() || p.ending(id) {
			continue
		}
		for _, s := range pr.seen {
			key := id + "#" + s.kind + "/" + s.id
			if at := p.fetched[key]; at < s.begun.UnixMicro() && at != 0 {
				p.violate("I2", "%s was fetched by %s and is still only confirmed as of %s before", key, pr.name, s.begun.Sub(time.UnixMicro(at)))
			}
		}
	}
}

// owe notes that a delivery to a webhook of a connection was answered 2xx.
func (p *Play) owe(d levertest.Delivery, at time.Time, connection string) {
	e, err := hint.Parse(d.Body)
	if err != nil || e.Data.OpportunityID == "" || p.ending(connection) {
		return
	}
	p.obligations = append(p.obligations, &obligation{connection: connection, opportunity: e.Data.OpportunityID, event: d.Event, at: at})
}

func same(a, b *levertest.Account) bool { return a != nil && b != nil && a.ID() == b.ID() }

// looked is invariant I3 where a webhook said what would be seen: a hint is done only when the mirror shows it, or showed
// what its own look saw until a later look of somebody else brought another copy.
func (p *Play) looked(id, opportunity string, item table.Item) {
	var said struct {
		Stage    string `json:"stage"`
		Archived *bool  `json:"archived"`
		At       int64  `json:"at"`
	}
	l, pr := p.links[id], p.current
	key := id + "#candidate/" + opportunity
	if l == nil || l.state != connection.Connected || pr == nil || !pr.looked {
		return
	}
	if overtaken := p.looker[key] != pr && slices.Contains(pr.shown, key); overtaken || json.Unmarshal([]byte(attribute(item, "note")), &said) != nil {
		return
	}
	t, record := p.truths[opportunity], p.shown[key]
	o, found := l.account.Opportunity(opportunity)
	if !found || record == nil || t == nil || t.moved.UnixMilli() > said.At || attribute(record, "state") == "removed" {
		return
	}
	older := said.Stage == o.Stage && !strings.Contains(attribute(record, "doc"), `"stageId":"`+o.Stage+`"`) && attribute(record, "doc") != ""
	if said.Archived != nil && *said.Archived == (o.Archived != nil) && *said.Archived == (attribute(record, "state") == "active") {
		older = true
	}
	if older {
		p.violate("I3", "the hint about %s is done, and the mirror shows less than its webhook said", opportunity)
	}
}

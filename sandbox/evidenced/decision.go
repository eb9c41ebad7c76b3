package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// outcomes are the outcomes a person can choose; "withdrawn" is chosen by its own button.
func outcomes() []string { return []string{"advance", "hire", "hold", "reject", "no-show"} }

// decision is a decision taken here, with what the integration last said about its delivery.
type decision struct {
	ID, Tenant string
	Candidate  string // name, for the list
	Sent       platform.Decision
	Status     platform.DecisionStatus
	Problem    *trouble
	At         time.Time
}

// decisions are the decisions taken, in memory, newest first. It is safe for concurrent use; callers get copies.
type decisions struct {
	mu  sync.Mutex
	all []decision
}

func (d *decisions) save(taken decision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.all {
		if d.all[i].ID == taken.ID {
			d.all[i] = taken
			return
		}
	}
	d.all = slices.Insert(d.all, 0, taken)
}

func (d *decisions) find(keep func(decision) bool) []decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []decision
	for _, taken := range d.all {
		if keep(taken) {
			found = append(found, taken)
		}
	}
	return found
}

func (d *decisions) of(tenant string, limit int) []decision {
	found := d.find(func(taken decision) bool { return taken.Tenant == tenant })
	return found[:min(limit, len(found))]
}

func (d *decisions) about(tenant, candidate string) []decision {
	return d.find(func(taken decision) bool { return taken.Tenant == tenant && taken.Sent.Opportunity == candidate })
}

func (d *decisions) get(tenant, id string) (decision, bool) {
	found := d.find(func(taken decision) bool { return taken.Tenant == tenant && taken.ID == id })
	if len(found) == 0 {
		return decision{}, false
	}
	return found[0], true
}

// decide hands a new decision over.
func (a *app) decide(w http.ResponseWriter, r *http.Request, s *session) {
	if !a.mayDecide(w, s) {
		return
	}
	taken := decision{
		ID: "decision-" + strings.ToLower(rand.Text()), Tenant: s.person.Organisation.Tenant,
		Candidate: r.PostFormValue("candidate"), Sent: platform.Decision{Opportunity: r.PathValue("id")},
	}
	a.handOver(w, r, s, taken)
}

// revise corrects or withdraws a decision by a higher version.
func (a *app) revise(w http.ResponseWriter, r *http.Request, s *session) {
	if !a.mayDecide(w, s) {
		return
	}
	taken, ok := a.decisions.get(s.person.Organisation.Tenant, r.PathValue("id"))
	if !ok {
		a.trouble(w, s, http.StatusNotFound, trouble{Title: "No such decision", Text: "Decisions are kept in memory here and are gone after a restart.", Code: "not-found"})
		return
	}
	a.handOver(w, r, s, taken)
}

func (a *app) mayDecide(w http.ResponseWriter, s *session) bool {
	if s.person.Admin() {
		return true
	}
	a.trouble(w, s, http.StatusForbidden, trouble{Title: "You can look, but not decide", Text: "Ask an admin of your organisation.", Code: "viewer"})
	return false
}

func (a *app) handOver(w http.ResponseWriter, r *http.Request, s *session, taken decision) {
	taken.At = a.now()
	sent := &taken.Sent
	sent.Version++
	sent.Outcome = r.PostFormValue("outcome")
	if sent.Outcome != "withdrawn" {
		sent.Rating, _ = strconv.Atoi(r.PostFormValue("rating")) // no rating is allowed
		sent.Reason, sent.Summary = r.PostFormValue("reason"), r.PostFormValue("summary")
		sent.Interview = r.PostFormValue("interview")
	}
	sent.By = platform.Decider{Name: s.person.Name, Email: s.person.Email}
	sent.DecidedAt = taken.At.UnixMilli()
	sent.Link = strings.TrimSuffix(a.config.PublicURL, "/") + "/candidates/" + sent.Opportunity
	status, err := a.api.PutDecision(r.Context(), taken.Tenant, taken.ID, *sent)
	if err != nil {
		t := troubleOf(err)
		a.sessions.tell(s, flash{Title: "The decision was not taken over", Text: t.Text, Code: t.Code})
	} else {
		taken.Status, taken.Problem = status, nil
		a.decisions.save(taken)
		a.sessions.tell(s, flash{Good: true, Title: "Decision handed over", Text: "It is stored and will stand in Lever as a note in a few seconds."})
	}
	http.Redirect(w, r, "/candidates/"+sent.Opportunity, http.StatusSeeOther)
}

func (a *app) decisionList(w http.ResponseWriter, r *http.Request, s *session) {
	a.refresh(r.Context(), s.person.Organisation.Tenant)
	a.showTo(w, s, view{Page: "decisions", Title: "Decisions", Data: map[string]any{
		"Decisions": a.decisions.of(s.person.Organisation.Tenant, 200),
	}})
}

// refresh asks the integration about the tenant's newest decisions.
func (a *app) refresh(ctx context.Context, tenant string) {
	for _, taken := range a.decisions.of(tenant, 20) {
		status, err := a.api.Decision(ctx, tenant, taken.ID)
		if err != nil {
			taken.Problem = troubleOf(err)
		} else {
			taken.Status, taken.Problem = status, nil
		}
		a.decisions.save(taken)
	}
}

package levertest

import "time"

// Counts is how much an integration should find.
type Counts struct {
	Jobs             int `json:"jobs"`             // postings in all states
	ActiveCandidates int `json:"activeCandidates"` // opportunities that are not archived
	Candidates       int `json:"candidates"`       // all opportunities
	Users            int `json:"users"`            // deactivated ones too
	Interviews       int `json:"interviews"`       // of active opportunities, cancelled ones too
}

// Summary is an account at a glance.
type Summary struct {
	Account             string          `json:"account"`
	Name                string          `json:"name"`
	WithConfidential    Counts          `json:"withConfidential"`
	WithoutConfidential Counts          `json:"withoutConfidential"`
	Toggles             map[string]bool `json:"toggles"`
	Webhooks            int             `json:"webhooks"`
	LiveGrants          int             `json:"liveGrants"`
	Notes               int             `json:"notes"` // not deleted
	PendingDeliveries   int             `json:"pendingDeliveries"`
}

// Summary counts what the account holds now.
func (a *Account) Summary() Summary {
	out := Summary{Account: a.st.id, Name: a.st.name, Toggles: a.Toggles()}
	_ = a.do(func(t tx) error { // counting does not fail
		t.count(&out)
		return nil
	})
	return out
}

func (t tx) count(out *Summary) {
	now, st := time.Time{}, t.st
	add := func(confidentiality string, field func(*Counts) *int) {
		*field(&out.WithConfidential)++
		if confidentiality != confidential {
			*field(&out.WithoutConfidential)++
		}
	}
	for _, p := range st.postings.all(now) {
		add(p.Confidentiality, func(c *Counts) *int { return &c.Jobs })
	}
	for _, o := range st.opps.all(now) {
		add(o.Confidentiality, func(c *Counts) *int { return &c.Candidates })
		if o.Archived == nil {
			add(o.Confidentiality, func(c *Counts) *int { return &c.ActiveCandidates })
		}
	}
	for range st.users.all(now) {
		add("", func(c *Counts) *int { return &c.Users })
	}
	for _, i := range st.interviews.all(now) {
		if o := st.opps.get(i.OpportunityID, now); o != nil && o.Archived == nil {
			add(o.Confidentiality, func(c *Counts) *int { return &c.Interviews })
		}
	}
	for _, n := range st.notes.all(now) {
		if n.DeletedAt == nil {
			out.Notes++
		}
	}
	for _, g := range st.grants {
		if t.grantLive(g) {
			out.LiveGrants++
		}
	}
	for _, p := range t.queue {
		if p.st == st {
			out.PendingDeliveries++
		}
	}
	out.Webhooks = len(st.hooks)
}

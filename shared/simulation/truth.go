package simulation

import (
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// fact is what Lever's state makes of one object, and since when.
type fact struct {
	account *levertest.Account
	kind    string
	state   string // open, confidential, or hidden: archived, deleted, or with its candidate
	since   time.Time
	found   bool      // in the round under way
	place   string    // of a candidate: stage, and whether archived
	moved   time.Time // when that changed last
}

// hidden is the state of what nobody can read as active.
const hidden = "hidden"

// shown says whether a connection with or without confidential access can read the object as active.
func (t *fact) shown(confidential bool) bool {
	return t.state == "open" || t.state == "confidential" && confidential
}

// observe brings the truths about an account up to date after somebody acted there.
func (p *Play) observe(t *tenant, a *levertest.Account) {
	for _, known := range p.truths {
		known.found = known.found && known.account != a
	}
	for _, l := range a.Postings() {
		p.know(t, a, "job", l.ID, secrecy(l.Confidentiality))
	}
	for _, u := range a.Users() {
		p.know(t, a, "user", u.ID, "open")
	}
	for _, o := range a.Opportunities() {
		state := secrecy(o.Confidentiality)
		if o.Archived != nil {
			state = hidden
		}
		known := p.know(t, a, "candidate", o.ID, state)
		if place := o.Stage + strconv.FormatBool(o.Archived != nil); known.place != place {
			known.place, known.moved = place, time.Now()
		}
		for _, id := range append(o.Applications, o.Contact) {
			p.owners[id] = t
		}
		for _, i := range a.Interviews(o.ID) {
			p.know(t, a, "interview", i.ID, state)
		}
	}
	for _, known := range p.truths {
		if known.account == a && !known.found && known.state != hidden {
			known.state, known.since = hidden, time.Now()
		}
	}
}

// know notes the state of one object that is there.
func (p *Play) know(t *tenant, a *levertest.Account, kind, id, state string) *fact {
	p.owners[id] = t
	known := p.truths[id]
	if known == nil {
		known = &fact{account: a, kind: kind, state: hidden, since: time.Now()}
		p.truths[id] = known
		if p.act.IsZero() { // the world is being built: it was always there
			known.state, known.since = state, p.started.Add(-time.Hour)
		}
	}
	known.found = true
	if known.state != state {
		known.state, known.since = state, time.Now()
	}
	return known
}

func secrecy(confidentiality string) string {
	if confidentiality == "confidential" {
		return confidentiality
	}
	return "open"
}

package simulation

import (
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// final compares what must hold at quiet and has not been compared on the way there.
func (p *Play) final() {
	for _, d := range p.ordered() {
		p.delivered(d)
	}
	for _, o := range p.obligations {
		l := p.links[o.connection]
		if !o.met && l.state == connection.Connected && l.connectedAt < o.at.UnixMilli() {
			p.violate("I3", "no fetch of %s began after its %s had arrived %s into the play", o.opportunity, o.event, o.at.Sub(p.started))
		}
	}
	for _, t := range p.tenants {
		p.hooked(t)
	}
}

// delivered is invariant I1 at quiet.
func (p *Play) delivered(d *decided) {
	stored, err := p.Decisions.Get(p.ctx, d.tenant.name, d.id)
	if err != nil {
		p.violate("I1", "decision %s: %v", d.id, err)
		return
	}
	notes, shows := p.standing(d), false
	for _, n := range notes {
		for _, f := range n.Fields {
			shows = shows || strings.Contains(f.Value, fmt.Sprintf("%s%s/v%d/", mark, d.id, d.latest.Version))
		}
	}
	alive := false
	for _, a := range d.tenant.accounts {
		if _, ok := a.Opportunity(d.latest.Opportunity); ok {
			alive = true
		}
	}
	// A second note of somebody whom the connection cannot read (any more) is known and stays to be looked for.
	hidden := !p.readable(d) && (stored.CheckAt > 0 || stored.Attempt != nil)
	switch {
	case len(notes) > 1 && hidden:
	case len(notes) > 1 && keptForReplies(stored, notes):
		if stored.State == decision.Delivered && alive && !d.removed && !shows {
			p.violate("I1", "decision %s is delivered, but none of its notes shows its version", d.id)
		}
	case len(notes) > 1:
		p.violate("I1", "%d notes of decision %s stand at Lever", len(notes), d.id)
	case stored.State == decision.Delivered && alive && !d.removed && (len(notes) != 1 || !shows):
		p.violate("I1", "decision %s is delivered, but %d notes stand, with its version: %v", d.id, len(notes), shows)
	case stored.State == decision.Undeliverable && stored.Cause == decision.NoteRemoved && !d.removed && alive:
		p.violate("I1", "decision %s is given up for a removed note that nobody removed", d.id)
	case stored.State == decision.Undeliverable && (stored.Cause == decision.Refused || stored.Cause == decision.GaveUp) && p.readable(d):
		p.violate("I1", "decision %s is given up: %s", d.id, stored.Cause)
	}
}

// refusedFor says whether a delivery waits, or was set aside, because its candidate cannot be read.
func (p *Play) refusedFor(i work.Item) bool {
	d := p.decisions[i.Ref().Target]
	return d != nil && !p.readable(d) && i.Attempts > 0 && (i.SetAside || i.Due > time.Now().UnixMilli())
}

// readable says whether the connection of a decision's tenant can read its candidate.
func (p *Play) readable(d *decided) bool {
	c, _, err := p.Connections.Current(p.ctx, d.tenant.name)
	o, found := levertest.Opportunity{}, false
	if d.tenant.wants != nil {
		o, found = d.tenant.wants.Opportunity(d.latest.Opportunity)
	}
	return err == nil && found && (c.Confidential || o.Confidentiality != "confidential")
}

// hooked is invariant I7 at Lever: exactly the webhooks of the connections that stand.
func (p *Play) hooked(t *tenant) {
	for _, a := range t.accounts {
		events, made := map[string]int{}, ""
		for _, h := range a.Webhooks() {
			if strings.HasPrefix(h.URL, publicURL) {
				events[h.Event]++
				made += " " + time.UnixMilli(h.CreatedAt).Sub(p.started).String()
			}
		}
		want := 0
		if t.wants != nil && t.wants.ID() == a.ID() {
			want = 1
		}
		for _, event := range connection.Events() {
			if events[event] > want && t.blind {
				continue
			}
			if events[event] != want && !p.excused(a.ID(), events[event], want) {
				p.violate("I7", "%s has %d webhooks for %s at Lever, want %d; made at%s", t.name, events[event], event, want, made)
			}
		}
	}
}

// excused says whether webhooks may be left at an account: its connection ended without access, and said so.
func (p *Play) excused(account string, have, want int) bool {
	for id, l := range p.links {
		c, _, err := p.Connections.Load(p.ctx, id)
		if err == nil && l.account.ID() == account && c.LeftWebhooks > 0 && have > want {
			return true
		}
	}
	return false
}

// remains is invariant I7 here: nothing of an ended connection is left but its record and its activity list.
func (p *Play) remains(id string) string {
	for _, name := range []table.Name{table.Connections, table.Hooks, table.Mirror, table.Work} {
		for _, item := range p.DB.Dump(name) {
			pk, sk := attribute(item, "pk"), attribute(item, "sk")
			mine := pk == id || strings.HasPrefix(pk, id+"#") || pk == "budget#"+id || name == table.Hooks && attribute(item, "connection") == id
			if mine && sk != "state" && !strings.HasPrefix(sk, "activity#") {
				return fmt.Sprintf("I7: %s item %s %s is left after the end of its connection", name, pk, sk)
			}
		}
	}
	return ""
}

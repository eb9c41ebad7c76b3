package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/work"
)

// quiet ends faults, kills and people, lets the world run until nothing is left to do, and compares it with Lever.
func (p *Play) quiet() {
	if p.Result.Violation != "" {
		return
	}
	p.Lever.ClearFaults()
	p.stormy, p.killing, p.slow = false, false, 0
	p.quietSince = time.Now()
	p.trace(nil, "quiet")
	for _, m := range p.letters { // somebody was told, looked and sent them back
		m.received, m.due = 0, time.Now()
		p.messages = append(p.messages, m)
	}
	for next := time.Now(); p.Result.Violation == ""; {
		if now := time.Now(); !now.Before(next) {
			next = now.Add(7*time.Second + p.upTo(10*time.Second))
			p.tidy()
			left := p.unsettled()
			if left == "" {
				p.final()
				return
			}
			if now.Sub(p.quietSince) > quietMost {
				p.violate(left[:2], "after %s of quiet: %s", quietMost, left[4:])
				return
			}
		}
		p.step(next)
	}
}

// tidy does what people do who want things to be in order: connect again, repeat what was not answered, press Resync.
func (p *Play) tidy() {
	for _, d := range p.ordered() {
		if !d.settled && !d.open {
			p.hands(d)
		}
	}
	for _, t := range p.tenants {
		if t.busy {
			continue
		}
		c, found, err := p.Connections.Current(p.ctx, t.name)
		if found && p.passedOver(c.ID()) {
			t.needsSweep = true
		}
		switch {
		case err != nil:
			p.violate("I8", "the connection of %s cannot be read: %v", t.name, err)
		case t.wants == nil && found && c.State != connection.Disconnected && c.State != connection.Disconnecting:
			p.request(t, "disconnect", func(ctx context.Context) error { return p.Connections.Disconnect(ctx, t.name, Admin()) })
		case t.wants != nil && (!found || c.State != connection.Connected || p.accountOf(c.ID()) != t.wants):
			p.connects(t, t.wants, t.confidential)
		case t.wants != nil && t.needsHooks:
			p.request(t, "check", func(ctx context.Context) error {
				err := p.Work.Ask(ctx, work.Ref{Connection: c.ID(), Kind: work.Hooks, Target: "all"}, p.clock(), nil)
				t.needsHooks = err != nil
				return err
			})
		case t.wants != nil && t.needsSweep:
			p.request(t, "resync", func(ctx context.Context) error {
				err := p.Connections.Resync(ctx, t.name)
				t.needsSweep = err != nil
				return err
			})
		}
	}
}

// passedOver says whether the last sweep could not read some records: the page offers to sweep again, or the next night
// does.
func (p *Play) passedOver(id string) bool {
	progress, err := p.Connections.Progress(p.ctx, id)
	return err == nil && !progress.Running && progress.Broken > 0
}

// unsettled says what is left to do, beginning with the invariant that would be broken if it stayed so; empty when
// nothing is.
func (p *Play) unsettled() string {
	if len(p.inbox) > 0 || p.Lever.Pending() > 0 {
		return "I8: webhooks are under way"
	}
	for _, m := range p.messages {
		if !m.due.After(time.Now()) || m.arrival != nil {
			return "I8: messages wait, " + m.String()
		}
	}
	for _, pr := range p.running {
		return "I8: a process is at work, " + pr.name
	}
	for _, t := range p.tenants {
		c, found, err := p.Connections.Current(p.ctx, t.name)
		switch {
		case err != nil || t.busy || (t.needsSweep || t.needsHooks) && t.wants != nil:
			return "I8: the people of " + t.name + " are at work"
		case t.wants == nil && found && c.State != connection.Disconnected:
			return "I7: " + t.name + " is " + string(c.State)
		case t.wants == nil:
			continue
		case !found || c.State != connection.Connected || p.accountOf(c.ID()) != t.wants:
			return "I8: " + t.name + " is not connected, " + string(c.State)
		}
		if left := p.behind(c); left != "" {
			return left
		}
	}
	if left := p.undecided(); left != "" {
		return left
	}
	for _, id := range slices.Sorted(maps.Keys(p.links)) {
		left := ""
		switch l := p.links[id]; l.state {
		case connection.Disconnecting:
			left = "I7: " + id + " is still being taken down"
		case connection.Disconnected:
			left = p.remains(id)
		case connection.Connected:
			if differences, err := p.Differences(p.ctx, l.account, id); err != nil || len(differences) > 0 {
				left = fmt.Sprintf("I2: the mirror of %s differs: %s, %v", id, strings.Join(differences, "; "), err)
			}
		}
		if left != "" {
			return left
		}
	}
	return ""
}

// behind says what a connection has still to do.
func (p *Play) behind(c connection.Connection) string {
	progress, err := p.Connections.Progress(p.ctx, c.ID())
	since := p.quietSince.Add(50 * time.Second).UnixMilli()
	switch {
	case err != nil:
		return "I8: no progress can be read"
	case progress.Running || progress.EndedAt < c.ConnectedAt || progress.Broken > 0:
		return "I8: no sweep of " + c.ID() + " has ended"
	case progress.DeltaAt < max(since, c.ConnectedAt) || progress.PatrolAt < max(since, c.ConnectedAt):
		return "I8: no delta or patrol of " + c.ID() + " has ended"
	}
	items, err := p.Work.Of(p.ctx, c.ID())
	if err != nil {
		return "I8: no work can be listed"
	}
	kinds := map[work.Kind]bool{}
	for _, i := range items {
		kinds[i.Ref().Kind] = true
		switch kind := i.Ref().Kind; {
		case kind == work.Decision && (p.refusedFor(i) || i.Due > time.Now().Add(time.Hour).UnixMilli()):
			continue // given up with a cause, or due at a stated time: its candidate cannot be read
		case i.SetAside:
			return fmt.Sprintf("I8: %s %s was set aside: %s", kind, i.Ref().Target, i.Cause)
		case kind == work.Hint, kind == work.Decision, kind == work.Ending:
			return fmt.Sprintf("I8: %s %s is not done, %d attempts, %s", kind, i.Ref().Target, i.Attempts, i.Cause)
		case (kind == work.Resync || kind == work.Hooks) && time.UnixMilli(i.Due).Before(time.Now().Add(time.Hour)):
			return fmt.Sprintf("I8: %s is due, %d attempts, %s", kind, i.Attempts, i.Cause)
		}
	}
	for _, kind := range []work.Kind{work.Delta, work.Patrol, work.Resync, work.Hooks} {
		if !kinds[kind] {
			return fmt.Sprintf("I8: there is no work of kind %s any more", kind)
		}
	}
	return ""
}

// undecided says which decision has not come to rest.
func (p *Play) undecided() string {
	for _, d := range p.ordered() {
		stored, err := p.Decisions.Get(p.ctx, d.tenant.name, d.id)
		switch {
		case err != nil || !d.settled:
			return fmt.Sprintf("I8: decision %s was not taken: %v", d.id, err)
		case stored.Version != d.latest.Version:
			return fmt.Sprintf("I1: decision %s is stored as version %d of %d", d.id, stored.Version, d.latest.Version)
		case d.tenant.wants == nil && p.kept(d):
			continue // held, or its keeper will hold it within the hour
		case (!stored.AtRest() || stored.CheckAt > 0) && !p.readable(d):
			continue // refused, and tried again at a stated time until it is given up
		case !stored.AtRest() || stored.CheckAt > 0 && stored.CheckAt < time.Now().Add(time.Hour).UnixMilli():
			return fmt.Sprintf("I8: decision %s is %s, %s", d.id, stored.State, stored.Cause)
		}
	}
	return ""
}

// kept says whether the keeper of a decision is there and due within the hour.
func (p *Play) kept(d *decided) bool {
	item, found, err := p.Work.Find(p.ctx, work.Ref{Connection: "decisions#" + d.tenant.name, Kind: work.Decision, Target: d.id})
	return err == nil && found && !item.SetAside && item.Due < time.Now().Add(61*time.Minute).UnixMilli()
}

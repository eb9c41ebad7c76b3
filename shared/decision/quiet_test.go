package decision

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/work"
)

// happen lets people and operators do something now and then.
func (c *chaos) happen() {
	switch c.rng.IntN(14) {
	case 0:
		c.redrive()
	case 1:
		c.reconnect()
	case 2:
		for _, id := range c.some() {
			c.counts["tries again by hand"]++
			_ = alive(func() error { _, err := c.svc.Retry(c.t.Context(), tenant, id); return err }) // whoever pressed it presses again, or not
		}
	case 3:
		c.remove()
	case 4, 5, 6, 7:
		c.reply(c.some())
	case 8, 9, 10:
		c.reply(c.twice())
	}
}

// some is one decision that was accepted, or none.
func (c *chaos) some() []string {
	id := fmt.Sprintf("d%d-%d", c.seed, c.rng.IntN(perWorld))
	if c.wanted[id].newest == 0 {
		return nil
	}
	return []string{id}
}

// redrive brings back what is dead, and old messages.
func (c *chaos) redrive() {
	for _, m := range c.dead {
		c.queue = append(c.queue, message{at: time.Now().Add(c.upTo(time.Minute)), n: m.n})
		c.counts["messages redriven"]++
	}
	c.dead = nil
	for range min(5, len(c.history)) {
		n := c.history[c.rng.IntN(len(c.history))]
		c.queue = append(c.queue, message{at: time.Now().Add(c.upTo(time.Minute)), n: n})
		c.counts["messages redriven"]++
	}
}

// reconnect ends the connection, as full-resync does, and makes a new one after a while.
func (c *chaos) reconnect() {
	c.counts["reconnects"]++
	c.link.state = connection.Disconnected
	c.until(time.Now().Add(c.upTo(5 * time.Minute)))
	var items []work.Item
	err := alive(func() (err error) { items, err = c.deliver.Work.Of(c.t.Context(), c.link.id); return err })
	for _, item := range items {
		_ = alive(func() error { return c.deliver.Work.Drop(c.t.Context(), item.Ref()) }) // what stays belongs to nobody
	}
	if err == nil {
		c.until(time.Now().Add(c.upTo(5 * time.Minute)))
	}
	c.links++
	c.link.state, c.link.id = connection.Connected, fmt.Sprint("conn-again-", c.links)
	_ = alive(func() error { return c.svc.Release(c.t.Context(), tenant, c.link.id) }) // the keepers find the rest
}

// notesOf are the notes of a decision wherever they stand, by what they say of themselves.
func (c *chaos) notesOf(id string) []levertest.Note {
	return slices.DeleteFunc(c.acct.Notes(""), func(n levertest.Note) bool {
		return !n.ViaAPI || !strings.Contains(n.Fields[0].Value, markerWord+id+"/v")
	})
}

// still says that no change or removal of any note of a decision is on its way, as far as Lever may still carry one out.
// A reply that comes between our read and our change is beyond protection: Lever replaces the thread as it then is.
func (c *chaos) still(id string) bool {
	for _, r := range c.lever.Requests() {
		changes := r.Method == "PUT" || r.Method == "DELETE"
		if changes && time.Since(r.At) <= 60*time.Second && slices.ContainsFunc(c.notesOf(id), func(n levertest.Note) bool {
			return strings.HasSuffix(r.URL, n.ID)
		}) {
			return false
		}
	}
	return true
}

// twice are the decisions that have two notes for the moment.
func (c *chaos) twice() (ids []string) {
	for id := range c.wanted {
		if standing := slices.DeleteFunc(c.notesOf(id), func(n levertest.Note) bool { return n.DeletedAt != nil }); len(standing) > 1 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// reply has a person write below a note.
func (c *chaos) reply(ids []string) {
	for _, id := range ids {
		notes := slices.DeleteFunc(c.notesOf(id), func(n levertest.Note) bool { return n.DeletedAt != nil })
		if c.alone() || len(notes) == 0 || !c.still(id) {
			continue
		}
		text := fmt.Sprintf("Reply %d to %s.", len(c.wanted[id].replies), id)
		must(c.t, c.acct.ReplyToNote(notes[c.rng.IntN(len(notes))].ID, text))
		c.wanted[id].replies = append(c.wanted[id].replies, text)
		c.counts["replies of people"]++
	}
}

// remove has a person remove the only note of a decision, a minute after it was made or later. Where Lever does not show
// that a note was removed, it does so only to one whose creation we know of.
func (c *chaos) remove() {
	for _, id := range c.some() {
		notes := slices.DeleteFunc(c.notesOf(id), func(n levertest.Note) bool { return n.DeletedAt != nil })
		d := c.decision(id)
		unknown := c.lever.Rules().DeletedNotesVanish && (d.NoteID == "" || d.CheckAt > 0)
		if len(notes) != 1 || unknown || !c.still(id) || time.Since(time.UnixMilli(notes[0].CreatedAt)) < time.Minute {
			continue
		}
		must(c.t, c.acct.DeleteNoteUI(notes[0].ID))
		c.wanted[id].removed = time.Now()
		c.counts["notes removed by people"]++
	}
}

// settleDown lets everything come to rest with nothing going wrong any more, and tries again by hand what was given up.
func (c *chaos) settleDown() {
	c.calm = true
	c.lever.ClearFaults()
	for range 2 {
		must(c.t, c.svc.Release(c.t.Context(), tenant, c.link.id))
		for range 100 {
			c.until(time.Now().Add(time.Hour))
			if c.pending().IsZero() && !slices.ContainsFunc(c.queue, func(m message) bool { _, keeper := KeptFor(m.n.Ref); return !keeper }) {
				break
			}
		}
		for id := range c.wanted {
			if d := c.decision(id); d.State == Undeliverable && d.Cause != NoteRemoved {
				c.counts["given up and tried again by hand"]++
				_, err := c.svc.Retry(c.t.Context(), tenant, id)
				must(c.t, err)
			}
		}
	}
	c.redrive()
	c.until(time.Now().Add(10 * time.Minute))
}

// judge counts what must not be.
func (c *chaos) judge() {
	for _, r := range c.lever.Requests() {
		if r.Fault != "" {
			c.counts["answers "+string(r.Fault)]++
		}
	}
	c.counts["requests"] += len(c.lever.Requests())
	c.counts["second notes removed"] += c.lever.RequestCount("DELETE /v1/opportunities/{id}/notes/{child}")
	for id, w := range c.wanted {
		c.counts["decisions"]++
		notes := c.notesOf(id)
		standing := slices.DeleteFunc(slices.Clone(notes), func(n levertest.Note) bool { return n.DeletedAt != nil })
		c.blame(id, misplaced, slices.ContainsFunc(notes, func(n levertest.Note) bool { return n.OpportunityID != w.versions[w.newest].Opportunity }))
		c.blame(id, forged, slices.ContainsFunc(notes, func(n levertest.Note) bool { return !c.authored(w, n) }))
		c.blame(id, erased, !c.replied(w))
		switch {
		case !w.removed.IsZero():
			c.blame(id, putBack, len(standing) > 0)
		case len(standing) > 1:
			// A second note that somebody replied to stays, for the reply's sake; then we say so, and the other has the last word.
			kept := !slices.ContainsFunc(standing, func(n levertest.Note) bool { return !strings.Contains(text(n), "Reply ") })
			d := c.decision(id)
			c.blame(id, duplicated, !kept || d.Cause != SecondNoteKept)
			c.blame(id, missing, !slices.ContainsFunc(standing, func(n levertest.Note) bool { return n.ID == d.NoteID && c.current(id, w, n) }))
			if kept {
				c.counts["second notes kept for their replies"]++
			}
		default:
			c.blame(id, missing, len(standing) == 0 || !c.current(id, w, standing[0]))
		}
	}
}

func (c *chaos) blame(id, fault string, guilty bool) {
	if !guilty {
		return
	}
	c.counts[fault]++
	d := c.decision(id)
	c.t.Errorf("decision %s is %s: state %s, cause %q, note %s, version %d of %d, %d notes.\nAgain: go test ./shared/decision -run TestSimulatedDecisions -seed %d",
		id, fault, d.State, d.Cause, d.NoteID, d.Delivered, d.Version, len(c.notesOf(id)), c.seed)
}

// current says that a note and what we know of it show the newest version.
func (c *chaos) current(id string, w *want, n levertest.Note) bool {
	d := c.decision(id)
	s := w.versions[w.newest]
	shown := Decision{Meta: d.Meta, Opportunity: d.Opportunity, Version: w.newest, Content: &s}
	return d.State == Delivered && d.Delivered == w.newest && d.NoteID == n.ID && strings.Contains(text(n), c.deliver.Marker.Note(&shown))
}

// authored says that the author of a note is the one of some version of its decision, or nobody for one whom Lever
// refuses or does not know.
func (c *chaos) authored(w *want, n levertest.Note) bool {
	for _, s := range w.versions {
		user, known := c.people[s.By.Email]
		if n.User != nil && *n.User == user || n.User == nil && (!known || c.refuses || user == c.acct.Users()[3].ID) {
			return true
		}
	}
	return false
}

// replied says that everything people wrote below notes of a decision still stands, or was removed by a person.
func (c *chaos) replied(w *want) bool {
	var all strings.Builder
	for _, n := range c.acct.Notes("") {
		if n.DeletedAt == nil || !w.removed.IsZero() {
			all.WriteString(text(n))
		}
	}
	return !slices.ContainsFunc(w.replies, func(reply string) bool { return !strings.Contains(all.String(), reply+"\n") })
}

func text(n levertest.Note) string {
	var all strings.Builder
	for _, f := range n.Fields {
		all.WriteString(f.Value + "\n")
	}
	return all.String()
}

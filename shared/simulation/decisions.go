package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// decided is a decision as the platform knows it.
type decided struct {
	tenant  *tenant
	id      string
	latest  decision.Submission
	settled bool // the newest version was answered 202
	open    bool // a request is under way
	removed bool // a person deleted a note of it
}

// decides hands over a new decision, a correction, a withdrawal, or what was handed over before.
func (p *Play) decides(t *tenant) {
	d := &decided{tenant: t, id: fmt.Sprintf("d%d", len(p.decisions)+1)}
	for _, known := range p.ordered() {
		if known.tenant == t && !known.open && p.rng.IntN(4) == 0 {
			d = known
		}
	}
	switch {
	case d.latest.Version == 0:
		o, ok := draw(p, t.accounts[p.rng.IntN(len(t.accounts))].Opportunities())
		if t.wants != nil && p.rng.IntN(5) > 0 {
			o, ok = draw(p, t.wants.Opportunities())
		}
		if !ok {
			return
		}
		d.latest = decision.Submission{
			Opportunity: o.ID, Outcome: decision.Advance, By: decision.Decider{Name: "Someone", Email: "user1@company.example"},
			DecidedAt: time.Now().UnixMilli(), Version: 1, Summary: "what " + d.id + " says",
		}
		p.decisions[d.id] = d
	case p.rng.IntN(4) > 0:
		d.latest.Version++
		d.latest.Outcome = decision.Outcomes()[p.rng.IntN(6)]
		d.settled = false
	}
	p.hands(d)
}

// hands sends the newest version to the platform API.
func (p *Play) hands(d *decided) {
	d.open = true
	closed := func() { d.open = false }
	sent := d.latest
	p.spawn(&process{
		name: d.tenant.name + " decision " + d.id, kind: "decide", tenant: d.tenant,
		run: func(ctx context.Context) error {
			_, err := p.Decisions.Accept(ctx, d.tenant.name, d.id, sent)
			return err
		},
		end: func(err error) {
			closed()
			if d.settled = err == nil && sent.Version == d.latest.Version; err != nil {
				p.trace(nil, "refused", "decision", d.id, "error", err)
			}
		},
		died: closed,
	}, 25*time.Second)
}

// ordered lists the decisions in the order in which they were made.
func (p *Play) ordered() []*decided {
	list := make([]*decided, 0, len(p.decisions))
	for i := range len(p.decisions) {
		list = append(list, p.decisions[fmt.Sprintf("d%d", i+1)])
	}
	return list
}

const mark = "Ref. evidenced/"

// noteOf finds the decision of a note of ours; nil for any other.
func (p *Play) noteOf(n levertest.Note) *decided {
	if len(n.Fields) == 0 {
		return nil
	}
	_, rest, ours := strings.Cut(n.Fields[0].Value, mark)
	if !ours {
		return nil
	}
	id, _, _ := strings.Cut(rest, "/")
	return p.decisions[id]
}

// ourNotes are the notes of ours that stand in an account.
func (p *Play) ourNotes(a *levertest.Account) []levertest.Note {
	var list []levertest.Note
	for _, n := range a.Notes("") {
		if n.DeletedAt == nil && p.noteOf(n) != nil {
			list = append(list, n)
		}
	}
	return list
}

// atMostOne is invariant I1 while things go on: a decision has one note that stands, or it is known that a second may
// have been made and is still to be looked for.
func (p *Play) atMostOne() {
	for _, d := range p.ordered() {
		if notes := p.standing(d); len(notes) > 1 {
			stored, err := p.Decisions.Get(p.ctx, d.tenant.name, d.id)
			if err == nil && stored.Attempt == nil && stored.CheckAt == 0 && !keptForReplies(stored, notes) {
				p.violate("I1", "%d notes of decision %s stand, and nothing looks for the second", len(notes), d.id)
			}
		}
	}
}

// standing are the notes of a decision that stand at Lever.
func (p *Play) standing(d *decided) (list []levertest.Note) {
	for _, a := range d.tenant.accounts {
		for _, note := range p.ourNotes(a) {
			if p.noteOf(note) == d {
				list = append(list, note)
			}
		}
	}
	return list
}

// keptForReplies says that the decision tells of its second note, and that each has the reply of a person, so that none could
// be removed (docs/decisions/0017).
func keptForReplies(d decision.Decision, notes []levertest.Note) bool {
	return d.Cause == decision.SecondNoteKept && !slices.ContainsFunc(notes, func(n levertest.Note) bool {
		return !slices.ContainsFunc(n.Fields, func(f levertest.NoteField) bool { return strings.Contains(f.Value, aReply) })
	})
}

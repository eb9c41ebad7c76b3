package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// tenant is an organisation at Evidenced with the Lever accounts that are its own.
type tenant struct {
	name         string
	accounts     []*levertest.Account
	wants        *levertest.Account // the account it wants to be connected to; nil for none
	confidential bool
	busy         bool // a request of its admin is under way
	needsSweep   bool // something happened that only a complete sweep finds
	needsHooks   bool // somebody deleted a webhook of ours
	blind        bool // a list of its webhooks came short, and with it perhaps the only trace of an unanswered creation
}

// somebodyActs lets one person do one thing, in Lever or in Evidenced.
func (p *Play) somebodyActs() {
	p.Result.Acts++
	t := p.tenants[p.rng.IntN(len(p.tenants))]
	if p.rng.IntN(4) == 0 {
		p.evidenced(t)
		return
	}
	a := t.accounts[p.rng.IntN(len(t.accounts))]
	if t.wants != nil && p.rng.IntN(4) > 0 {
		a = t.wants
	}
	name, err := p.inLever(t, a)
	p.trace(nil, "in Lever", "deed", name, "error", err)
	p.observe(t, a)
}

// draw picks one of a list; the zero value when it is empty.
func draw[T any](p *Play, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[p.rng.IntN(len(list))], true
}

// inLever does one thing in the pages of Lever.
func (p *Play) inLever(t *tenant, a *levertest.Account) (name string, err error) {
	if p.rng.IntN(8) == 0 {
		return p.settings(t, a)
	}
	opportunities := a.Opportunities()
	o, ok := draw(p, opportunities)
	active := slices.DeleteFunc(slices.Clone(opportunities), func(o levertest.Opportunity) bool { return o.Archived != nil })
	if p.rng.IntN(3) > 0 && len(active) > 0 {
		o, _ = draw(p, active)
	}
	if again, found := a.Opportunity(p.same); found {
		o = again
	} else if !ok || p.rng.IntN(8) == 0 {
		return "somebody applies", p.applies(a)
	}
	if p.same = ""; p.hurried {
		p.same = o.ID
	}
	p.people++
	switch p.rng.IntN(16) {
	case 0, 1, 2:
		stage, _ := draw(p, a.Stages())
		return "move " + o.ID + " to " + stage.ID, a.MoveStage(o.ID, stage.ID)
	case 3, 4:
		if o.Archived != nil {
			return "unarchive " + o.ID, a.Unarchive(o.ID)
		}
		reason, _ := draw(p, a.ArchiveReasons())
		return "archive " + o.ID, a.Archive(o.ID, reason.ID)
	case 5:
		return "unarchive " + o.ID, a.Unarchive(o.ID)
	case 6:
		return "hire " + o.ID, a.Hire(o.ID)
	case 7:
		return "delete " + o.ID, a.Delete(o.ID)
	case 8:
		return "delete the application of " + o.ID, a.DeleteApplication(o.ID)
	case 9:
		on := p.rng.IntN(2) == 0
		return fmt.Sprintf("confidential=%v %s", on, o.ID), a.SetConfidential(o.ID, on)
	case 10:
		return "rename " + o.ID, a.Rename(o.ID, fmt.Sprintf("Person %d", p.people))
	case 11, 12:
		_, err := a.ScheduleInterview(o.ID, levertest.NewInterview{At: time.Now().Add(time.Hour)})
		return "schedule an interview with " + o.ID, err
	}
	return p.withInterview(a, o)
}

// aReply is what a person writes below a note.
const aReply = "I see."

// withInterview does something with an interview or a note of a candidate.
func (p *Play) withInterview(a *levertest.Account, o levertest.Opportunity) (string, error) {
	i, ok := draw(p, a.Interviews(o.ID))
	switch what := p.rng.IntN(5); {
	case what == 0 && ok:
		return "move interview " + i.ID, a.MoveInterview(i.ID, time.Now().Add(p.upTo(100*time.Hour)))
	case what == 1 && ok:
		return "cancel interview " + i.ID, a.CancelInterview(i.ID)
	case what == 2 && ok:
		return "delete interview " + i.ID, a.DeleteInterview(i.ID)
	}
	n, ok := draw(p, p.ourNotes(a))
	if !ok {
		return "nothing", nil
	}
	if p.rng.IntN(2) == 0 {
		p.noteOf(n).removed = true
		return "delete note " + n.ID, a.DeleteNoteUI(n.ID)
	}
	return "reply to note " + n.ID, a.ReplyToNote(n.ID, aReply)
}

func (p *Play) applies(a *levertest.Account) error {
	p.people++
	posting, ok := draw(p, slices.DeleteFunc(a.Postings(), func(l levertest.Posting) bool { return l.State != "published" }))
	if !ok {
		_, err := a.CreatePosting(levertest.NewPosting{Title: "A job"})
		return err
	}
	_, err := a.Apply(posting.ID, fmt.Sprintf("Person %d", p.people), fmt.Sprintf("person%d@person.example", p.people))
	return err
}

// settings changes something that concerns no candidate.
func (p *Play) settings(t *tenant, a *levertest.Account) (string, error) {
	posting, _ := draw(p, a.Postings())
	switch p.rng.IntN(10) {
	case 0:
		_, err := a.CreatePosting(levertest.NewPosting{Title: "A job", Confidential: p.rng.IntN(4) == 0})
		return "post a job", err
	case 1:
		return "close posting " + posting.ID, a.ClosePosting(posting.ID)
	case 2:
		return "delete posting " + posting.ID, a.DeletePosting(posting.ID)
	case 3:
		t.needsSweep = true // it vanishes from every list without a word, with its candidates
		return "confidential posting " + posting.ID, a.SetPostingConfidential(posting.ID, p.rng.IntN(2) == 0)
	case 4, 5:
		return p.staff(a)
	case 6, 7:
		events := connection.Events()
		event, on := events[p.rng.IntN(len(events))], p.rng.IntN(2) == 0
		return fmt.Sprintf("toggle %s=%v", event, on), a.SetToggle(event, on)
	case 8:
		if h, ok := draw(p, a.Webhooks()); ok {
			t.needsHooks = true // the keeper comes once a day
			return "delete webhook " + h.Event, a.DeleteWebhook(h.ID)
		}
	}
	if p.rng.IntN(3) == 0 {
		return "revoke access", a.Revoke()
	}
	a.ExpireAccessTokens()
	return "expire access tokens", nil
}

// staff changes a user. The one who gave the grant keeps their account here; revoking is played on its own.
func (p *Play) staff(a *levertest.Account) (string, error) {
	users := slices.DeleteFunc(a.Users(), func(u levertest.User) bool { return u.AccessRole == levertest.RoleSuperAdmin })
	u, ok := draw(p, users)
	if !ok || p.rng.IntN(4) == 0 {
		p.people++
		_, err := a.AddUser(fmt.Sprintf("User %d", p.people), fmt.Sprintf("user%d@company.example", p.people), "interviewer")
		return "add a user", err
	}
	if u.DeactivatedAt != nil {
		return "reactivate " + u.ID, a.ReactivateUser(u.ID)
	}
	return "deactivate " + u.ID, a.DeactivateUser(u.ID)
}

// evidenced does one thing in Evidenced.
func (p *Play) evidenced(t *tenant) {
	if t.busy {
		return
	}
	switch p.rng.IntN(12) {
	case 0:
		if t.wants != nil {
			t.wants = nil
			p.request(t, "disconnect", func(ctx context.Context) error { return p.Connections.Disconnect(ctx, t.name, Admin()) })
			return
		}
		p.connects(t, t.accounts[p.rng.IntN(len(t.accounts))], p.rng.IntN(2) == 0)
	case 1:
		p.request(t, "resync", func(ctx context.Context) error { return p.Connections.Resync(ctx, t.name) })
	case 2:
		if t.wants != nil {
			if o, ok := draw(p, t.wants.Opportunities()); ok {
				p.request(t, "replay "+o.ID, func(ctx context.Context) error { return p.Connections.ResyncOne(ctx, t.name, o.ID) })
			}
		}
	case 3:
		p.request(t, "settings", func(ctx context.Context) error {
			// A note that Lever hides from us cannot be found again, so after an unclear answer it may be made twice.
			secret := p.rng.IntN(2) == 0 && !p.Lever.Rules().HideSecretNotes
			return p.Connections.SaveSettings(ctx, t.name, connection.Settings{SecretNotes: secret})
		})
	case 4, 5:
		p.reconnects(t)
	default:
		p.decides(t)
	}
}

// reconnects presses Connect when the page says that there is no connection although one is wanted, and now and then
// also when there is one, with or without confidential jobs, or to another account.
func (p *Play) reconnects(t *tenant) {
	c, found, err := p.Connections.Current(p.ctx, t.name)
	account := t.wants
	if err == nil && found && c.State == connection.Connected && p.rng.IntN(4) > 0 {
		return
	}
	if account == nil || p.rng.IntN(6) == 0 {
		account = t.accounts[p.rng.IntN(len(t.accounts))]
	}
	p.connects(t, account, p.rng.IntN(2) == 0)
}

// connects plays a connect from the page to the confirmation.
func (p *Play) connects(t *tenant, a *levertest.Account, confidential bool) {
	t.wants, t.confidential = a, confidential
	p.request(t, fmt.Sprintf("connect to %s, confidential=%v", a.ID(), confidential), func(ctx context.Context) error {
		_, err := p.Connect(ctx, t.name, a, confidential)
		return err
	})
}

// request is a request of a tenant's people to the functions that answer them.
func (p *Play) request(t *tenant, name string, run func(ctx context.Context) error) {
	t.busy = true
	free := func() { t.busy = false }
	kind := name
	for i, r := range name {
		if r == ' ' {
			kind = name[:i]
			break
		}
	}
	p.spawn(&process{name: t.name + " " + name, kind: kind, tenant: t, run: run, end: func(error) { free() }, died: free}, 50*time.Second)
}

package levertest

import (
	"slices"
	"strings"
	"time"
)

// NewCandidate describes a candidacy to create. Everything but Name may be left out.
type NewCandidate struct {
	Name, Email, Headline string
	Posting               string // makes an application
	Stage                 string // default "lead-new"
	Origin                string // default "sourced"
	Owner                 string
	Confidential          bool
	Tags                  []string
	Phone, Link           string
}

// CreateOpportunity adds a candidacy. With a posting it fires applicationCreated; a new person fires contactCreated.
func (a *Account) CreateOpportunity(c NewCandidate) (id string, err error) {
	err = a.do(func(t tx) error {
		id, err = t.create(c)
		return err
	})
	return id, err
}

// Apply adds a candidacy as if the person had applied on the job site.
func (a *Account) Apply(posting, name, email string) (string, error) {
	return a.CreateOpportunity(NewCandidate{Name: name, Email: email, Posting: posting, Stage: "applicant-new", Origin: "applied"})
}

func (t tx) create(c NewCandidate) (string, error) {
	if c.Stage == "" {
		c.Stage = "lead-new"
	}
	if c.Origin == "" {
		c.Origin = "sourced"
	}
	rank := t.st.stageIndex(c.Stage)
	if rank < 0 {
		return "", notFound("stages", c.Stage)
	}
	var posting *Posting
	if c.Posting != "" {
		if posting = t.st.postings.get(c.Posting, time.Time{}); posting == nil {
			return "", notFound("postings", c.Posting)
		}
	}
	now := t.millis()
	id := newID(t.st.rng)
	o := Opportunity{
		ID: id, CandidateID: id, Name: c.Name, Contact: t.contactFor(c), Headline: ptr(c.Headline), Stage: c.Stage,
		Confidentiality: nonConfidential, Phones: phoneList(c.Phone), Emails: oneOrNone(c.Email), Links: oneOrNone(c.Link),
		Tags: append([]string{}, c.Tags...), Sources: []string{}, Origin: c.Origin, Followers: []string{}, Applications: []string{},
		StageChanges: []StageChange{{c.Stage, rank, now, t.actor()}},
		CreatedAt:    now, UpdatedAt: &now, LastInteractionAt: &now, LastAdvancedAt: now, URLs: t.links(id),
	}
	if c.Owner != "" {
		o.Owner, o.Followers = ptr(c.Owner), []string{c.Owner}
	}
	if c.Confidential || posting != nil && posting.Confidentiality == confidential {
		o.Confidentiality = confidential
	}
	if posting != nil {
		app := newApplication(newID(t.st.rng), &o, posting)
		o.Applications, o.OpportunityLocation = []string{app.ID}, ptr(deref(posting.Categories.Location))
		t.st.apps.put(app.ID, t.at, app)
	}
	t.st.opps.put(id, t.at, o)
	if posting != nil {
		t.emitFor(&o, eventApplicationCreated, map[string]any{"applicationId": o.Applications[0]})
	}
	return id, nil
}

func (l *Lever) links(opportunity string) Links {
	return Links{List: l.opts.PublicURL + "/candidates", Show: l.opts.PublicURL + "/candidates/" + opportunity}
}

func oneOrNone(text string) []string {
	if text == "" {
		return []string{}
	}
	return []string{text}
}

func phoneList(number string) []Phone {
	if number == "" {
		return []Phone{}
	}
	return []Phone{{Value: number}}
}

// contactFor finds the person by e-mail or makes a new one.
func (t tx) contactFor(c NewCandidate) string {
	for _, p := range t.st.contacts.all(time.Time{}) {
		if c.Email != "" && slices.ContainsFunc(p.Emails, func(e string) bool { return strings.EqualFold(e, c.Email) }) {
			return p.ID
		}
	}
	id := newID(t.st.rng)
	t.st.contacts.put(id, t.at, Contact{ID: id, Name: c.Name, Headline: c.Headline, Emails: oneOrNone(c.Email), Phones: []Phone{}})
	t.emit(event{name: eventContactCreated, data: map[string]any{"contactId": id, "createdAt": t.millis(), "accountId": t.st.id}})
	return id
}

func newApplication(id string, o *Opportunity, p *Posting) Application {
	kind := "posting"
	if o.Origin == "referred" {
		kind = "referral"
	}
	app := Application{
		ID: id, Type: kind, CandidateID: o.CandidateID, OpportunityID: o.ID, Posting: p.ID,
		PostingHiringManager: p.HiringManager, PostingOwner: p.Owner, Name: o.Name, Links: []string{},
		CustomQuestions: []any{}, CreatedAt: o.CreatedAt, Archived: o.Archived, Comments: ptr(""),
	}
	if len(o.Emails) > 0 {
		app.Email = ptr(o.Emails[0])
	}
	if len(o.Phones) > 0 {
		app.Phone = ptr(o.Phones[0])
	}
	return app
}

// MoveStage moves a candidacy and fires candidateStageChange; moving to the present stage does nothing.
func (a *Account) MoveStage(opportunity, stage string) error {
	return a.do(func(t tx) error { return t.moveStage(opportunity, stage) })
}

func (t tx) moveStage(opportunity, stage string) error {
	o, err := t.opp(opportunity)
	if err != nil {
		return err
	}
	rank := t.st.stageIndex(stage)
	if rank < 0 {
		return notFound("stages", stage)
	}
	if o.Stage == stage {
		return nil
	}
	from := o.Stage
	o = t.touch(opportunity, func(o *Opportunity) {
		o.Stage, o.LastAdvancedAt = stage, t.millis()
		o.StageChanges = append(slices.Clone(o.StageChanges), StageChange{stage, rank, t.millis(), t.actor()})
	})
	t.emitFor(o, eventStageChange, map[string]any{"fromStageId": from, "toStageId": stage})
	return nil
}

// Archive archives a candidacy, or changes its reason, and fires candidateArchiveChange; a reason of type
// "hired" fires candidateHired as well.
func (a *Account) Archive(opportunity, reason string) error {
	return a.do(func(t tx) error { return t.archive(opportunity, reason, false) })
}

// Hire archives a candidacy with the first active hired reason.
func (a *Account) Hire(opportunity string) error {
	return a.do(func(t tx) error {
		for _, r := range t.st.reasons {
			if r.Type == "hired" && r.Status == "active" {
				return t.archive(opportunity, r.ID, false)
			}
		}
		return badRequest("there is no active hired reason")
	})
}

// Unarchive makes a candidacy active again and fires candidateArchiveChange with toArchived null.
func (a *Account) Unarchive(opportunity string) error {
	return a.do(func(t tx) error { return t.unarchive(opportunity) })
}

func (t tx) archive(opportunity, reason string, cleanInterviews bool) error {
	o, err := t.opp(opportunity)
	if err != nil {
		return err
	}
	why := t.st.reason(reason)
	if why == nil {
		return notFound("archive_reasons", reason)
	}
	from := o.Archived
	if from != nil && from.Reason == reason {
		return nil
	}
	o = t.setArchived(o, &Archived{Reason: reason, ArchivedAt: t.millis()})
	change := func() {
		t.emitFor(o, eventArchiveChange, map[string]any{"fromArchived": from, "toArchived": o.Archived})
	}
	if t.rules.HiredAfterArchive {
		change()
	}
	if why.Type == "hired" {
		t.emitFor(o, eventHired, map[string]any{})
	}
	if !t.rules.HiredAfterArchive {
		change()
	}
	if cleanInterviews {
		t.cancelComing(opportunity)
	}
	return nil
}

func (t tx) unarchive(opportunity string) error {
	o, err := t.opp(opportunity)
	if err != nil || o.Archived == nil {
		return err
	}
	from := o.Archived
	o = t.setArchived(o, nil)
	t.emitFor(o, eventArchiveChange, map[string]any{"fromArchived": from, "toArchived": nil})
	return nil
}

func (t tx) setArchived(o *Opportunity, to *Archived) *Opportunity {
	for _, app := range o.Applications {
		t.st.apps.update(app, t.at, func(p *Application) { p.Archived = to })
	}
	return t.touch(o.ID, func(o *Opportunity) { o.Archived = to })
}

// Delete removes a candidacy with its application, interviews and notes, and fires candidateDeleted.
func (a *Account) Delete(opportunity string) error {
	return a.do(func(t tx) error { return t.delete(opportunity) })
}

func (t tx) delete(opportunity string) error {
	o, err := t.opp(opportunity)
	if err != nil {
		return err
	}
	now := t.millis()
	for _, id := range o.Applications {
		if app := t.st.apps.get(id, time.Time{}); app != nil {
			t.st.deletedApps = append(t.st.deletedApps, deletedApplication{id, now, o.ID, ptr(app.Posting), o.Confidentiality == confidential})
			t.st.apps.remove(id, t.at)
		}
	}
	for _, i := range t.st.interviewsOf(opportunity, time.Time{}) {
		t.st.interviews.remove(i.ID, t.at)
	}
	for _, n := range t.st.notesOf(opportunity, time.Time{}) {
		t.st.notes.remove(n.ID, t.at)
	}
	t.st.opps.remove(opportunity, t.at)
	t.st.deletedOpps = append(t.st.deletedOpps, deletedOpportunity{*o, now, t.actor()})
	t.emitFor(o, eventDeleted, map[string]any{"deletedBy": t.actor()})
	return nil
}

// DeleteApplication removes only the application of a candidacy. No webhook exists for that.
func (a *Account) DeleteApplication(opportunity string) error {
	return a.do(func(t tx) error {
		o, err := t.opp(opportunity)
		if err != nil {
			return err
		}
		app := t.st.application(opportunity, time.Time{})
		if app == nil {
			return notFound("applications of opportunity", opportunity)
		}
		t.st.apps.remove(app.ID, t.at)
		t.st.deletedApps = append(t.st.deletedApps, deletedApplication{app.ID, t.millis(), o.ID, ptr(app.Posting), o.Confidentiality == confidential})
		t.touch(opportunity, func(o *Opportunity) { o.Applications, o.OpportunityLocation = []string{}, nil })
		return nil
	})
}

// SetConfidential changes whether a candidacy is confidential. No webhook exists for that (lever/api.md section 4).
func (a *Account) SetConfidential(opportunity string, on bool) error {
	return a.do(func(t tx) error {
		if _, err := t.opp(opportunity); err != nil {
			return err
		}
		t.touch(opportunity, func(o *Opportunity) { o.Confidentiality = secrecy(on) })
		return nil
	})
}

// Rename changes the name of a candidacy. No webhook exists for that.
func (a *Account) Rename(opportunity, name string) error {
	return a.do(func(t tx) error {
		if _, err := t.opp(opportunity); err != nil {
			return err
		}
		t.touch(opportunity, func(o *Opportunity) { o.Name = name })
		return nil
	})
}

func secrecy(on bool) string {
	if on {
		return confidential
	}
	return nonConfidential
}

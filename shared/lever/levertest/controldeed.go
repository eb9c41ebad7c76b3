package levertest

import (
	"slices"
	"time"
)

// made answers a control request that made something.
func made(id string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}

// controlDeeds adds what people do in Lever.
func controlDeeds(add func(string, func(order) (any, error))) {
	deed := func(pattern string, do func(o order) error) {
		add("POST "+pattern, func(o order) (any, error) { return nil, do(o) })
	}
	add("POST /control/opportunities", func(o order) (any, error) {
		n := NewCandidate{Name: o.body.Name, Email: o.body.Email, Posting: o.body.Posting, Stage: o.body.Stage, Confidential: o.body.Confidential, Headline: o.body.Headline, Phone: o.body.Phone, Link: o.body.Link}
		if n.Posting != "" && n.Stage == "" {
			n.Stage, n.Origin = "applicant-new", "applied"
		}
		return made(o.acct.CreateOpportunity(n))
	})
	deed("/control/opportunities/{id}/move", func(o order) error { return o.acct.MoveStage(o.id(), o.stageOrNext()) })
	deed("/control/opportunities/{id}/archive", func(o order) error { return o.acct.Archive(o.id(), o.reasonOrFirst()) })
	deed("/control/opportunities/{id}/unarchive", func(o order) error { return o.acct.Unarchive(o.id()) })
	deed("/control/opportunities/{id}/hire", func(o order) error { return o.acct.Hire(o.id()) })
	deed("/control/opportunities/{id}/delete", func(o order) error { return o.acct.Delete(o.id()) })
	deed("/control/opportunities/{id}/rename", func(o order) error { return o.acct.Rename(o.id(), o.body.Name) })
	deed("/control/opportunities/{id}/confidential", func(o order) error { return o.acct.SetConfidential(o.id(), o.body.On) })
	deed("/control/opportunities/{id}/delete-application", func(o order) error { return o.acct.DeleteApplication(o.id()) })
	add("POST /control/opportunities/{id}/schedule", func(o order) (any, error) {
		return made(o.acct.ScheduleInterview(o.id(), NewInterview{Subject: o.body.Subject, At: o.when(), Minutes: o.body.Minutes}))
	})
	add("POST /control/opportunities/{id}/notes", func(o order) (any, error) {
		return made(o.acct.AddNoteUI(o.id(), o.body.Value, o.body.Secret))
	})
	deed("/control/notes/{id}/reply", func(o order) error { return o.acct.ReplyToNote(o.id(), o.body.Value) })
	deed("/control/notes/{id}/delete", func(o order) error { return o.acct.DeleteNoteUI(o.id()) })
	deed("/control/interviews/{id}/move", func(o order) error { return o.acct.MoveInterview(o.id(), o.when()) })
	deed("/control/interviews/{id}/cancel", func(o order) error { return o.acct.CancelInterview(o.id()) })
	deed("/control/interviews/{id}/delete", func(o order) error { return o.acct.DeleteInterview(o.id()) })
	deed("/control/contacts/{id}/merge", func(o order) error { return o.acct.MergeContacts(o.body.Into, o.id()) })
	deed("/control/contacts/{id}/anonymize", func(o order) error { return o.acct.Anonymize(o.id()) })
	controlPeopleDeeds(add, deed)
}

// controlPeopleDeeds adds postings, users, webhooks and access.
func controlPeopleDeeds(add func(string, func(order) (any, error)), deed func(string, func(order) error)) {
	add("POST /control/postings", func(o order) (any, error) {
		return made(o.acct.CreatePosting(NewPosting{Title: o.body.Title, State: o.body.State, Confidential: o.body.Confidential}))
	})
	deed("/control/postings/{id}/rename", func(o order) error {
		return o.acct.EditPosting(o.id(), func(p *Posting) { p.Text = o.body.Title })
	})
	deed("/control/postings/{id}/state", func(o order) error { return o.acct.SetPostingState(o.id(), o.body.State) })
	deed("/control/postings/{id}/close", func(o order) error { return o.acct.ClosePosting(o.id()) })
	deed("/control/postings/{id}/confidential", func(o order) error { return o.acct.SetPostingConfidential(o.id(), o.body.On) })
	deed("/control/postings/{id}/delete", func(o order) error { return o.acct.DeletePosting(o.id()) })
	add("POST /control/users", func(o order) (any, error) { return made(o.acct.AddUser(o.body.Name, o.body.Email, o.body.Role)) })
	deed("/control/users/{id}/deactivate", func(o order) error { return o.acct.DeactivateUser(o.id()) })
	deed("/control/users/{id}/reactivate", func(o order) error { return o.acct.ReactivateUser(o.id()) })
	deed("/control/users/{id}/role", func(o order) error { return o.acct.SetRole(o.id(), o.body.Role) })
	deed("/control/toggles", func(o order) error { return o.acct.SetToggle(o.body.Event, o.body.On) })
	add("POST /control/webhooks", func(o order) (any, error) { return made(o.acct.AddWebhook(o.body.App, o.body.Event, o.body.URL)) })
	deed("/control/webhooks/{id}/test", func(o order) error { return o.acct.TestWebhook(o.id()) })
	deed("/control/deliveries/{id}/rerun", func(o order) error { return o.acct.Rerun(o.id()) })
	deed("/control/revoke", func(o order) error { return o.acct.Revoke() })
	deed("/control/expire", func(o order) error {
		o.acct.ExpireAccessTokens()
		return nil
	})
}

// stageOrNext is the stage asked for, or the one after the present one (from the last, the one before).
func (o order) stageOrNext() string {
	if o.body.Stage != "" {
		return o.body.Stage
	}
	opp, _ := o.acct.Opportunity(o.id())
	stages := o.acct.Stages()
	i := slices.IndexFunc(stages, func(s Stage) bool { return s.ID == opp.Stage })
	if i+1 < len(stages) {
		return stages[i+1].ID
	}
	return stages[max(i-1, 0)].ID
}

// reasonOrFirst is the reason asked for, or the first active one that hires nobody.
func (o order) reasonOrFirst() string {
	if o.body.Reason != "" {
		return o.body.Reason
	}
	for _, r := range o.acct.ArchiveReasons() {
		if r.Type == "non-hired" && r.Status == "active" {
			return r.ID
		}
	}
	return ""
}

// when is the time asked for, or tomorrow.
func (o order) when() time.Time {
	if o.body.At != 0 {
		return time.UnixMilli(o.body.At)
	}
	return o.acct.lever.opts.Now().Add(24 * time.Hour).Truncate(time.Minute)
}

package mirror

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
)

// Words are the small lists of Lever that give ids their meaning in this account.
type Words struct {
	Stages map[string]string // name by stage id
	Hired  map[string]bool   // archive reasons that mean a hire, by id
}

// FromOpportunity translates an opportunity fetched at the given time. Applications must have been expanded.
func FromOpportunity(o lever.Opportunity, w Words, fetched time.Time) (Observation, error) {
	stage := o.Stage.IDOf()
	doc := CandidateDoc{
		Name: str(o.Name), Headline: str(o.Headline), Emails: o.Emails, Location: str(o.Location),
		Contact: o.Contact.IDOf(), Stage: stage, StageName: w.Stages[stage], Owner: o.Owner.IDOf(),
		Tags: o.Tags, Sources: o.Sources, Origin: str(o.Origin), Anonymized: o.IsAnonymized != nil && *o.IsAnonymized,
		CreatedAt: millis(o.CreatedAt), LastAdvancedAt: millis(o.LastAdvancedAt),
	}
	for _, p := range o.Phones {
		if p.Value != nil {
			doc.Phones = append(doc.Phones, *p.Value)
		}
	}
	for _, a := range o.Applications {
		if a.Application != nil && a.Application.Posting.IDOf() != "" {
			doc.Jobs = append(doc.Jobs, a.Application.Posting.IDOf())
		}
	}
	if o.URLs != nil {
		doc.URL = str(o.URLs.Show)
	}
	obs := Observation{Kind: Candidate, ID: o.ID, Fetched: fetched, State: Active, Confidential: o.IsConfidential()}
	if o.Archived != nil {
		doc.Archived, doc.ArchivedAt, doc.ArchiveReason = true, millis(o.Archived.ArchivedAt), o.Archived.Reason.IDOf()
		doc.Hired = w.Hired[doc.ArchiveReason]
		obs.State, obs.Reason, obs.LeftAt = Inactive, "archived", o.Archived.ArchivedAt.Time()
		if doc.Hired {
			obs.Reason = "hired"
		}
	}
	return obs.with(doc)
}

// maxDescription bounds the description of a job, in bytes.
const maxDescription = 20_000

// FromPosting translates a posting.
func FromPosting(p lever.Posting, fetched time.Time) (Observation, error) {
	doc := JobDoc{
		Title: str(p.Text), State: str(p.State), Country: str(p.Country), Workplace: strings.ReplaceAll(str(p.WorkplaceType), "on-site", "onsite"),
		Owner: p.Owner.IDOf(), HiringManager: p.HiringManager.IDOf(), Requisitions: p.RequisitionCodes, CreatedAt: millis(p.CreatedAt),
	}
	if c := p.Categories; c != nil {
		doc.Team, doc.Department, doc.Location = str(c.Team), str(c.Department), str(c.Location)
		doc.Commitment, doc.Level = str(c.Commitment), str(c.Level)
	}
	if p.Content != nil {
		doc.Description = str(p.Content.Description)
		if len(doc.Description) > maxDescription {
			doc.Description = strings.ToValidUTF8(doc.Description[:maxDescription], "")
		}
	}
	if p.URLs != nil {
		doc.URL = str(p.URLs.Show)
	}
	return Observation{Kind: Job, ID: p.ID, Fetched: fetched, State: Active, Confidential: p.IsConfidential()}.with(doc)
}

// FromUser translates a user; deactivated ones stay, marked as such.
func FromUser(u lever.User, fetched time.Time) (Observation, error) {
	doc := UserDoc{
		Name: str(u.Name), Email: str(u.Email), Role: str(u.AccessRole), JobTitle: str(u.JobTitle),
		Deactivated: u.DeactivatedAt != nil, DeactivatedAt: millis(u.DeactivatedAt), CreatedAt: millis(u.CreatedAt),
	}
	obs := Observation{Kind: User, ID: u.ID, Fetched: fetched, State: Active, Email: strings.ToLower(strings.TrimSpace(str(u.Email)))}
	return obs.with(doc)
}

// FromInterview translates an interview of the given opportunity; cancelled ones stay, marked as such.
func FromInterview(i lever.Interview, opportunity string, fetched time.Time) (Observation, error) {
	doc := InterviewDoc{
		Candidate: opportunity, Panel: i.Panel.IDOf(), Subject: str(i.Subject), StartsAt: millis(i.Date), Timezone: str(i.Timezone),
		Location: str(i.Location), Stage: i.Stage.IDOf(), CanceledAt: millis(i.CanceledAt), CreatedAt: millis(i.CreatedAt),
	}
	if i.Duration != nil {
		doc.DurationMinutes = int64(*i.Duration)
	}
	for _, p := range i.Postings {
		doc.Jobs = append(doc.Jobs, p.ID)
	}
	for _, v := range i.Interviewers {
		doc.Interviewers = append(doc.Interviewers, Interviewer{User: str(v.ID), Name: str(v.Name), Email: str(v.Email)})
	}
	slices.SortFunc(doc.Interviewers, func(a, b Interviewer) int { return cmp.Compare(a.User, b.User) })
	return Observation{Kind: Interview, ID: i.ID, Parent: opportunity, Fetched: fetched, State: Active}.with(doc)
}

func (o Observation) with(doc any) (Observation, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return o, fmt.Errorf("encode %s: %w", o.Kind, err)
	}
	o.Doc = string(raw)
	return o, nil
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func millis(m *lever.Millis) int64 {
	if m == nil {
		return 0
	}
	return int64(*m)
}

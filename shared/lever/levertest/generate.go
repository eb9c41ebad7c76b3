package levertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// generator builds one company from a seed.
type generator struct {
	rng     *rand.Rand
	now     time.Time
	size    size
	company Company
}

func generate(seed uint64, now time.Time, s size) Company {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0xc0)), now: now.Truncate(time.Minute), size: s}
	g.company = Company{ID: g.id(), Name: s.name, Seed: seed}
	g.pipeline()
	for i := range s.users {
		g.user(i)
	}
	for i := range s.postings {
		g.posting(i)
	}
	for i := range s.opportunities {
		g.opportunity(i)
	}
	g.interviews()
	g.notes()
	return g.company
}

func (g *generator) id() string { return newID(g.rng) }

func pick[T any](g *generator, from []T) T { return from[g.rng.IntN(len(from))] }

// ago is a time up to the given number of days back, in milliseconds.
func (g *generator) ago(fromDays, toDays int) int64 {
	span := time.Duration(toDays-fromDays) * 24 * time.Hour
	back := time.Duration(fromDays)*24*time.Hour + time.Duration(g.rng.Int64N(int64(span)))
	return g.now.Add(-back).UnixMilli()
}

func (g *generator) pipeline() {
	g.company.Stages = []Stage{
		{"lead-new", "New lead"},
		{"lead-reached-out", "Reached out"},
		{"lead-responded", "Responded"},
		{"applicant-new", "New applicant"},
		{g.id(), "Recruiter screen"},
		{g.id(), "Phone interview"},
		{g.id(), "On-site interview"},
		{g.id(), "Reference check"},
		{"offer", "Offer"},
	}
	g.company.Reasons = []ArchiveReason{
		{g.id(), "Underqualified", "active", "non-hired"},
		{g.id(), "Withdrew", "active", "non-hired"},
		{g.id(), "Position closed", "active", "non-hired"},
		{g.id(), "Timing", "inactive", "non-hired"},
		{g.id(), "Hired", "active", "hired"},
	}
}

func (g *generator) user(i int) {
	first, last := givenNames[i%len(givenNames)], familyNames[(i*7+i/len(givenNames))%len(familyNames)]
	roles := []string{"admin", "team member", "limited team member", "interviewer", "team member", "interviewer"}
	role := roles[i%len(roles)]
	if i < g.size.superAdmins {
		role = RoleSuperAdmin
	} else if i == 19 {
		role = g.id() // a custom role
	}
	email := fmt.Sprintf("%s.%s@company.example", strings.ToLower(first), strings.ToLower(last))
	u := User{
		ID: g.id(), Name: first + " " + last, Username: ptr(strings.TrimSuffix(email, "@company.example")), Email: &email,
		AccessRole: role, CreatedAt: g.ago(400, 1400),
	}
	if i >= g.size.superAdmins && i%g.size.deactivatedEvery == g.size.deactivatedEvery-1 {
		u.DeactivatedAt = ptr(g.ago(10, 300))
	}
	if i%3 == 0 {
		u.JobTitle = ptr(pick(g, jobTitles))
	}
	g.company.Users = append(g.company.Users, u)
}

// staff draws a live user.
func (g *generator) staff() *User {
	for {
		if u := &g.company.Users[g.rng.IntN(len(g.company.Users))]; u.DeactivatedAt == nil {
			return u
		}
	}
}

func (g *generator) posting(i int) {
	states := []string{"published", "published", "internal", "closed", "published", "draft", "pending", "rejected", "published", "closed"}
	title, team, place := jobTitles[i%len(jobTitles)], teams[i%len(teams)], pick(g, places)
	owner := g.staff().ID
	created := g.ago(40, 380)
	id := g.id()
	p := Posting{
		ID: id, Text: title, State: states[i%len(states)], DistributionChannels: []string{"public", "internal"},
		User: &owner, Owner: &owner, Tags: []string{team}, Country: ptr("NL"), Followers: []string{owner},
		Categories: Categories{
			Commitment: ptr("Full-time"), Department: ptr(departments[i%len(departments)]), Location: &place,
			Team: &team, AllLocations: []string{place},
		},
		Content: Content{
			Description: "Join the " + team + " team.", DescriptionHTML: "<div>Join the " + team + " team.</div>",
			Lists: []ContentList{{"You will", "<li>Work with people who care</li>"}},
		},
		ReqCode: fmt.Sprintf("REQ-%d", 100+i), RequisitionCodes: []string{fmt.Sprintf("REQ-%d", 100+i)},
		URLs:            &Links{"https://jobs.lever.co/company", "https://jobs.lever.co/company/" + id, "https://jobs.lever.co/company/" + id + "/apply"},
		Confidentiality: secrecy(i%g.size.confidentialEvery == g.size.confidentialEvery-1),
		CreatedAt:       created, UpdatedAt: created + g.rng.Int64N(g.now.UnixMilli()-created), WorkplaceType: pick(g, []string{"hybrid", "remote", "onsite", "unspecified"}),
	}
	if i%2 == 0 {
		p.HiringManager = ptr(g.staff().ID)
	}
	if p.State == "draft" || p.State == "pending" || p.State == "rejected" {
		p.DistributionChannels, p.URLs, p.Country = nil, nil, nil
	}
	g.company.Postings = append(g.company.Postings, p)
}

// opportunity makes the i-th candidacy; the first size.active ones are active.
func (g *generator) opportunity(i int) {
	c := g.contact(i)
	active := i < g.size.active
	created := g.ago(2, 120)
	if !active {
		created = g.ago(60, 900)
	}
	id := g.id()
	owner := g.staff().ID
	o := Opportunity{
		ID: id, CandidateID: id, Name: c.Name, Contact: c.ID, Headline: &c.Headline, Confidentiality: nonConfidential,
		Location: c.Location.Name, Phones: c.Phones, Emails: c.Emails, Links: []string{}, Tags: []string{}, Sources: []string{pick(g, sources)},
		Owner: &owner, Followers: []string{owner}, Applications: []string{}, CreatedAt: created, LastAdvancedAt: created,
	}
	if i%4 == 1 {
		o.CandidateID = g.id() // migrated data (lever/api.md section 0.8)
	}
	applied := i%g.size.withoutApplicationEvery != g.size.withoutApplicationEvery-1
	g.walkStages(&o, applied)
	o.UpdatedAt, o.LastInteractionAt = ptr(o.LastAdvancedAt), ptr(o.LastAdvancedAt)
	if !active {
		r := pick(g, g.company.Reasons)
		o.Archived = &Archived{r.ID, o.LastAdvancedAt + int64(time.Hour/time.Millisecond)}
		o.UpdatedAt = ptr(o.Archived.ArchivedAt)
	}
	o.Origin = pick(g, []string{"sourced", "referred", "agency", "university"})
	if applied {
		o.Origin = pick(g, []string{"applied", "applied", "applied", "internal", "referred"})
		g.apply(&o, i)
	} else {
		o.SourcedBy = ptr(g.staff().ID)
	}
	if i%g.size.nullEvery == g.size.nullEvery-1 {
		o.UpdatedAt, o.LastInteractionAt, o.Headline, o.Owner, o.Location = nil, nil, nil, nil, ""
	} else if i%5 == 0 {
		o.DataProtection = &DataProtection{Store: Permission{true, ptr(g.now.AddDate(1, 0, 0).UnixMilli())}}
	}
	g.company.Opportunities = append(g.company.Opportunities, o)
}

// contact makes a person, or finds an earlier one who comes back.
func (g *generator) contact(i int) Contact {
	if i > 0 && i%g.size.sharedContactEvery == 0 {
		return pick(g, g.company.Contacts)
	}
	name := givenNames[g.rng.IntN(len(givenNames))] + " " + familyNames[g.rng.IntN(len(familyNames))]
	c := Contact{
		ID: g.id(), Name: name, Headline: pick(g, employers), Location: Place{pick(g, places)},
		Emails: []string{fmt.Sprintf("%s%d@person.example", strings.ToLower(strings.ReplaceAll(name, " ", ".")), i)}, Phones: []Phone{},
	}
	switch i % 3 {
	case 0:
		c.Phones = []Phone{{"mobile", fmt.Sprintf("+31 6 0000 %04d", i%10000)}}
	case 1:
		c.Phones = []Phone{{Value: fmt.Sprintf("+31 6 0001 %04d", i%10000)}}
	}
	g.company.Contacts = append(g.company.Contacts, c)
	return c
}

// walkStages puts a candidacy somewhere in the pipeline, with the way it came.
func (g *generator) walkStages(o *Opportunity, applied bool) {
	at, last := 0, g.rng.IntN(4)
	if applied {
		at, last = 3, 3+g.rng.IntN(len(g.company.Stages)-3)
	}
	when := o.CreatedAt
	for ; at <= last; at++ {
		o.StageChanges = append(o.StageChanges, StageChange{ToStageID: g.company.Stages[at].ID, ToStageIndex: at, UpdatedAt: when})
		o.Stage, o.LastAdvancedAt = g.company.Stages[at].ID, when
		when += g.rng.Int64N(max(1, (g.now.UnixMilli()-when)/3))
	}
}

func (g *generator) apply(o *Opportunity, i int) {
	open := []*Posting{}
	for n := range g.company.Postings {
		if p := &g.company.Postings[n]; p.State == "published" || p.State == "internal" || p.State == "closed" {
			open = append(open, p)
		}
	}
	p := pick(g, open)
	o.Confidentiality, o.OpportunityLocation = p.Confidentiality, p.Categories.Location
	o.Tags = append([]string{}, p.Tags...)
	app := newApplication(g.id(), o, p)
	if i%2 == 0 {
		app.Company = ptr(pick(g, employers))
	}
	if i%6 == 5 {
		app.PostingOwner, app.Comments, app.Email = nil, nil, nil
	}
	o.Applications = []string{app.ID}
	g.company.Applications = append(g.company.Applications, app)
}

// interviews gives each active candidacy one interview, and a few a second; one in nine is cancelled.
func (g *generator) interviews() {
	for i := range g.size.active + g.size.extraInterviews {
		o := &g.company.Opportunities[i%g.size.active]
		who := g.staff()
		iv := Interview{
			ID: g.id(), Panel: g.id(), Subject: ptr(pick(g, subjects) + " - " + o.Name), Note: ptr(""),
			Interviewers: []Interviewer{{ID: who.ID, Name: who.Name, Email: who.Email}}, Timezone: pick(g, []string{"Europe/Amsterdam", "Europe/London", "America/New_York"}),
			CreatedAt: o.LastAdvancedAt, Date: g.slot(),
			Duration: pick(g, []int{30, 45, 60, 90}), FeedbackForms: []string{}, FeedbackReminder: "once", User: o.Owner, Stage: o.Stage,
			Postings: []string{}, OpportunityID: o.ID, Location: ptr("https://meet.example/" + newHex(g.rng, 4)),
		}
		if len(o.Applications) > 0 {
			for _, app := range g.company.Applications {
				if app.ID == o.Applications[0] {
					iv.Postings = []string{app.Posting}
				}
			}
		}
		if i%9 == 8 {
			iv.CanceledAt = ptr(g.ago(0, 2))
		}
		if i%7 == 6 {
			iv.Subject, iv.Note, iv.Location, iv.User = nil, nil, nil, nil
		}
		g.company.Interviews = append(g.company.Interviews, iv)
	}
}

// slot is a time within two weeks of now, at a full or half hour of a working day's hours (UTC).
func (g *generator) slot() int64 {
	day := g.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, g.rng.IntN(28)-14)
	return day.Add(8*time.Hour + time.Duration(g.rng.IntN(19))*30*time.Minute).UnixMilli()
}

// notes leaves a person's note on every twelfth active candidacy.
func (g *generator) notes() {
	for i := 0; i < g.size.active; i += 12 {
		o, by, at := &g.company.Opportunities[i], g.staff().ID, g.ago(0, 2)
		g.company.Notes = append(g.company.Notes, Note{
			ID: g.id(), Text: "Note", User: &by, Secret: i%36 == 24, CompletedAt: at, CreatedAt: at, OpportunityID: o.ID,
			Fields: []NoteField{{Type: "note", Text: "Comment", Value: pick(g, remarks), CreatedAt: at, User: &by, Stage: o.Stage}},
		})
	}
}

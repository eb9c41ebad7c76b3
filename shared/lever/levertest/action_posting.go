package levertest

import (
	"slices"
	"time"
)

// PostingStates are the six states of a posting (lever/api.md section 3.8).
var PostingStates = [...]string{"published", "internal", "closed", "draft", "pending", "rejected"}

// NewPosting describes a job to create.
type NewPosting struct {
	Title        string
	State        string // default "published"
	Team         string
	Location     string
	Confidential bool
}

// CreatePosting adds a posting. No webhook exists for postings.
func (a *Account) CreatePosting(n NewPosting) (id string, err error) {
	err = a.do(func(t tx) error {
		if n.State == "" {
			n.State = "published"
		}
		if !slices.Contains(PostingStates[:], n.State) {
			return badRequest("unknown posting state " + n.State)
		}
		id = newID(t.st.rng)
		p := Posting{
			ID: id, Text: n.Title, State: n.State, DistributionChannels: []string{"public", "internal"}, User: t.actor(), Owner: t.actor(),
			Categories: Categories{AllLocations: []string{}}, Tags: []string{}, Content: Content{Lists: []ContentList{}},
			Followers: []string{}, RequisitionCodes: []string{}, Confidentiality: secrecy(n.Confidential),
			CreatedAt: t.millis(), UpdatedAt: t.millis(), WorkplaceType: "unspecified",
		}
		if n.Team != "" {
			p.Categories.Team = ptr(n.Team)
		}
		if n.Location != "" {
			p.Categories.Location, p.Categories.AllLocations = ptr(n.Location), []string{n.Location}
		}
		t.st.postings.put(id, t.at, p)
		return nil
	})
	return id, err
}

// EditPosting changes a posting and bumps updatedAt. The change must replace slices, not write into them.
func (a *Account) EditPosting(posting string, change func(*Posting)) error {
	return a.do(func(t tx) error {
		p := t.st.postings.update(posting, t.at, func(p *Posting) {
			change(p)
			p.UpdatedAt = t.millis()
		})
		if p == nil {
			return notFound("postings", posting)
		}
		return nil
	})
}

// SetPostingState publishes, closes or otherwise moves a posting.
func (a *Account) SetPostingState(posting, state string) error {
	if !slices.Contains(PostingStates[:], state) {
		return badRequest("unknown posting state " + state)
	}
	return a.EditPosting(posting, func(p *Posting) { p.State = state })
}

// ClosePosting closes a posting.
func (a *Account) ClosePosting(posting string) error { return a.SetPostingState(posting, "closed") }

// SetPostingConfidential changes whether a posting and the candidacies that applied to it are confidential.
func (a *Account) SetPostingConfidential(posting string, on bool) error {
	err := a.EditPosting(posting, func(p *Posting) { p.Confidentiality = secrecy(on) })
	if err != nil {
		return err
	}
	return a.do(func(t tx) error {
		for _, app := range t.st.apps.all(time.Time{}) {
			if app.Posting == posting {
				t.touch(app.OpportunityID, func(o *Opportunity) { o.Confidentiality = secrecy(on) })
			}
		}
		return nil
	})
}

// DeletePosting removes a posting; it appears in /postings/deleted. Candidacies stay.
func (a *Account) DeletePosting(posting string) error {
	return a.do(func(t tx) error {
		p := t.st.postings.get(posting, time.Time{})
		if p == nil {
			return notFound("postings", posting)
		}
		t.st.postings.remove(posting, t.at)
		t.st.deletedPostings = append(t.st.deletedPostings, deletedPosting{posting, t.millis(), p.Confidentiality == confidential})
		return nil
	})
}

// AddUser adds a user. No webhook exists for users.
func (a *Account) AddUser(name, email, role string) (id string, err error) {
	err = a.do(func(t tx) error {
		id = newID(t.st.rng)
		t.st.users.put(id, t.at, User{ID: id, Name: name, Username: ptr(email), Email: ptr(email), AccessRole: role, CreatedAt: t.millis()})
		return nil
	})
	return id, err
}

// DeactivateUser deactivates a user, who stays in the system.
func (a *Account) DeactivateUser(user string) error {
	now := a.lever.opts.Now().UnixMilli()
	return a.EditUser(user, func(u *User) { u.DeactivatedAt = &now })
}

// ReactivateUser makes a deactivated user live again.
func (a *Account) ReactivateUser(user string) error {
	return a.EditUser(user, func(u *User) { u.DeactivatedAt = nil })
}

// SetRole changes a user's access role.
func (a *Account) SetRole(user, role string) error {
	return a.EditUser(user, func(u *User) { u.AccessRole = role })
}

// EditUser changes a user.
func (a *Account) EditUser(user string, change func(*User)) error {
	return a.do(func(t tx) error {
		if t.st.users.update(user, t.at, change) == nil {
			return notFound("users", user)
		}
		return nil
	})
}

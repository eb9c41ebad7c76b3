// Package converge is the operation in which every path ends: fetch from Lever, apply to the mirror. It looks at one
// object, or takes a page of a list, and keeps the rule about removals (invariant I6): nothing goes because a list did
// not show it, except an interview that the complete list of its readable opportunity no longer shows.
package converge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// Converger brings what Lever shows into the mirror. It is safe for concurrent use.
type Converger struct {
	Mirror *mirror.Store
	DB     table.DB // Connections, for the words of an account
	Now    func() time.Time
	// Parallel is how many calls to Lever one look may have in flight; 1 when 0.
	Parallel int
}

// Seen is what a look at one opportunity showed.
type Seen struct {
	Outcome  mirror.Outcome
	Stage    string // stage id now
	Archived bool
	Updated  time.Time // when it was changed last, by Lever's clock; zero when Lever does not say
	Hired    time.Time // when the candidate was hired, if this look found it out
	Gone     bool      // Lever does not show it
	Retry    bool      // a fetch by another clock showed something else just now: look again

	unlisted     bool // active, and its interviews were never read in full
	confidential bool
}

// expandApplications has Lever send the application, and so the job, with an opportunity.
const expandApplications = "applications"

// Opportunity looks at one opportunity, and at its interviews when it is an active candidate whose interviews were never
// read: so an earlier look that ended between the two is made up for.
func (c *Converger) Opportunity(ctx context.Context, a *connection.Access, id string) (Seen, error) {
	seen, err := c.look(ctx, a, id)
	if err == nil && seen.unlisted {
		_, err = c.listed(ctx, a, id, seen.confidential, false)
	}
	return seen, err
}

// look looks at one opportunity and at nothing else.
func (c *Converger) look(ctx context.Context, a *connection.Access, id string) (Seen, error) {
	fetched := c.Now()
	single, err := a.Lever.Opportunity(ctx, id, expandApplications)
	if err != nil {
		if gone, err := c.unreadable(ctx, a, err); err != nil || !gone {
			return Seen{}, fmt.Errorf("get opportunity %q: %w", id, err)
		}
		result, err := c.remove(ctx, a, mirror.Candidate, id, fetched, "deleted")
		return Seen{Outcome: result.Outcome, Gone: true, Retry: result.Conflicting}, err
	}
	results, err := c.Opportunities(ctx, a, []lever.Opportunity{single.Item}, fetched)
	if err != nil {
		return Seen{}, err
	}
	archived := single.Item.Archived != nil
	seen := Seen{
		Outcome: results[0].Outcome, Stage: single.Item.Stage.IDOf(), Archived: archived, Retry: results[0].Conflicting,
		Updated: single.Item.UpdatedAt.Time(), unlisted: !archived && results[0].Was.Listed == 0, confidential: single.Item.IsConfidential(),
	}
	if results[0].Outcome == mirror.Left && results[0].Now.Reason == "hired" {
		seen.Hired = single.Item.Archived.ArchivedAt.Time()
	}
	return seen, nil
}

// Opportunities applies opportunities of one fetch, at most 100, and lets the interviews of those that left go with
// them. The interviews of new ones are the caller's to fetch.
func (c *Converger) Opportunities(ctx context.Context, a *connection.Access, list []lever.Opportunity, fetched time.Time) ([]mirror.Result, error) {
	words, err := c.Words(ctx, a, list)
	if err != nil {
		return nil, err
	}
	all := make([]mirror.Observation, len(list))
	for i, o := range list {
		if all[i], err = mirror.FromOpportunity(o, words, fetched); err != nil {
			return nil, err
		}
	}
	if err := c.granted(ctx, a, all); err != nil {
		return nil, err
	}
	results, err := c.Mirror.ApplyAll(ctx, a.Connection.Tenant, a.Connection.ID(), all)
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		// Not only when it left just now: an earlier try may have ended before all its interviews had left.
		if r.Was.Version > 0 && all[i].State == mirror.Inactive && r.Outcome != mirror.Older {
			if err := c.interviewsLeave(ctx, a, all[i].ID); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// Remove takes an object out of the mirror because Lever's own deleted list, or a 404 on its own fetch, said so.
func (c *Converger) Remove(ctx context.Context, a *connection.Access, kind mirror.Kind, id string, fetched time.Time) (mirror.Result, error) {
	return c.remove(ctx, a, kind, id, fetched, "deleted")
}

func (c *Converger) remove(ctx context.Context, a *connection.Access, kind mirror.Kind, id string, fetched time.Time, reason string) (mirror.Result, error) {
	o := mirror.Observation{Kind: kind, ID: id, Fetched: fetched, State: mirror.Removed, Reason: reason}
	result, err := c.Mirror.Apply(ctx, a.Connection.Tenant, a.Connection.ID(), o)
	if err != nil || kind != mirror.Candidate {
		return result, err
	}
	return result, c.interviewsLeave(ctx, a, id)
}

// interviewsLeave gives the interviews of a candidate who is not active (any more) the same state and reason. It counts
// as a look of now, later than any list of interviews that was fetched while the candidate still seemed active: whoever
// applies such a list reads the candidate again afterwards, and whoever archives writes the candidate first, so that one
// of the two sees the other.
func (c *Converger) interviewsLeave(ctx context.Context, a *connection.Access, candidate string) error {
	r, found, err := c.Mirror.Known(ctx, a.Connection.ID(), mirror.Candidate, candidate)
	if err != nil || !found || r.State == mirror.Active {
		return err
	}
	known, err := c.Mirror.Interviews(ctx, a.Connection.ID(), candidate)
	if err != nil {
		return err
	}
	fetched := c.Now()
	for _, i := range known {
		if i.State == r.State {
			continue
		}
		gone := mirror.Observation{
			Kind: mirror.Interview, ID: i.ID, Parent: candidate, Fetched: fetched,
			State: r.State, Reason: "candidate-left", LeftAt: time.UnixMilli(r.LeftAt), Confidential: i.Confidential, Doc: i.Doc,
		}
		if _, err := c.Mirror.Apply(ctx, a.Connection.Tenant, a.Connection.ID(), gone); err != nil {
			return err
		}
	}
	return nil
}

// unreadable says whether an error of a single fetch means that the object is not (or no longer) to be shown: a 404, or
// a 403 on itself while the list of opportunities still works. Else, or when another grant may show it, it returns an error.
func (c *Converger) unreadable(ctx context.Context, a *connection.Access, err error) (bool, error) {
	switch fault.KindOf(err) {
	case fault.NotFound:
	case fault.Forbidden:
		if _, listErr := a.Lever.Opportunities(ctx, lever.OpportunityQuery{Limit: 1}, ""); listErr != nil {
			return false, errors.Join(err, listErr)
		}
	default:
		return false, err
	}
	err = c.stands(ctx, a)
	return err == nil, err
}

// Posting looks at one posting.
func (c *Converger) Posting(ctx context.Context, a *connection.Access, id string) error {
	fetched := c.Now()
	single, err := a.Lever.Posting(ctx, id)
	if err != nil {
		gone, err := c.unreadable(ctx, a, err)
		if gone {
			_, err = c.remove(ctx, a, mirror.Job, id, fetched, "deleted")
		}
		return err
	}
	_, err = c.Postings(ctx, a, []lever.Posting{single.Item}, fetched)
	return err
}

// Postings applies postings of one fetch, at most 100.
func (c *Converger) Postings(ctx context.Context, a *connection.Access, list []lever.Posting, fetched time.Time) ([]mirror.Result, error) {
	all := make([]mirror.Observation, len(list))
	for i, p := range list {
		var err error
		if all[i], err = mirror.FromPosting(p, fetched); err != nil {
			return nil, err
		}
	}
	if err := c.granted(ctx, a, all); err != nil {
		return nil, err
	}
	return c.Mirror.ApplyAll(ctx, a.Connection.Tenant, a.Connection.ID(), all)
}

// granted fails when confidential objects were fetched with a grant that does not stand any more: the next may be one without
// them, and the sweep of that one verifies what was fetched before it began, and this may have been fetched later.
func (c *Converger) granted(ctx context.Context, a *connection.Access, all []mirror.Observation) error {
	if !slices.ContainsFunc(all, func(o mirror.Observation) bool { return o.Confidential }) {
		return nil
	}
	return c.stands(ctx, a)
}

// stands fails when the grant of a was replaced by a reconnect. What was fetched and depends on what the grant shows is then
// fetched again with the new one.
func (c *Converger) stands(ctx context.Context, a *connection.Access) error {
	now, _, err := table.Get[connection.Connection](ctx, c.DB, table.Connections, table.Key{PK: a.Connection.ID(), SK: "state"})
	if err == nil && a.Connection.GrantedAt != now.GrantedAt {
		err = fault.New(fault.Unavailable, "grant-replaced", "Access was renewed in the middle of a look; it is repeated by itself.")
	}
	return err
}

// User looks at one user.
func (c *Converger) User(ctx context.Context, a *connection.Access, id string) error {
	fetched := c.Now()
	single, err := a.Lever.User(ctx, id)
	if err != nil {
		gone, err := c.unreadable(ctx, a, err)
		if gone {
			_, err = c.remove(ctx, a, mirror.User, id, fetched, "deleted")
		}
		return err
	}
	_, err = c.Users(ctx, a, []lever.User{single.Item}, fetched)
	return err
}

// Users applies users of one fetch, at most 100.
func (c *Converger) Users(ctx context.Context, a *connection.Access, list []lever.User, fetched time.Time) ([]mirror.Result, error) {
	all := make([]mirror.Observation, len(list))
	for i, u := range list {
		var err error
		if all[i], err = mirror.FromUser(u, fetched); err != nil {
			return nil, err
		}
	}
	return c.Mirror.ApplyAll(ctx, a.Connection.Tenant, a.Connection.ID(), all)
}

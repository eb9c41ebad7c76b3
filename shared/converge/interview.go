package converge

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// Compared is what a comparison of stored records with Lever found: how many it checked, and how many were missing
// here, extra here, had changed, or could not be read. Since is no later than the oldest of these changes.
type Compared struct {
	Checked, Missing, Extra, Stale, Broken int
	Since                                  time.Time
}

// add counts the outcomes of one comparison.
func (c *Compared) add(results ...mirror.Result) {
	for _, r := range results {
		since := time.UnixMicro(r.Was.Fetched) // the look before
		switch r.Outcome {
		case mirror.Created, mirror.Returned:
			c.Missing++
			since = created(r.Now)
		case mirror.Updated:
			c.Stale++
		case mirror.Gone:
			c.Extra++
		default:
			continue
		}
		if c.Since.IsZero() || since.Before(c.Since) {
			c.Since = since
		}
	}
}

// created is when an interview was made, by Lever's own word.
func created(r mirror.Record) time.Time {
	var doc mirror.InterviewDoc
	if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
		return time.Time{} // unknown: nothing is said about it
	}
	return time.UnixMilli(doc.CreatedAt)
}

// Interviews reads the complete list of a candidate's interviews and applies it. An interview that is stored, was not
// confirmed since the list was begun and is not on it, is looked at on its own before it is removed (invariant I6). For somebody who
// is not an active candidate here, the opportunity itself is looked at instead.
func (c *Converger) Interviews(ctx context.Context, a *connection.Access, opportunity string) (Compared, error) {
	candidate, found, err := c.Mirror.Known(ctx, a.Connection.ID(), mirror.Candidate, opportunity)
	if err != nil {
		return Compared{}, err
	}
	if !found || candidate.State != mirror.Active {
		seen, err := c.Opportunity(ctx, a, opportunity)
		if err != nil || !seen.Gone && !seen.Archived {
			return Compared{}, err // new here, and fetched with its interviews just now
		}
		return Compared{}, c.interviewsLeave(ctx, a, opportunity)
	}
	return c.listed(ctx, a, opportunity, candidate.Confidential, candidate.Listed > 0)
}

// listed reads the complete list of interviews of an opportunity that stands in the mirror, and applies it; before says
// that this is not the first time.
func (c *Converger) listed(ctx context.Context, a *connection.Access, opportunity string, confidential, before bool) (Compared, error) {
	fetched := c.Now()
	var all []mirror.Observation
	var broken []lever.Broken
	for offset := ""; ; {
		page, err := a.Lever.Interviews(ctx, opportunity, offset)
		if kind := fault.KindOf(err); err != nil && (kind == fault.NotFound || kind == fault.Forbidden) {
			return Compared{}, c.withoutList(ctx, a, opportunity, err)
		}
		if err != nil {
			return Compared{}, fmt.Errorf("list interviews of %q: %w", opportunity, err)
		}
		for _, i := range page.Items {
			o, err := mirror.FromInterview(i, opportunity, fetched)
			if err != nil {
				return Compared{}, err
			}
			o.Confidential = confidential
			all = append(all, o)
		}
		broken = append(broken, page.Broken...)
		if offset = page.Next; offset == "" {
			break
		}
	}
	found, err := c.replace(ctx, a, opportunity, all, broken, fetched)
	if err != nil || before {
		return found, err
	}
	return found, c.Mirror.MarkListed(ctx, a.Connection.ID(), opportunity, fetched)
}

// withoutList settles what it means that the list of interviews was refused: the opportunity is gone or not to be shown,
// or, if it can be read, the refusal stands.
func (c *Converger) withoutList(ctx context.Context, a *connection.Access, opportunity string, refusal error) error {
	seen, err := c.look(ctx, a, opportunity)
	if err != nil || seen.Gone || fault.KindOf(refusal) == fault.NotFound {
		return err
	}
	return fmt.Errorf("list interviews of %q: %w", opportunity, refusal)
}

// replace makes the listed interviews those that a candidate has. One that cannot be decoded stays as it is; where even
// its id cannot be read, nothing is removed.
func (c *Converger) replace(
	ctx context.Context, a *connection.Access, opportunity string, listed []mirror.Observation, broken []lever.Broken, fetched time.Time,
) (compared Compared, err error) {
	id, tenant := a.Connection.ID(), a.Connection.Tenant
	present, nameless := map[string]bool{}, false
	for _, b := range broken {
		present[b.ID], nameless = true, nameless || b.ID == ""
	}
	compared.Broken = Unreadable(ctx, id, mirror.Interview, broken)
	for start := 0; start < len(listed); start += 100 {
		part := listed[start:min(start+100, len(listed))]
		results, err := c.Mirror.ApplyAll(ctx, tenant, id, part)
		if err != nil {
			return compared, err
		}
		compared.add(results...)
	}
	compared.Checked = len(listed)
	for _, o := range listed {
		present[o.ID] = true
	}
	known, err := c.Mirror.Interviews(ctx, id, opportunity)
	if err != nil {
		return compared, err
	}
	for _, r := range known {
		if r.State != mirror.Active || present[r.ID] || nameless {
			continue
		}
		r, found, err := c.Mirror.Known(ctx, id, mirror.Interview, r.ID) // the index lags, and lacks the times
		if err != nil {
			return compared, err
		}
		if !found || r.State != mirror.Active || r.Fetched >= fetched.UnixMicro() {
			continue
		}
		o, err := c.absent(ctx, a, r, fetched)
		if err != nil {
			return compared, err
		}
		result, err := c.Mirror.Apply(ctx, tenant, id, o)
		if err != nil {
			return compared, err
		}
		compared.add(result)
	}
	return compared, c.interviewsLeave(ctx, a, opportunity) // does nothing as long as the candidate is active
}

// absentFor is how long an interview stays that the list of its candidate leaves out although it can still be read: no
// list is wrong so often, and Lever keeps some deleted objects readable (lever/api.md section 3.6).
const absentFor = 24 * time.Hour

// absent looks at an interview that the list begun at the given time left out. A list may come short, so the interview
// goes only when it is not found on its own either, or when the lists have left it out for long.
func (c *Converger) absent(ctx context.Context, a *connection.Access, r mirror.Record, listed time.Time) (mirror.Observation, error) {
	gone := mirror.Observation{Kind: mirror.Interview, ID: r.ID, Parent: r.Parent, State: mirror.Removed, Reason: "deleted", Fetched: listed}
	if r.Absent > 0 && listed.Sub(time.UnixMilli(r.Absent)) > absentFor {
		return gone, nil
	}
	fetched := c.Now()
	single, err := a.Lever.Interview(ctx, r.Parent, r.ID)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		gone.Fetched = fetched
		return gone, c.stands(ctx, a)
	}
	if err != nil {
		return gone, fmt.Errorf("get interview %q: %w", r.ID, err)
	}
	o, err := mirror.FromInterview(single.Item, r.Parent, fetched)
	o.Confidential, o.Absent = r.Confidential, true
	return o, err
}

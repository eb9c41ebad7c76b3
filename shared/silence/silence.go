// Package silence tells which webhooks should have told of a change that was found only by looking. Delta, patrol and full
// resync report what they find; when changes of one kind keep coming without their webhook, it looks switched off in
// Lever's settings, which Lever's API does not show (lever/api.md section 4, toggles).
package silence

import (
	"context"
	"encoding/json"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// Miss is a change without its webhook. Since is no later than the change: a delivery of that event at or after it may
// have been about this change.
type Miss struct {
	Event string
	Since time.Time
}

// young is how old an application may be to count as new: an older one that shows up was only hidden until now, and no
// webhook tells of that.
const young = time.Hour

// Candidate names what an opportunity that a look brought into the mirror should have been announced by.
func Candidate(o lever.Opportunity, result mirror.Result, now time.Time) []Miss {
	switch result.Outcome {
	case mirror.Created:
		if at := applied(o); result.Was.Rev == 0 && now.Sub(at) < young {
			return []Miss{{lever.EventApplicationCreated, at}}
		}
	case mirror.Returned:
		if result.Was.State == mirror.Inactive { // not one that could not be read for a while
			return []Miss{{lever.EventCandidateArchiveChange, o.UpdatedAt.Time()}}
		}
	case mirror.Left:
		misses := []Miss{{lever.EventCandidateArchiveChange, o.Archived.ArchivedAt.Time()}}
		if result.Now.Reason == "hired" {
			misses = append(misses, Miss{lever.EventCandidateHired, o.Archived.ArchivedAt.Time()})
		}
		return misses
	case mirror.Updated:
		var doc mirror.CandidateDoc
		if json.Unmarshal([]byte(result.Was.Doc), &doc) == nil && o.Archived == nil && doc.Stage != o.Stage.IDOf() {
			return []Miss{{lever.EventCandidateStageChange, o.LastAdvancedAt.Time()}}
		}
	}
	return nil
}

// applied is when the newest application came, zero without one.
func applied(o lever.Opportunity) (at time.Time) {
	for _, a := range o.Applications {
		if a.Application != nil && a.Application.CreatedAt != nil && a.Application.CreatedAt.Time().After(at) {
			at = a.Application.CreatedAt.Time()
		}
	}
	return at
}

// Deleted names what the deletion of a candidate at the given time should have been announced by.
func Deleted(at time.Time) []Miss { return []Miss{{lever.EventCandidateDeleted, at}} }

// Interviews names what the interviews that a look found changed should have been announced by.
func Interviews(found converge.Compared) []Miss {
	var misses []Miss
	for _, one := range []struct {
		event string
		n     int
	}{
		{lever.EventInterviewCreated, found.Missing}, {lever.EventInterviewUpdated, found.Stale}, {lever.EventInterviewDeleted, found.Extra},
	} {
		if one.n > 0 {
			misses = append(misses, Miss{one.event, found.Since})
		}
	}
	return misses
}

// listener counts misses.
type listener interface {
	Missed(ctx context.Context, connection, event string, since time.Time) error
}

// late is how long after the connect a change may still have come without a webhook, because there was none yet.
const late = time.Minute

// Tell counts misses against their webhooks. A later delivery of that event clears the count.
func Tell(ctx context.Context, to listener, c connection.Connection, misses []Miss, now time.Time) error {
	if now.Sub(time.UnixMilli(c.ConnectedAt)) < late {
		return nil
	}
	for _, m := range misses {
		if err := to.Missed(ctx, c.ID(), m.Event, m.Since); err != nil {
			return err
		}
	}
	return nil
}

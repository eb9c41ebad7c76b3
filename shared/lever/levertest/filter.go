package levertest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oneOf keeps a value that a repeated filter names; an absent filter keeps everything.
func (c *call) oneOf(name string, have ...string) bool {
	want := c.values(name)
	return len(want) == 0 || slices.ContainsFunc(have, func(v string) bool { return slices.Contains(want, v) })
}

// window is an inclusive range of milliseconds.
type window struct {
	start, end       int64
	hasStart, hasEnd bool
}

// window reads name_start and name_end.
func (c *call) window(name string) (window, error) {
	var w window
	var err error
	if w.start, w.hasStart, err = c.millisParam(name + "_start"); err != nil {
		return w, err
	}
	w.end, w.hasEnd, err = c.millisParam(name + "_end")
	return w, err
}

func (c *call) millisParam(name string) (int64, bool, error) {
	text := c.in.query.Get(name)
	if text == "" {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false, badRequest(name + " must be a timestamp in milliseconds")
	}
	return n, true, nil
}

// holds says whether a time lies in the window; a null time lies only in an open one.
func (w window) holds(at *int64) bool {
	if !w.hasStart && !w.hasEnd {
		return true
	}
	return at != nil && (!w.hasStart || *at >= w.start) && (!w.hasEnd || *at <= w.end)
}

// visible reads the confidentiality filter and checks the grant for it.
func (c *call) visible() (func(confidentiality string) bool, error) {
	want := c.in.query.Get("confidentiality")
	switch want {
	case "", nonConfidential:
		return func(have string) bool { return have == nonConfidential }, nil
	case confidential, "all":
		if !c.grant.has(scopeConfidential) {
			return nil, refuse(c.rules.ConfidentialListStatus, "You do not have access to confidential data.")
		}
		return func(have string) bool { return want == "all" || have == want }, nil
	}
	return nil, badRequest("confidentiality must be confidential, non-confidential or all")
}

// mayRead checks the grant against a single object's confidentiality.
func (c *call) mayRead(confidentiality, kind, id string) error {
	if confidentiality != confidential || c.grant.has(scopeConfidential) {
		return nil
	}
	if c.rules.ConfidentialStatus == http.StatusNotFound {
		return notFound(kind, id)
	}
	return plainFailure(c.rules.ConfidentialStatus)
}

// opportunityFilter builds the test that the list's parameters describe.
func (c *call) opportunityFilter() (func(*Opportunity) bool, error) {
	visible, err := c.visible()
	if err != nil {
		return nil, err
	}
	windows := map[string]window{}
	for _, name := range []string{"created_at", "updated_at", "advanced_at", "archived_at"} {
		if windows[name], err = c.window(name); err != nil {
			return nil, err
		}
	}
	archived := c.in.query.Get("archived")
	if archived != "" && archived != "true" && archived != "false" {
		return nil, badRequest("archived must be true or false")
	}
	return func(o *Opportunity) bool {
		var archivedAt *int64
		var reason string
		if o.Archived != nil {
			archivedAt, reason = &o.Archived.ArchivedAt, o.Archived.Reason
		}
		return visible(o.Confidentiality) &&
			(archived == "" || (archived == "true") == (o.Archived != nil)) &&
			windows["created_at"].holds(&o.CreatedAt) && windows["updated_at"].holds(o.UpdatedAt) &&
			windows["advanced_at"].holds(&o.LastAdvancedAt) && windows["archived_at"].holds(archivedAt) &&
			c.oneOf("stage_id", o.Stage) && c.oneOf("contact_id", o.Contact) && c.oneOf("origin", o.Origin) &&
			c.oneOf("tag", o.Tags...) && c.oneOf("source", o.Sources...) && c.oneOf("archive_reason_id", reason) &&
			c.matchesEmail(o) && c.matchesPosting(o)
	}, nil
}

func (c *call) matchesEmail(o *Opportunity) bool {
	want := c.values("email")
	return len(want) == 0 || slices.ContainsFunc(o.Emails, func(have string) bool {
		return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, have) })
	})
}

func (c *call) matchesPosting(o *Opportunity) bool {
	live, gone := c.values("posting_id"), c.values("archived_posting_id")
	if len(live) == 0 && len(gone) == 0 {
		return true
	}
	app := c.st.application(o.ID, c.in.asOf)
	if app == nil {
		return false
	}
	if len(gone) > 0 && (app.Archived == nil || !slices.Contains(gone, app.Posting)) {
		return false
	}
	if len(live) > 0 && (!slices.Contains(live, app.Posting) || app.Archived != nil && !c.rules.PostingIDIncludesArchived) {
		return false
	}
	return true
}

// deletedWindow reads the window of a deleted list. A list introduced in 2026 may require one of at most 30 days.
func (c *call) deletedWindow(recent bool) (window, error) {
	w, err := c.window("deleted_at")
	if err != nil || !recent || !c.rules.DeletedWindowRequired {
		return w, err
	}
	if !w.hasStart || !w.hasEnd {
		return w, badRequest("deleted_at_start and deleted_at_end are required")
	}
	if w.end-w.start > (30 * 24 * time.Hour).Milliseconds() {
		return w, badRequest("the window must not exceed 30 days")
	}
	return w, nil
}

// known says whether something that happened at a time can be seen by this read.
func (c *call) known(at int64) bool { return c.in.asOf.IsZero() || at <= c.in.asOf.UnixMilli() }

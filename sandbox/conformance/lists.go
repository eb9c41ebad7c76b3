package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
)

// listQuestions ask about lists and only read.
func listQuestions() []question {
	return []question{
		{"limit", "What becomes of a limit above 100?", "400", "ClampLimit", 0, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/opportunities", "limit", "101")
			return r.said(), err
		}},
		{"bad-offset", "What becomes of a page token that Lever never gave?", "400", "", 0, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/opportunities", "limit", "1", "offset", "never-given")
			return r.said(), err
		}},
		{"unknown-names", "What becomes of include and expand with a name that there is not?", "200", "", 0, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/opportunities", "limit", "1", "include", "nosuchfield", "expand", "nosuchfield")
			return r.said(), err
		}},
		{"filters", "Do two different filters have to hold both?", "both", "", 0, filters},
		{"expand-scope", "Does expand=contact and expand=owner need more scopes than the list itself?", "no", "", 0, func(ctx context.Context, l *lab) (string, error) {
			r, err := l.get(ctx, "/opportunities", "limit", "1", "expand", "contact", "expand", "owner")
			if err == nil && r.status != http.StatusOK {
				return "refused with " + r.said(), nil
			}
			return "no", err
		}},
		{"interview-expand", "Does expand=user turn the user of an interview into an object?", "yes", "", 0, interviewExpand},
		{"posting-id", "Does posting_id return who applied and was archived?", "no", "PostingIDIncludesArchived", 0, postingID},
		{"deleted-window", "Do /postings/deleted and /applications/deleted answer without a window?", "yes", "DeletedWindowRequired", 0, func(ctx context.Context, l *lab) (string, error) {
			for _, path := range []string{"/postings/deleted", "/applications/deleted"} {
				if r, err := l.get(ctx, path); err != nil || r.status != http.StatusOK {
					return "refused with " + r.said(), err
				}
			}
			return "yes", nil
		}},
		{"deleted-items", "What does an entry of /opportunities/deleted hold?", "the opportunity", "DeletedItemsIDOnly", 0, func(ctx context.Context, l *lab) (string, error) {
			item, err := l.deleted(ctx)
			if err != nil {
				return "", err
			}
			if item["name"] == nil && item["contact"] == nil && item["stage"] == nil {
				return "little more than its id", nil
			}
			return "the opportunity", nil
		}},
		{"deleted-single", "What is a deleted opportunity, asked for on its own?", "404", "", 0, func(ctx context.Context, l *lab) (string, error) {
			item, err := l.deleted(ctx)
			if err != nil {
				return "", err
			}
			id, _ := item["id"].(string)
			r, err := l.get(ctx, "/opportunities/"+id)
			return r.said(), err
		}},
	}
}

// pages bounds how far a question looks for an example.
const pages = 20

// find looks for an opportunity, the first pages of a list long.
func (l *lab) find(ctx context.Context, q lever.OpportunityQuery, good func(lever.Opportunity) bool) (lever.Opportunity, error) {
	offset := ""
	for range pages {
		page, err := l.client.Opportunities(ctx, q, offset)
		if err != nil {
			return lever.Opportunity{}, err
		}
		for _, o := range page.Items {
			if good(o) {
				return o, nil
			}
		}
		if offset = page.Next; offset == "" {
			break
		}
	}
	return lever.Opportunity{}, unasked("the account has no example of it")
}

// filters asks for the archived opportunities of somebody who has an active one.
func filters(ctx context.Context, l *lab) (string, error) {
	active := false
	o, err := l.find(ctx, lever.OpportunityQuery{Archived: &active}, func(o lever.Opportunity) bool { return o.Contact != nil })
	if err != nil {
		return "", err
	}
	r, err := l.get(ctx, "/opportunities", "archived", "true", "contact_id", o.Contact.ID)
	if err != nil {
		return "", err
	}
	if r.status != http.StatusOK {
		return "refused with " + r.said(), nil
	}
	for _, row := range r.rows() {
		if row["archived"] == nil {
			return "one is enough", nil
		}
	}
	return "both", nil
}

func interviewExpand(ctx context.Context, l *lab) (string, error) {
	active := false
	var found map[string]any
	var broke error
	looked := 0
	_, err := l.find(ctx, lever.OpportunityQuery{Archived: &active}, func(o lever.Opportunity) bool {
		if looked++; looked > 50 || broke != nil {
			return true
		}
		r, err := l.get(ctx, "/opportunities/"+o.ID+"/interviews", "expand", "user")
		if broke = err; err != nil {
			return true
		}
		for _, row := range r.rows() {
			if row["user"] != nil {
				found = row
			}
		}
		return found != nil
	})
	switch {
	case broke != nil:
		return "", broke
	case err != nil:
		return "", err
	case found == nil:
		return "", unasked("no interview among the first candidates")
	}
	if _, object := found["user"].(map[string]any); object {
		return "yes", nil
	}
	return "no", nil
}

// postingID looks whether the list of a posting holds somebody whose application is archived.
func postingID(ctx context.Context, l *lab) (string, error) {
	archived := true
	o, err := l.find(ctx, lever.OpportunityQuery{Archived: &archived, Expand: []string{"applications"}}, func(o lever.Opportunity) bool {
		return len(o.Applications) > 0 && o.Applications[0].Application != nil &&
			o.Applications[0].Application.Archived != nil && o.Applications[0].Application.Posting != nil
	})
	if err != nil {
		return "", err
	}
	offset := []string{}
	for range pages {
		r, err := l.get(ctx, "/opportunities", append([]string{"posting_id", o.Applications[0].Application.Posting.ID, "archived", "true"}, offset...)...)
		if err != nil {
			return "", err
		}
		for _, row := range r.rows() {
			if row["id"] == o.ID {
				return "yes", nil
			}
		}
		next, _ := r.body["next"].(string)
		if next == "" {
			return "no", nil
		}
		offset = []string{"offset", next}
	}
	return "", unasked("the list of the posting is too long")
}

// deleted gives one entry of /opportunities/deleted; if there is none, a person deletes somebody.
func (l *lab) deleted(ctx context.Context) (map[string]any, error) {
	for try := 0; ; try++ {
		since := l.now().Add(-30 * 24 * time.Hour).UnixMilli()
		r, err := l.get(ctx, "/opportunities/deleted", "limit", "1", "deleted_at_start", strconv.FormatInt(since, 10))
		if err != nil {
			return nil, err
		}
		if rows := r.rows(); len(rows) > 0 {
			return rows[0], nil
		}
		if l.person == nil || try == 3 {
			return nil, unasked("nothing was deleted in the last 30 days; delete a candidate in Lever and ask again")
		}
		if try == 0 {
			err = l.hand(ctx, deleteOne)
		} else {
			err = l.wait(ctx, 5*time.Second)
		}
		if err != nil {
			return nil, err
		}
	}
}

package delta

import (
	"context"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/slice"
)

// list is one of the lists that a delta reads, and its first page if that was asked for early.
type list[T any] struct {
	get     func(ctx context.Context, offset string) (lever.Page[T], error)
	first   lever.Page[T]
	err     error
	fetched time.Time
	early   bool
}

// ask reads the first page now; its fetch counts as begun at the given time.
func (l *list[T]) ask(ctx context.Context, fetched time.Time) {
	l.first, l.err = l.get(ctx, "")
	l.fetched, l.early = fetched, true
}

// page gives the page at offset, and when its fetch began.
func (l *list[T]) page(ctx context.Context, offset string, now func() time.Time) (lever.Page[T], time.Time, error) {
	if offset == "" && l.early {
		l.early = false
		return l.first, l.fetched, l.err
	}
	fetched := now()
	page, err := l.get(ctx, offset)
	return page, fetched, err
}

// lists are those that a delta reads.
type lists struct {
	opportunities                                              list[lever.Opportunity]
	postings                                                   list[lever.Posting]
	users                                                      list[lever.User]
	deletedOpportunities, deletedApplications, deletedPostings list[lever.Deleted]
}

// listsOf are the lists of one account with what changed in the window.
func listsOf(a *connection.Access, p slice.Point) *lists {
	from, to := time.UnixMilli(p.From), time.UnixMilli(p.To)
	l := &lists{}
	l.opportunities.get = func(ctx context.Context, offset string) (lever.Page[lever.Opportunity], error) {
		return a.Lever.Opportunities(ctx, lever.OpportunityQuery{
			UpdatedStart: from, UpdatedEnd: to, IncludeConfidential: a.Connection.Confidential, Expand: []string{"applications"},
		}, offset)
	}
	l.postings.get = func(ctx context.Context, offset string) (lever.Page[lever.Posting], error) {
		return a.Lever.Postings(ctx, lever.PostingQuery{
			UpdatedStart: from, UpdatedEnd: to, IncludeConfidential: a.Connection.Confidential,
		}, offset)
	}
	l.users.get = func(ctx context.Context, offset string) (lever.Page[lever.User], error) {
		return a.Lever.Users(ctx, true, offset)
	}
	deleted := func(get func(context.Context, time.Time, time.Time, string) (lever.Page[lever.Deleted], error)) list[lever.Deleted] {
		return list[lever.Deleted]{get: func(ctx context.Context, offset string) (lever.Page[lever.Deleted], error) {
			return get(ctx, from, to, offset)
		}}
	}
	l.deletedOpportunities = deleted(a.Lever.DeletedOpportunities)
	l.deletedApplications = deleted(a.Lever.DeletedApplications)
	l.deletedPostings = deleted(a.Lever.DeletedPostings)
	return l
}

// tick lies between the start of the lists of the living and that of the lists of the deleted, so that whoever stands on
// both is deleted: fetch times are kept in microseconds.
const tick = 2 * time.Microsecond

// askEarly asks for the first pages of all lists at once: a look at an account where nothing happened then takes one way to
// Lever and back and not six. While others use up the limit, a list is asked for when its turn comes, so that no answer is
// thrown away because another list had to wait.
func (r *run) askEarly(ctx context.Context, users bool) error {
	calls := 5
	if users {
		calls++
	}
	if ok, err := r.access.Together(ctx, calls); err != nil || !ok {
		return err
	}
	var all sync.WaitGroup
	l, fetched := r.lists, r.Now()
	all.Go(func() { l.opportunities.ask(ctx, fetched) })
	all.Go(func() { l.postings.ask(ctx, fetched) })
	if users {
		all.Go(func() { l.users.ask(ctx, fetched) })
	}
	time.Sleep(tick)
	later := r.Now()
	all.Go(func() { l.deletedOpportunities.ask(ctx, later) })
	all.Go(func() { l.deletedApplications.ask(ctx, later) })
	all.Go(func() { l.deletedPostings.ask(ctx, later) })
	all.Wait()
	r.early = true
	return nil
}

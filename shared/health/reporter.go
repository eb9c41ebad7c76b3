package health

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

// How much of each list a report shows.
const (
	recentDecisions  = 10
	stuckDecisions   = 20 // besides
	recentActivities = 50
)

type connections interface {
	Tenant(ctx context.Context, tenant string) (connection.Tenant, bool, error)
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
	Hooks(ctx context.Context, connection string) ([]connection.Hook, error)
	Progress(ctx context.Context, connection string) (connection.Progress, error)
	Activities(ctx context.Context, connection string, n int) ([]connection.Activity, error)
}

type records interface {
	Counts(ctx context.Context, connection string) (map[mirror.Kind]mirror.Count, error)
	Get(ctx context.Context, connection string, kind mirror.Kind, id string) (mirror.Record, bool, error)
}

type decisions interface {
	Tally(ctx context.Context, tenant string) (decision.Tally, error)
	Recent(ctx context.Context, tenant string, n int) ([]decision.Decision, error)
	Stuck(ctx context.Context, tenant string, n int) ([]decision.Decision, error)
}

type todo interface {
	Of(ctx context.Context, connection string) ([]work.Item, error)
}

// Reporter gathers reports. It is safe for concurrent use; an error of any source ends the report.
type Reporter struct {
	Connections connections
	Records     records
	Decisions   decisions
	Work        todo
	Rate        rate
	Now         func() time.Time

	counts tally
}

// rate knows whether Lever's limit is used up by others.
type rate interface {
	Pressed(ctx context.Context, connection string) (since time.Time, err error)
}

// Report reads everything that is known about the tenant's connection. An unknown tenant gets a report that says "not
// connected", because a tenant is unknown here until its first portal session.
func (r *Reporter) Report(ctx context.Context, tenant string) (Report, error) {
	t, _, err := r.Connections.Tenant(ctx, tenant)
	if err != nil {
		return Report{}, fmt.Errorf("read tenant %q: %w", tenant, err)
	}
	current, _, err := r.Connections.Current(ctx, tenant)
	if err != nil {
		return Report{}, fmt.Errorf("read connection of %q: %w", tenant, err)
	}
	f := Facts{Now: r.Now(), Tenant: t, Connection: current}
	if err := r.decided(ctx, tenant, &f); err != nil {
		return Report{}, err
	}
	if current.ID() != "" {
		if err := r.gather(ctx, &f); err != nil {
			return Report{}, fmt.Errorf("report on connection %q: %w", current.ID(), err)
		}
	}
	return f.Report(), nil
}

func (r *Reporter) decided(ctx context.Context, tenant string, f *Facts) (err error) {
	if f.Decisions.Tally, err = r.Decisions.Tally(ctx, tenant); err != nil {
		return fmt.Errorf("count decisions of %q: %w", tenant, err)
	}
	recent, err := r.Decisions.Recent(ctx, tenant, recentDecisions)
	if err != nil {
		return fmt.Errorf("list decisions of %q: %w", tenant, err)
	}
	if f.Decisions.Attention > 0 {
		stuck, err := r.Decisions.Stuck(ctx, tenant, recentDecisions+stuckDecisions)
		if err != nil {
			return fmt.Errorf("list stuck decisions of %q: %w", tenant, err)
		}
		recent = withOlder(recent, stuck)
	}
	f.Decisions.Recent = []Decision{}
	for _, d := range recent {
		shown := Decision{ID: d.ID(), State: d.State, Cause: d.Cause, Dismissed: d.Dismissed, At: d.RecentAt}
		if d.Content != nil {
			shown.Outcome, shown.Link = d.Content.Outcome, d.Content.Link
		}
		f.Decisions.Recent = append(f.Decisions.Recent, shown)
	}
	return nil
}

// withOlder appends to the decisions that changed last the stuck ones that are not among them, newest first.
func withOlder(recent, stuck []decision.Decision) []decision.Decision {
	older := slices.DeleteFunc(stuck, func(d decision.Decision) bool {
		return slices.ContainsFunc(recent, func(shown decision.Decision) bool { return shown.ID() == d.ID() })
	})
	slices.SortFunc(older, func(a, b decision.Decision) int { return cmp.Compare(b.RecentAt, a.RecentAt) })
	return append(recent, older[:min(len(older), stuckDecisions)]...)
}

func (r *Reporter) gather(ctx context.Context, f *Facts) (err error) {
	id := f.Connection.ID()
	if f.Hooks, err = r.Connections.Hooks(ctx, id); err != nil {
		return err
	}
	if f.Progress, err = r.Connections.Progress(ctx, id); err != nil {
		return err
	}
	if f.Activity, err = r.Connections.Activities(ctx, id, recentActivities); err != nil {
		return err
	}
	if f.Work, err = r.Work.Of(ctx, id); err != nil {
		return err
	}
	if f.Pressed, err = r.Rate.Pressed(ctx, id); err != nil {
		return err
	}
	if f.Authoriser, err = r.authoriser(ctx, f.Connection); err != nil {
		return err
	}
	counted, err := r.counts.of(ctx, r, id)
	f.Counts, f.CountedAt = counted.counts, counted.at
	return err
}

// authoriser reads the Lever user behind the grant from the mirror, where it may not be yet.
func (r *Reporter) authoriser(ctx context.Context, c connection.Connection) (*mirror.UserDoc, error) {
	if c.LeverUser == "" {
		return nil, nil //nolint:nilnil // nobody to name is no error
	}
	record, found, err := r.Records.Get(ctx, c.ID(), mirror.User, c.LeverUser)
	if err != nil || !found || record.Doc == "" {
		return nil, err
	}
	var doc mirror.UserDoc
	if err := json.Unmarshal([]byte(record.Doc), &doc); err != nil {
		return nil, fmt.Errorf("decode user document: %w", err)
	}
	return &doc, nil
}

package delta

import (
	"context"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/slice"
)

func (r *run) deletedOpportunities(ctx context.Context, _ *slice.Point, offset string) (string, error) {
	page, fetched, err := r.lists.deletedOpportunities.page(ctx, offset, r.Now)
	if err != nil {
		return "", err
	}
	for _, d := range page.Items {
		result, err := r.Converger.Remove(ctx, r.access, mirror.Candidate, d.ID, fetched)
		if err != nil {
			return "", err
		}
		if result.Outcome == mirror.Gone {
			if err := r.missed(ctx, silence.Deleted(d.DeletedAt.Time())); err != nil {
				return "", err
			}
		}
	}
	return page.Next, nil
}

func (r *run) deletedApplications(ctx context.Context, _ *slice.Point, offset string) (string, error) {
	page, _, err := r.lists.deletedApplications.page(ctx, offset, r.Now)
	if err != nil {
		return "", err
	}
	for _, d := range page.Items {
		if d.OpportunityID != nil && *d.OpportunityID != "" {
			if err := r.ask(ctx, "opportunity/"+*d.OpportunityID); err != nil {
				return "", err
			}
		}
	}
	return page.Next, nil
}

func (r *run) deletedPostings(ctx context.Context, _ *slice.Point, offset string) (string, error) {
	page, fetched, err := r.lists.deletedPostings.page(ctx, offset, r.Now)
	if err != nil {
		return "", err
	}
	for _, d := range page.Items {
		if _, err := r.Converger.Remove(ctx, r.access, mirror.Job, d.ID, fetched); err != nil {
			return "", err
		}
	}
	return page.Next, nil
}

package lever

import (
	"context"
	"net/http"
	"time"
)

// Application is how a person came to an opportunity (lever/api.md section 3.2). Only ID is
// certain. What this integration has no use for, such as answers to questions and addresses of
// devices, is not decoded.
type Application struct {
	ID string `json:"id"`
	// Type is posting, referral or user.
	Type          *string `json:"type"`
	OpportunityID *string `json:"opportunityId"`
	// Posting is the job applied to; null for some referrals.
	Posting              *Ref                `json:"posting"`
	PostingHiringManager *Ref                `json:"postingHiringManager"`
	PostingOwner         *Ref                `json:"postingOwner"`
	Name                 *string             `json:"name"`
	Email                *string             `json:"email"`
	Company              *string             `json:"company"`
	Phone                *Phone              `json:"phone"`
	Links                []string            `json:"links"`
	User                 *Ref                `json:"user"`
	CreatedAt            *Millis             `json:"createdAt"`
	Archived             *Archived           `json:"archived"`
	RequisitionForHire   *RequisitionForHire `json:"requisitionForHire"`
}

func (a *Application) key() string { return a.ID }

// RequisitionForHire is the requisition a person was hired for.
type RequisitionForHire struct {
	ID                  *string `json:"id"`
	RequisitionCode     *string `json:"requisitionCode"`
	HiringManagerOnHire *Ref    `json:"hiringManagerOnHire"`
}

// Application gets one application of an opportunity. Lists come cheaper by asking for the
// opportunity with "applications" expanded.
func (c *Client) Application(ctx context.Context, opportunity, id string) (Single[Application], error) {
	return one[Application](ctx, c, &call{
		method: http.MethodGet, path: "/opportunities/{opportunity}/applications/{application}",
		ids: []string{opportunity, id},
	})
}

// DeletedApplications gets one page of the applications deleted in a window of at most
// MaxDeletedWindow, both ends included and both required.
func (c *Client) DeletedApplications(ctx context.Context, from, to time.Time, offset string) (Page[Deleted], error) {
	return c.deletedWithin(ctx, "/applications/deleted", from, to, offset)
}

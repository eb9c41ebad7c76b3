package lever

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Interview is a planned, held or cancelled conversation (lever/api.md section 3.3). Only ID is
// certain. There is no time of change: compare contents.
type Interview struct {
	ID string `json:"id"`
	// OpportunityID is filled by this client where Lever leaves it out, as it does in lists.
	OpportunityID string        `json:"opportunityId"`
	Panel         *Ref          `json:"panel"`
	Subject       *string       `json:"subject"`
	Note          *string       `json:"note"`
	Interviewers  []Interviewer `json:"interviewers"`
	// Timezone is an IANA name, for display only.
	Timezone  *string `json:"timezone"`
	CreatedAt *Millis `json:"createdAt"`
	// Date is the start.
	Date *Millis `json:"date"`
	// Duration is in minutes.
	Duration *Number `json:"duration"`
	Location *string `json:"location"`
	// FeedbackTemplate may be the literal "no-feedback".
	FeedbackTemplate *Ref  `json:"feedbackTemplate"`
	FeedbackForms    []Ref `json:"feedbackForms"`
	// FeedbackReminder is once, daily, frequently or none.
	FeedbackReminder *string `json:"feedbackReminder"`
	User             *Ref    `json:"user"`
	Stage            *Ref    `json:"stage"`
	// CanceledAt is set when the interview was called off; it then stays in the list.
	CanceledAt   *Millis `json:"canceledAt"`
	Postings     []Ref   `json:"postings"`
	GcalEventURL *string `json:"gcalEventUrl"`
}

func (i *Interview) key() string { return i.ID }

// Start is when the interview begins; zero when Lever does not say.
func (i *Interview) Start() time.Time { return i.Date.Time() }

// Interviewer is somebody who takes part for the company.
type Interviewer struct {
	ID               *string `json:"id"`
	Name             *string `json:"name"`
	Email            *string `json:"email"`
	FeedbackTemplate *Ref    `json:"feedbackTemplate"`
}

// Interviews gets one page of the interviews of an opportunity. There is no list across
// opportunities.
func (c *Client) Interviews(ctx context.Context, opportunity, offset string) (Page[Interview], error) {
	page, err := list[Interview](ctx, c, &call{
		method: http.MethodGet, path: "/opportunities/{opportunity}/interviews",
		ids: []string{opportunity}, query: url.Values{"limit": {pageSize(0)}},
	}, offset)
	for i := range page.Items {
		if page.Items[i].OpportunityID == "" {
			page.Items[i].OpportunityID = opportunity
		}
	}
	return page, err
}

// Interview gets one interview of an opportunity.
func (c *Client) Interview(ctx context.Context, opportunity, id string) (Single[Interview], error) {
	single, err := one[Interview](ctx, c, &call{
		method: http.MethodGet, path: "/opportunities/{opportunity}/interviews/{interview}",
		ids: []string{opportunity, id},
	})
	if err == nil && single.Item.OpportunityID == "" {
		single.Item.OpportunityID = opportunity
	}
	return single, err
}

package lever

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Posting is a job (lever/api.md section 3.8). Only ID is certain.
type Posting struct {
	ID   string  `json:"id"`
	Text *string `json:"text"`
	// State is published, internal, closed, draft, pending or rejected.
	State                *string     `json:"state"`
	DistributionChannels []string    `json:"distributionChannels"`
	User                 *Ref        `json:"user"`
	Owner                *Ref        `json:"owner"`
	HiringManager        *Ref        `json:"hiringManager"`
	Categories           *Categories `json:"categories"`
	Tags                 []string    `json:"tags"`
	Content              *Content    `json:"content"`
	Country              *string     `json:"country"`
	Followers            []Ref       `json:"followers"`
	ReqCode              *string     `json:"reqCode"`
	RequisitionCodes     []string    `json:"requisitionCodes"`
	URLs                 *URLs       `json:"urls"`
	Confidentiality      *string     `json:"confidentiality"`
	CreatedAt            *Millis     `json:"createdAt"`
	UpdatedAt            *Millis     `json:"updatedAt"`
	// WorkplaceType is unspecified, onsite (also spelt on-site), remote or hybrid.
	WorkplaceType *string `json:"workplaceType"`
}

func (p *Posting) key() string { return p.ID }

// IsConfidential reports whether only those with the grant for confidential data may see it.
func (p *Posting) IsConfidential() bool {
	return p.Confidentiality != nil && *p.Confidentiality == "confidential"
}

// Categories sort a posting.
type Categories struct {
	Commitment   *string  `json:"commitment"`
	Department   *string  `json:"department"`
	Level        *string  `json:"level"`
	Location     *string  `json:"location"`
	Team         *string  `json:"team"`
	AllLocations []string `json:"allLocations"`
}

// Content is the text of a posting.
type Content struct {
	Description     *string       `json:"description"`
	DescriptionHTML *string       `json:"descriptionHtml"`
	Lists           []ContentList `json:"lists"`
	Closing         *string       `json:"closing"`
	ClosingHTML     *string       `json:"closingHtml"`
}

// ContentList is a titled list in the text of a posting; Content is HTML.
type ContentList struct {
	Text    *string `json:"text"`
	Content *string `json:"content"`
}

// PostingQuery chooses postings in all states. No filter on the state is ever sent, because
// Lever then leaves out those that are not on the public board.
type PostingQuery struct {
	// UpdatedStart and UpdatedEnd are inclusive and in whole milliseconds; zero means open.
	UpdatedStart, UpdatedEnd time.Time
	// IncludeConfidential adds confidential ones; without the grant Lever refuses the request.
	IncludeConfidential bool
}

// Postings gets one page of the postings a query chooses.
func (c *Client) Postings(ctx context.Context, q PostingQuery, offset string) (Page[Posting], error) {
	query := url.Values{"limit": {pageSize(0)}}
	setMillis(query, "updated_at_start", q.UpdatedStart)
	setMillis(query, "updated_at_end", q.UpdatedEnd)
	if q.IncludeConfidential {
		query.Set("confidentiality", "all")
	}
	return list[Posting](ctx, c, &call{method: http.MethodGet, path: "/postings", query: query}, offset)
}

// Posting gets one posting.
func (c *Client) Posting(ctx context.Context, id string) (Single[Posting], error) {
	return one[Posting](ctx, c, &call{method: http.MethodGet, path: "/postings/{posting}", ids: []string{id}})
}

// DeletedPostings gets one page of the postings deleted in a window of at most MaxDeletedWindow,
// both ends included and both required.
func (c *Client) DeletedPostings(ctx context.Context, from, to time.Time, offset string) (Page[Deleted], error) {
	return c.deletedWithin(ctx, "/postings/deleted", from, to, offset)
}

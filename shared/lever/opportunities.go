package lever

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Opportunity is a person's candidacy (lever/api.md section 3.1). Only ID is certain; everything
// else may be null.
type Opportunity struct {
	ID string `json:"id"`
	// Contact is the person, who may have several opportunities; merging can change it.
	Contact *Ref    `json:"contact"`
	Name    *string `json:"name"`
	// Headline is mostly the employers and schools.
	Headline *string `json:"headline"`
	// Stage may be a slug such as "applicant-new" instead of a UUID.
	Stage           *Ref          `json:"stage"`
	Confidentiality *string       `json:"confidentiality"`
	Location        *string       `json:"location"`
	Phones          []Phone       `json:"phones"`
	Emails          []string      `json:"emails"`
	Links           []string      `json:"links"`
	Archived        *Archived     `json:"archived"`
	Tags            []string      `json:"tags"`
	Sources         []string      `json:"sources"`
	StageChanges    []StageChange `json:"stageChanges"`
	// Origin is agency, applied, internal, referred, sourced or university.
	Origin    *string `json:"origin"`
	SourcedBy *Ref    `json:"sourcedBy"`
	Owner     *Ref    `json:"owner"`
	Followers []Ref   `json:"followers"`
	// Applications has none or one; sourced leads have none.
	Applications []ApplicationRef `json:"applications"`
	CreatedAt    *Millis          `json:"createdAt"`
	// UpdatedAt is null on many old records.
	UpdatedAt         *Millis         `json:"updatedAt"`
	LastInteractionAt *Millis         `json:"lastInteractionAt"`
	LastAdvancedAt    *Millis         `json:"lastAdvancedAt"`
	SnoozedUntil      *Millis         `json:"snoozedUntil"`
	URLs              *URLs           `json:"urls"`
	IsAnonymized      *bool           `json:"isAnonymized"`
	DataProtection    *DataProtection `json:"dataProtection"`
	// Posted is where the job of the application is; absent without an application.
	Posted *string `json:"opportunityLocation"`
}

func (o *Opportunity) key() string { return o.ID }

// IsConfidential reports whether only those with the grant for confidential data may see it.
func (o *Opportunity) IsConfidential() bool {
	return o.Confidentiality != nil && *o.Confidentiality == "confidential"
}

// Phone is a phone number; the type may be absent.
type Phone struct {
	Type  *string `json:"type"`
	Value *string `json:"value"`
}

// Archived says why and when something was archived; the reason is the id of an ArchiveReason.
type Archived struct {
	Reason     *Ref    `json:"reason"`
	ArchivedAt *Millis `json:"archivedAt"`
}

// StageChange is one step through the pipeline.
type StageChange struct {
	ToStageID    *string `json:"toStageId"`
	ToStageIndex *Number `json:"toStageIndex"`
	UpdatedAt    *Millis `json:"updatedAt"`
	UserID       *string `json:"userId"`
}

// URLs are the pages of an object in Lever's web application, or on the job board.
type URLs struct {
	List  *string `json:"list"`
	Show  *string `json:"show"`
	Apply *string `json:"apply"`
}

// DataProtection is what the person allowed.
type DataProtection struct {
	Store   *Permission `json:"store"`
	Contact *Permission `json:"contact"`
}

// Permission is one thing a person did or did not allow.
type Permission struct {
	Allowed   *bool   `json:"allowed"`
	ExpiresAt *Millis `json:"expiresAt"`
}

// ApplicationRef is an application, which comes as an id or, when expanded, as the object.
type ApplicationRef struct {
	// ID is the application's id.
	ID string
	// Application is the object; nil when only the id came.
	Application *Application
}

// UnmarshalJSON implements json.Unmarshaler for both forms.
func (a *ApplicationRef) UnmarshalJSON(data []byte) error {
	if isObject(data) {
		var full Application
		if err := json.Unmarshal(data, &full); err != nil {
			return err
		}
		*a = ApplicationRef{ID: full.ID, Application: &full}
		return nil
	}
	var id text
	err := id.UnmarshalJSON(data)
	*a = ApplicationRef{ID: string(id)}
	return mismatch(err, data, a)
}

// OpportunityQuery chooses opportunities. The zero value lists all that are not confidential,
// archived ones included.
type OpportunityQuery struct {
	// Archived chooses archived or active ones; nil means both.
	Archived *bool
	// UpdatedStart and UpdatedEnd are inclusive and in whole milliseconds; zero means open. They
	// miss what has never been touched since Lever keeps the field.
	UpdatedStart, UpdatedEnd time.Time
	// IncludeConfidential adds confidential ones; without the grant Lever refuses the request.
	IncludeConfidential bool
	// Expand names ids that shall come as objects: applications, stage, owner, contact and others.
	Expand []string
	// Limit is the page size from 1 to 100; 0 means 100.
	Limit int
}

// values gives the parameters.
func (q *OpportunityQuery) values() url.Values {
	query := url.Values{"limit": {pageSize(q.Limit)}}
	if q.Archived != nil {
		query.Set("archived", strconv.FormatBool(*q.Archived))
	}
	setMillis(query, "updated_at_start", q.UpdatedStart)
	setMillis(query, "updated_at_end", q.UpdatedEnd)
	if q.IncludeConfidential {
		query.Set("confidentiality", "all")
	}
	if len(q.Expand) > 0 {
		query["expand"] = q.Expand
	}
	return query
}

// Opportunities gets one page of the opportunities a query chooses.
func (c *Client) Opportunities(ctx context.Context, q OpportunityQuery, offset string) (Page[Opportunity], error) {
	k := &call{method: http.MethodGet, path: "/opportunities", query: q.values()}
	if q.Limit < 0 || q.Limit > PageSize {
		return Page[Opportunity]{}, k.refuse("bad-limit")
	}
	return list[Opportunity](ctx, c, k, offset)
}

// Opportunity gets one opportunity, also an archived one. A deleted one is fault.NotFound.
func (c *Client) Opportunity(ctx context.Context, id string, expand ...string) (Single[Opportunity], error) {
	k := &call{method: http.MethodGet, path: "/opportunities/{opportunity}", ids: []string{id}, query: url.Values{}}
	if len(expand) > 0 {
		k.query["expand"] = expand
	}
	return one[Opportunity](ctx, c, k)
}

// DeletedOpportunities gets one page of the opportunities deleted in a window, both ends
// included; a zero time leaves that end open.
func (c *Client) DeletedOpportunities(ctx context.Context, from, to time.Time, offset string) (Page[Deleted], error) {
	return c.deleted(ctx, "/opportunities/deleted", from, to, offset)
}

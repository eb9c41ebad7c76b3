package lever

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// MaxDeletedWindow is the longest window that Lever answers for deleted applications and
// postings (lever/api.md section 3.1).
const MaxDeletedWindow = 30 * 24 * time.Hour

// Deleted is something that was deleted. Only ID is certain.
type Deleted struct {
	ID        string  `json:"id"`
	DeletedAt *Millis `json:"deletedAt"`
	// OpportunityID is set for deleted applications.
	OpportunityID *string `json:"opportunityId"`
	// PostingID is set for deleted applications that had a posting.
	PostingID *string `json:"postingId"`
}

func (d *Deleted) key() string { return d.ID }

// UnmarshalJSON implements json.Unmarshaler. The shape of deleted opportunities is not
// documented, so that everything but the id may be missing or of another type.
func (d *Deleted) UnmarshalJSON(data []byte) error {
	var known struct {
		ID        text            `json:"id"`
		DeletedAt json.RawMessage `json:"deletedAt"`
		Parent    any             `json:"opportunityId"`
		Posting   any             `json:"postingId"`
	}
	if err := json.Unmarshal(data, &known); err != nil {
		return err
	}
	*d = Deleted{ID: string(known.ID), OpportunityID: optional(known.Parent), PostingID: optional(known.Posting)}
	var at Millis
	if json.Unmarshal(known.DeletedAt, &at) == nil && at != 0 {
		d.DeletedAt = &at
	}
	return nil
}

// optional gives a text if the value is one.
func optional(value any) *string {
	if s, ok := value.(string); ok {
		return &s
	}
	return nil
}

// deleted gets one page of a list of deleted objects.
func (c *Client) deleted(ctx context.Context, path string, from, to time.Time, offset string) (Page[Deleted], error) {
	k := &call{method: http.MethodGet, path: path, query: url.Values{"limit": {pageSize(0)}}}
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		return Page[Deleted]{}, k.refuse("bad-window")
	}
	setMillis(k.query, "deleted_at_start", from)
	setMillis(k.query, "deleted_at_end", to)
	return list[Deleted](ctx, c, k, offset)
}

// deletedWithin is deleted for the lists that want both ends and a window of at most
// MaxDeletedWindow.
func (c *Client) deletedWithin(ctx context.Context, path string, from, to time.Time, offset string) (Page[Deleted], error) {
	if from.IsZero() || to.IsZero() || to.Sub(from) > MaxDeletedWindow {
		k := &call{method: http.MethodGet, path: path}
		return Page[Deleted]{}, k.refuse("bad-window")
	}
	return c.deleted(ctx, path, from, to, offset)
}

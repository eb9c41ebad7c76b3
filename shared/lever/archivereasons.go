package lever

import (
	"context"
	"net/http"
	"net/url"
)

// ArchiveReason is why somebody is no longer active (lever/api.md section 3.10).
type ArchiveReason struct {
	ID   string  `json:"id"`
	Text *string `json:"text"`
	// Status is active or inactive.
	Status *string `json:"status"`
	// Type is hired or non-hired.
	Type *string `json:"type"`
}

func (r *ArchiveReason) key() string { return r.ID }

// IsHired reports whether the reason means that the person was hired.
func (r *ArchiveReason) IsHired() bool { return r.Type != nil && *r.Type == "hired" }

// ArchiveReasons gets one page of the archive reasons, those for hiring included.
func (c *Client) ArchiveReasons(ctx context.Context, offset string) (Page[ArchiveReason], error) {
	return list[ArchiveReason](ctx, c, &call{
		method: http.MethodGet, path: "/archive_reasons", query: url.Values{"limit": {pageSize(0)}},
	}, offset)
}

package lever

import (
	"context"
	"net/http"
	"net/url"
)

// Stage is a step of the customer's pipeline (lever/api.md section 3.10). The id may be a slug.
type Stage struct {
	ID   string  `json:"id"`
	Text *string `json:"text"`
}

func (s *Stage) key() string { return s.ID }

// Stages gets one page of the stages, in the order of the pipeline.
func (c *Client) Stages(ctx context.Context, offset string) (Page[Stage], error) {
	return list[Stage](ctx, c, &call{
		method: http.MethodGet, path: "/stages", query: url.Values{"limit": {pageSize(0)}},
	}, offset)
}

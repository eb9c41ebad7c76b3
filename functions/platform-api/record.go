package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// recordView is a mirrored record as the platform sees it. Data is absent from tombstones and from inactive records
// past their retention time.
type recordView struct {
	ID           string          `json:"id"`
	Kind         mirror.Kind     `json:"kind"`
	Version      int64           `json:"version"`
	State        mirror.State    `json:"state"`
	Reason       string          `json:"reason,omitempty"`
	ChangedAt    int64           `json:"changedAt,omitempty"`
	Confidential bool            `json:"confidential,omitempty"`
	Candidate    string          `json:"candidateId,omitempty"` // of an interview
	Data         json.RawMessage `json:"data,omitempty"`
}

// page is a page of records. Next is absent at the end.
type page struct {
	Data []recordView `json:"data"`
	Next string       `json:"next,omitempty"`
}

func view(r mirror.Record) recordView {
	v := recordView{
		ID: r.ID, Kind: r.Kind, Version: r.Version, State: r.State, Reason: r.Reason, ChangedAt: r.ChangedAt,
		Confidential: r.Confidential, Candidate: r.Parent,
	}
	if r.Doc != "" {
		v.Data = json.RawMessage(r.Doc)
	}
	return v
}

func views(records []mirror.Record) []recordView {
	all := make([]recordView, 0, len(records))
	for _, r := range records {
		all = append(all, view(r))
	}
	return all
}

// readable returns the connection whose mirror a tenant reads. The mirror stays readable while it is first filled and
// after access was revoked in Lever; it is gone from the moment somebody disconnects.
func (h *handler) readable(ctx context.Context, tenant string) (string, error) {
	c, found, err := h.connections.Current(ctx, tenant)
	if err != nil {
		return "", fmt.Errorf("read connection of %q: %w", tenant, err)
	}
	switch {
	case found && (c.State == connection.Connected || c.State == connection.Revoked):
		return c.ID(), nil
	}
	return "", fault.New(fault.Conflict, "not-connected", "This organisation is not connected to Lever. An admin can connect it under Integrations, Lever.")
}

// record answers GET .../{kind}s/{id}. A record that is gone at Lever is answered as a tombstone, so that whoever saw
// its event learns the state; 404 means that it was never seen.
func (h *handler) record(ctx context.Context, c call, kind mirror.Kind) (reply, error) {
	id, err := h.readable(ctx, c.tenant)
	if err != nil {
		return reply{}, err
	}
	r, found, err := h.mirror.Get(ctx, id, kind, c.id)
	if err != nil {
		return reply{}, fmt.Errorf("get %s %q: %w", kind, c.id, err)
	}
	if !found {
		return reply{}, fault.New(fault.NotFound, "not-found", "There is no such "+string(kind)+", and there was none in the last 30 days.")
	}
	return reply{status: http.StatusOK, body: view(r), tagged: true}, nil
}

// list answers GET .../{kind}s.
func (h *handler) list(ctx context.Context, c call, kind mirror.Kind) (reply, error) {
	o, err := options(c)
	if err != nil {
		return reply{}, err
	}
	id, err := h.readable(ctx, c.tenant)
	if err != nil {
		return reply{}, err
	}
	about := fmt.Sprintf("%s %s %t %s", kind, o.State, o.All, o.Parent)
	if o.Cursor, err = place(c.query.Get("cursor"), id, about); err != nil {
		return reply{}, err
	}
	records, next, err := fitting(o.Limit, func(limit int) ([]mirror.Record, string, error) {
		o.Limit = limit
		return h.mirror.List(ctx, id, kind, o)
	})
	if err != nil {
		return reply{}, fmt.Errorf("list %ss of %q: %w", kind, c.tenant, err)
	}
	return reply{status: http.StatusOK, body: page{views(records), cursor(next, id, about)}}, nil
}

// changes answers GET .../changes; next is always given.
func (h *handler) changes(ctx context.Context, c call) (reply, error) {
	limit, err := limitOf(c, 100)
	if err != nil {
		return reply{}, err
	}
	id, err := h.readable(ctx, c.tenant)
	if err != nil {
		return reply{}, err
	}
	since, err := place(c.query.Get("since"), id, "changes")
	if err != nil {
		return reply{}, err
	}
	records, next, err := fitting(limit, func(limit int) ([]mirror.Record, string, error) {
		return h.mirror.Changes(ctx, id, since, limit)
	})
	if err != nil {
		return reply{}, fmt.Errorf("read changes of %q: %w", c.tenant, err)
	}
	return reply{status: http.StatusOK, body: page{views(records), cursor(next, id, "changes")}}, nil
}

// longestPage bounds the documents of a page: Lambda answers at most 6 MB, in which our JSON is a JSON string again.
const longestPage = 2 << 20

// fitting reads a page and, when its documents are too long together, a shorter one.
func fitting(limit int, read func(limit int) ([]mirror.Record, string, error)) ([]mirror.Record, string, error) {
	for {
		records, next, err := read(limit)
		size := 0
		for _, r := range records {
			size += len(r.Doc)
		}
		if err != nil || size <= longestPage || limit == 1 {
			return records, next, err
		}
		limit /= 2
	}
}

func options(c call) (mirror.ListOptions, error) {
	limit, err := limitOf(c, 50)
	if err != nil {
		return mirror.ListOptions{}, err
	}
	o := mirror.ListOptions{Limit: limit, State: mirror.Active}
	if c.query.Has("state") {
		switch given := c.query.Get("state"); given {
		case "active", "inactive":
			o.State = mirror.State(given)
		case "all":
			o.State, o.All = "", true
		default:
			return o, refuse(http.StatusBadRequest, "bad-state", "state must be active, inactive or all.")
		}
	}
	if c.query.Has("candidate") {
		if o.Parent = c.query.Get("candidate"); !validID(o.Parent) {
			return o, refuse(http.StatusBadRequest, "bad-id", "candidate must be the id of a candidate.")
		}
	}
	return o, nil
}

func limitOf(c call, usual int) (int, error) {
	if !c.query.Has("limit") {
		return usual, nil
	}
	given := c.query.Get("limit")
	limit, err := strconv.Atoi(given)
	if err != nil || limit < 1 || limit > 200 || strconv.Itoa(limit) != given {
		return 0, refuse(http.StatusBadRequest, "bad-limit", "limit must be a whole number from 1 to 200.")
	}
	return limit, nil
}

package simulation

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/evidenced/lever-integration/shared/table"
)

// refusing is the store, past World.Refuse.
type refusing struct {
	table.DB
	world *World
}

// Write implements table.DB.
func (r refusing) Write(ctx context.Context, changes ...table.Change) error {
	if r.world.Refuse != nil {
		if err := r.world.Refuse(changes); err != nil {
			return err
		}
	}
	return r.DB.Write(ctx, changes...)
}

// tampering is the way to Lever, past World.Tamper.
type tampering struct {
	world *World
	way   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t tampering) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.way.RoundTrip(r)
	if err != nil || t.world.Tamper == nil {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(t.world.Tamper(r.URL.Path, body)))
	response.ContentLength = -1
	return response, nil
}

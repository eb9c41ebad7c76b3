package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
)

// halt stops a schedule and returns what puts it back as it was. Concurrency taken from the function would not stop it: the
// schedule calls the alias, and the emulator looks at the concurrency of the function itself only. The two calls are signed
// by hand, for they are not worth a dependency.
func (c *cloud) halt(ctx context.Context, name string) (resume func(context.Context) error, err error) {
	was := map[string]any{}
	if err := c.schedule(ctx, http.MethodGet, name, nil, &was); err != nil {
		return nil, err
	}
	for _, given := range []string{"Arn", "Name", "CreationDate", "LastModificationDate"} { // by AWS, not by who updates
		delete(was, given)
	}
	still := maps.Clone(was)
	still["State"] = "DISABLED"
	resume = func(ctx context.Context) error { return c.schedule(ctx, http.MethodPut, name, was, &struct{}{}) }
	return resume, c.schedule(ctx, http.MethodPut, name, still, &struct{}{})
}

// schedule reads or updates a schedule: an update replaces it as a whole.
func (c *cloud) schedule(ctx context.Context, method, name string, in, out any) error {
	request, body, err := c.request(ctx, method, "/schedules/"+name, in)
	if err == nil {
		err = c.send(request, body, "scheduler", out)
	}
	if err != nil {
		return fmt.Errorf("%s schedule %s: %w", method, name, err)
	}
	return nil
}

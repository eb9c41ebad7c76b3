package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// tidy removes what this run made: notes and webhooks. Its error says how much of what is left and how to remove it.
func (l *lab) tidy(ctx context.Context) error {
	var faults []error
	left := 0
	for _, id := range l.notes {
		r, err := l.api(ctx, http.MethodDelete, "/opportunities/"+l.candidate+"/notes/"+id, nil, nil)
		if err != nil || r.status != http.StatusNoContent && r.status != http.StatusNotFound {
			left++
		}
	}
	if l.notes = nil; left > 0 {
		faults = append(faults, fmt.Errorf("%d notes could not be removed: on the first active candidate of the posting, delete those that begin %q", left, ours))
	}
	left = 0
	for _, id := range l.hooks {
		r, err := l.api(ctx, http.MethodDelete, "/webhooks/"+id, nil, nil)
		if err != nil || r.status != http.StatusNoContent && r.status != http.StatusNotFound {
			left++
		}
	}
	if l.hooks = nil; left > 0 {
		faults = append(faults, fmt.Errorf("%d webhooks could not be removed: in Lever's Webhooks settings, delete those to LEVER_CONFORMANCE_HOOK_URL", left))
	}
	return errors.Join(faults...)
}

// tidyLeftovers removes what an earlier run that was cut off has left.
func (l *lab) tidyLeftovers(ctx context.Context) error {
	if l.set.posting != "" {
		rows, err := l.listed(ctx)
		if none := unasked(""); err != nil && !errors.As(err, &none) {
			return fmt.Errorf("look for notes of an earlier run: %w", err)
		}
		for _, row := range rows {
			if id, _ := row["id"].(string); says(row, ours) {
				l.notes = append(l.notes, id)
			}
		}
	}
	if l.inbox != nil {
		r, err := l.get(ctx, "/webhooks")
		if err != nil {
			return fmt.Errorf("look for webhooks of an earlier run: %w", err)
		}
		for _, row := range r.rows() {
			address, _ := row["url"].(string)
			if id, _ := row["id"].(string); strings.HasPrefix(address, l.set.hookURL+"/") && !strings.HasSuffix(address, "/"+byHand) {
				l.hooks = append(l.hooks, id)
			}
		}
	}
	return l.tidy(ctx)
}

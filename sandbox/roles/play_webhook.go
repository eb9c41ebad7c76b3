package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func webhookIntake(s *subject) play {
	candidate := s.candidates[0].ID
	ours := map[string]bool{} // addresses; the account remembers deliveries of plays before this one
	return play{
		prepare: func(ctx context.Context) error {
			if err := s.connect(ctx, true); err != nil {
				return err
			}
			hooks, err := s.webhooks(ctx)
			for _, hook := range hooks {
				ours[hook.URL] = true
			}
			return err
		},
		steps: []step{{"Lever's webhook is taken", func(ctx context.Context) error {
			if _, err := s.moved(ctx, candidate); err != nil {
				return err
			}
			return wait(ctx, soon, "a delivery", func(ctx context.Context) (bool, string, error) {
				deliveries, err := s.account.Deliveries(ctx)
				if err != nil {
					return false, "", err
				}
				for _, d := range deliveries {
					if !ours[d.URL] || !strings.Contains(string(d.Body), candidate) {
						continue
					}
					if d.Status != http.StatusOK {
						return false, "", fmt.Errorf("the answer to Lever had status %d", d.Status)
					}
					return true, "", nil
				}
				return false, "none", nil
			})
		}}},
	}
}

func hintWorker(s *subject) play {
	one, other := s.candidates[0].ID, s.candidates[1].ID
	var interview string
	return play{
		prepare: func(ctx context.Context) error { return s.connect(ctx, true) },
		steps: []step{
			// First, for the first delta comes ten seconds after the sweep and would show it too.
			{"a change that Lever shows late arrives", func(ctx context.Context) error {
				if _, err := s.deed(ctx, "faults", map[string]any{
					"method": "GET", "path": "/v1/opportunities/" + other, "account": s.account.ID, "count": 1,
					"effect": "stale-read", "delayMillis": (3 * time.Second).Milliseconds(), // a minute ago an earlier play may have left it where it goes now
				}); err != nil {
					return err
				}
				return s.follows(ctx, other)
			}},
			{"a stage change arrives", func(ctx context.Context) error { return s.follows(ctx, one) }},
			{"the next one of the same candidate arrives", func(ctx context.Context) error { return s.follows(ctx, one) }},
			{"an interview arrives", func(ctx context.Context) (err error) {
				if interview, err = s.schedule(ctx, one); err != nil {
					return err
				}
				return s.showsInterview(ctx, interview, "active")
			}},
			{"a deleted interview goes", func(ctx context.Context) error {
				if _, err := s.deed(ctx, "interviews/"+interview+"/delete", nil); err != nil {
					return err
				}
				return s.showsInterview(ctx, interview, "removed")
			}},
		},
	}
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// decided is a decision about a candidate.
func decided(candidate string, version int64) platform.Decision {
	return platform.Decision{
		Opportunity: candidate, Outcome: "advance", Rating: 4, Reason: fmt.Sprintf("Clear thinking %d", version),
		By: platform.Decider{Name: "Morgan Sample", Email: "morgan.sample@northwind.example"}, DecidedAt: time.Now().UnixMilli(), Version: version,
	}
}

// becomes waits until a decision has a state and, if it is delivered, a version.
func (s *subject) becomes(ctx context.Context, decision, state string, version int64) error {
	return wait(ctx, soon, "the decision to become "+state, func(ctx context.Context) (bool, string, error) {
		status, err := s.world.Platform.Decision(ctx, s.tenant, decision)
		return status.State == state && status.DeliveredVersion == version, status.State + " " + status.Cause, err
	})
}

func decisionPush(s *subject) play {
	one, other := s.candidates[0].ID, s.candidates[1].ID
	first, second := "d-"+uuid.NewString(), "d-"+uuid.NewString()
	lands := func(ctx context.Context, id string, d platform.Decision) error {
		if _, err := s.world.Platform.PutDecision(ctx, s.tenant, id, d); err != nil {
			return err
		}
		return s.becomes(ctx, id, "delivered", d.Version)
	}
	return play{
		prepare: func(ctx context.Context) error {
			if err := s.connect(ctx, false); err != nil {
				return err
			}
			return s.account.Expire(ctx)
		},
		steps: []step{
			{"a decision lands with a renewed token", func(ctx context.Context) error { return lands(ctx, first, decided(one, 1)) }},
			{"its correction lands", func(ctx context.Context) error { return lands(ctx, first, decided(one, 2)) }},
			{"a decision that Lever puts off lands later", func(ctx context.Context) error {
				if _, err := s.deed(ctx, "faults", map[string]any{
					"method": "POST", "path": "/v1/opportunities/{id}/notes", "account": s.account.ID, "count": 1, "effect": "status", "status": 429,
				}); err != nil {
					return err
				}
				return lands(ctx, second, decided(other, 1))
			}},
		},
	}
}

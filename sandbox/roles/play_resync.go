package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// fullResync lets a sweep find what is new and what is gone, has a webhook made anew whose signature token is lost and
// everything re-sealed, and then ends the connection while a look is under way.
func fullResync(s *subject) play {
	var gone, fresh string
	var was lost
	var before int64
	return play{
		prepare: func(ctx context.Context) (err error) {
			if gone, err = s.apply(ctx); err != nil {
				return err
			}
			if err = s.connect(ctx, false); err != nil {
				return err
			}
			if fresh, err = s.apply(ctx); err != nil {
				return err
			}
			if _, err = s.deed(ctx, "opportunities/"+gone+"/delete", nil); err != nil {
				return err
			}
			if was, err = s.loseToken(ctx); err != nil {
				return err
			}
			before, err = s.checkedAt(ctx)
			return err
		},
		steps: []step{
			{"a full resync comes to its end", func(ctx context.Context) error {
				if err := s.world.Platform.Resync(ctx, s.tenant, ""); err != nil {
					return err
				}
				return s.swept(ctx, sweep, before)
			}},
			{"it has found who is new", func(ctx context.Context) error {
				return s.shows(ctx, soon, fresh, "the new candidate", func(r platform.Record[platform.Candidate]) bool { return r.State == "active" })
			}},
			{"it has found who is gone", func(ctx context.Context) error {
				return s.shows(ctx, soon, gone, "the tombstone", func(r platform.Record[platform.Candidate]) bool { return r.State == "removed" })
			}},
			{"a lost webhook is made anew", func(ctx context.Context) error {
				if err := s.ask(ctx, "Resync", "hooks"); err != nil {
					return err
				}
				return s.replaced(ctx, was)
			}},
			{"a re-seal of all connections comes to its end", s.resealed},
			{"a disconnect waits for work under way and ends", func(ctx context.Context) error {
				if err := s.slowLook(ctx); err != nil {
					return err
				}
				if err := s.world.Platform.Disconnect(ctx, s.tenant, s.admin.Person); err != nil {
					return err
				}
				_, err := s.admin.Disconnected(ctx, sweep)
				return err
			}},
			{"nothing is left", func(ctx context.Context) error {
				left, err := s.world.Left(ctx, s.connection)
				if err == nil && !left.None() {
					err = errors.New(left.String())
				}
				return err
			}},
		},
	}
}

// lost is a webhook whose signature token we do not have.
type lost struct{ event, address string }

// loseToken forgets the signature token of one webhook.
func (s *subject) loseToken(ctx context.Context) (lost, error) {
	items, err := s.cloud.partition(ctx, "Connections", s.connection)
	if err != nil {
		return lost{}, err
	}
	for _, item := range items {
		event, isHook := strings.CutPrefix(textOf(item, "sk"), "hook#")
		if address := textOf(item, "address"); isHook && address != "" {
			_, err := s.cloud.set(ctx, "Hooks", "hook#"+address, "secret", "token", nil)
			return lost{event, address}, err
		}
	}
	return lost{}, errors.New("the connection has no webhook")
}

// passOver notes which webhooks of plays before this one still stand at Lever.
func (s *subject) passOver(ctx context.Context) error {
	left, err := s.world.OwnWebhooks(ctx, s.account)
	for _, hook := range left {
		s.stale[hook.URL] = true
	}
	return err
}

// webhooks are those at Lever that this play's connection made.
func (s *subject) webhooks(ctx context.Context) ([]story.Webhook, error) {
	all, err := s.world.OwnWebhooks(ctx, s.account)
	return slices.DeleteFunc(all, func(hook story.Webhook) bool { return s.stale[hook.URL] }), err
}

// eight wants that all webhooks stand at Lever.
func (s *subject) eight(ctx context.Context) error {
	hooks, err := s.webhooks(ctx)
	if err == nil && len(hooks) != 8 {
		err = fmt.Errorf("%d webhooks at Lever", len(hooks))
	}
	return err
}

// replaced waits until all webhooks stand at Lever, the lost one under a new address where Lever's test is taken.
func (s *subject) replaced(ctx context.Context, was lost) error {
	var now story.Webhook
	err := wait(ctx, soon, "the webhook under a new address", func(ctx context.Context) (bool, string, error) {
		hooks, err := s.webhooks(ctx)
		at := slices.IndexFunc(hooks, func(hook story.Webhook) bool { return hook.Event == was.event })
		if err != nil || len(hooks) != 8 || at < 0 {
			return false, fmt.Sprintf("%d webhooks at Lever", len(hooks)), err
		}
		now = hooks[at]
		return !strings.HasSuffix(now.URL, was.address), "the old one stands", nil
	})
	if err != nil {
		return err
	}
	return wait(ctx, soon, "an answer to Lever's test of the new webhook", func(ctx context.Context) (bool, string, error) {
		if _, err := s.deed(ctx, "webhooks/"+now.ID+"/test", nil); err != nil {
			return false, "", err
		}
		time.Sleep(time.Second)
		deliveries, err := s.account.Deliveries(ctx)
		seen := 0
		for _, d := range deliveries {
			if d.URL == now.URL {
				seen = max(seen, d.Status)
				if d.Status == http.StatusOK {
					return true, "", nil
				}
			}
		}
		return false, fmt.Sprintf("status %d", seen), err
	})
}

// slowLook has somebody look at a candidate at a Lever that answers slowly, and returns when the look is under way.
func (s *subject) slowLook(ctx context.Context) error {
	one := s.candidates[0].ID
	if _, err := s.deed(ctx, "faults", map[string]any{
		"method": "GET", "path": "/v1/opportunities/{id}", "account": s.account.ID, "count": 1, "effect": "slow", "delayMillis": 3000,
	}); err != nil {
		return err
	}
	if err := s.world.Platform.Resync(ctx, s.tenant, one); err != nil {
		return err
	}
	return wait(ctx, soon, "a look under way", func(ctx context.Context) (bool, string, error) {
		_, held, err := s.item(ctx, "hint#opportunity/"+one)
		return held, "nobody looks", err
	})
}

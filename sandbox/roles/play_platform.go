package main

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// platformAPI is the whole way of an organisation, as far as the platform API has a part in it.
func platformAPI(s *subject) play {
	var page *browser.Page
	var was lost
	candidate := s.candidates[0].ID
	return play{
		prepare: func(context.Context) error { return nil },
		steps: []step{
			{"a portal session opens", func(ctx context.Context) (err error) {
				page, err = s.admin.ToLever(ctx)
				return err
			}},
			{"the connect is confirmed", func(ctx context.Context) (err error) {
				s.connection, err = s.admin.ConnectFrom(ctx, page, s.super)
				return err
			}},
			{"eight webhooks stand at Lever", s.eight},
			{"the first resync begins at once", func(ctx context.Context) error {
				_, err := s.admin.Synced(ctx, sweep)
				return err
			}},
			{"lists are read", func(ctx context.Context) error {
				_, err := s.world.Mirrored(ctx, s.tenant)
				return err
			}},
			{"a candidate is read", func(ctx context.Context) error {
				_, err := s.world.Platform.Candidate(ctx, s.tenant, candidate)
				return err
			}},
			{"the interviews of a candidate are read", func(ctx context.Context) error {
				_, err := s.world.Platform.Interviews(ctx, s.tenant, platform.Query{Candidate: candidate})
				return err
			}},
			{"the change feed is read", func(ctx context.Context) error {
				_, err := s.world.Platform.Changes(ctx, s.tenant, "")
				return err
			}},
			{"a decision is taken", func(ctx context.Context) error {
				_, err := s.world.Platform.PutDecision(ctx, s.tenant, "d-"+uuid.NewString(), decided(candidate, 1))
				return err
			}},
			{"an operator lists connections", func(ctx context.Context) error {
				_, err := s.operate(ctx, http.MethodGet, "connections", "")
				return err
			}},
			{"an operator lists what is overdue", func(ctx context.Context) error {
				_, err := s.operate(ctx, http.MethodGet, "overdue", "")
				return err
			}},
			{"a reconnect makes a webhook anew whose creation was never answered", func(ctx context.Context) (err error) {
				if was, err = s.loseToken(ctx); err != nil {
					return err
				}
				if _, err := s.cloud.set(ctx, "Connections", s.connection, "hook#"+was.event, "leverId", nil); err != nil {
					return err
				}
				if err := s.reconnect(ctx); err != nil {
					return err
				}
				return s.replaced(ctx, was)
			}},
		},
	}
}

// reconnect goes through Lever's consent once more.
func (s *subject) reconnect(ctx context.Context) error {
	page, err := s.admin.Page(ctx)
	if err != nil {
		return err
	}
	link, err := page.Link("#reconnect")
	if err != nil {
		return err
	}
	if page, err = s.admin.Browser.Follow(ctx, page, link); err != nil {
		return err
	}
	if page, err = s.admin.PressOn(ctx, page, story.ConnectButton); err != nil {
		return err
	}
	_, err = s.admin.ConnectFrom(ctx, page, s.super)
	return err
}

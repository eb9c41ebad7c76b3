package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// integrationPage opens the page and presses what reaches each of its tables and queues.
func integrationPage(s *subject) play {
	decision := "d-" + uuid.NewString()
	var page *browser.Page
	return play{
		prepare: func(ctx context.Context) error {
			if err := s.connect(ctx, false); err != nil {
				return err
			}
			d := decided(uuid.NewString(), 1)
			if _, err := s.world.Platform.PutDecision(ctx, s.tenant, decision, d); err != nil {
				return err
			}
			return s.becomes(ctx, decision, "undeliverable", 0)
		},
		steps: []step{
			{"the page opens", func(ctx context.Context) (err error) {
				page, err = s.admin.Page(ctx)
				return err
			}},
			{"a decision is dismissed", func(ctx context.Context) error {
				press, err := page.Press("", func(f browser.Form) bool {
					return strings.HasSuffix(f.Action, "/dismiss") && f.Values.Get("decision") == decision
				})
				if err != nil {
					return err
				}
				return pressed(s.admin.Browser.Submit(ctx, page, press))
			}},
			{"Connect leads to Lever", func(ctx context.Context) error {
				other := s.world.Visitor(s.tenant+"-b", "u-1", "admin")
				at, err := other.ToLever(ctx)
				if err == nil && at.URL.Path != "/login" {
					err = fmt.Errorf("the browser is at %s (status %d)", at.URL.Path, at.Status)
				}
				return err
			}},
			{"a resync is asked for and begins at once", func(ctx context.Context) error {
				before, err := s.checkedAt(ctx)
				if err != nil {
					return err
				}
				if err := pressed(s.admin.PressOn(ctx, page, "#resync-now")); err != nil {
					return err
				}
				return s.swept(ctx, soon, before)
			}},
		},
	}
}

// pressed turns a page that says that something went wrong into an error.
func pressed(page *browser.Page, err error) error {
	if err == nil && page.Status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", page.Status, page.Text())
	}
	return err
}

func oauthCallback(s *subject) play {
	return play{
		prepare: func(context.Context) error { return nil },
		steps: []step{{"the browser comes back from Lever", func(ctx context.Context) error {
			page, err := s.admin.Consent(ctx, s.super, story.AcceptButton)
			if err == nil && !page.URL.Query().Has("attempt") {
				err = fmt.Errorf("status %d: %s", page.Status, page.Text())
			}
			return err
		}}},
	}
}

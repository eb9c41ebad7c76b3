package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// deltaSync changes things at Lever without webhooks, so that only a delta or the patrol can find them.
func deltaSync(s *subject) play {
	mover, leaver, met := s.candidates[0].ID, s.candidates[1].ID, s.candidates[2].ID
	var stage, applicant, first, second string
	var changed time.Time
	var before int64
	return play{
		prepare: func(ctx context.Context) (err error) {
			if err = s.connect(ctx, false); err != nil {
				return err
			}
			if stage, err = s.moved(ctx, mover); err != nil {
				return err
			}
			if err = s.archive(ctx, leaver); err != nil {
				return err
			}
			if applicant, err = s.apply(ctx); err != nil {
				return err
			}
			if first, err = s.schedule(ctx, applicant); err != nil {
				return err
			}
			if second, err = s.schedule(ctx, met); err != nil {
				return err
			}
			changed = time.Now()
			before, err = s.deltaAt(ctx)
			return err
		},
		steps: []step{
			{"a delta brings the changes", func(ctx context.Context) error {
				time.Sleep(time.Until(changed.Add(unseen)))
				if err := s.ask(ctx, "Delta", "delta"); err != nil {
					return err
				}
				return s.stands(ctx, mover, stage)
			}},
			{"the delta comes to its end", func(ctx context.Context) error {
				return wait(ctx, soon, "the end of the delta", func(ctx context.Context) (bool, string, error) {
					at, err := s.deltaAt(ctx)
					return at > before, "no new delta", err
				})
			}},
			{"who was archived has left", func(ctx context.Context) error {
				return s.shows(ctx, soon, leaver, "the archived candidate", func(r platform.Record[platform.Candidate]) bool { return r.State == "inactive" })
			}},
			{"interviews of somebody new follow", func(ctx context.Context) error { return s.showsInterview(ctx, first, "active") }},
			{"the patrol finds an interview", func(ctx context.Context) error {
				if err := s.ask(ctx, "Delta", "patrol"); err != nil {
					return err
				}
				return s.showsInterview(ctx, second, "active")
			}},
			{"work of a revoked connection is dropped", func(ctx context.Context) error {
				if err := s.calmed(ctx, "patrol"); err != nil {
					return err
				}
				if _, err := s.cloud.set(ctx, "Connections", s.connection, "state", "state", text("revoked")); err != nil {
					return err
				}
				if err := s.ask(ctx, "Delta", "patrol"); err != nil {
					return err
				}
				return wait(ctx, soon, "a to-do list without the patrol", func(ctx context.Context) (bool, string, error) {
					there, _, err := s.item(ctx, "patrol#all")
					return !there, "still there", err
				})
			}},
		},
	}
}

// ask makes a recurring item due and nudges its worker.
func (s *subject) ask(ctx context.Context, queue, kind string) error {
	if err := s.due(ctx, kind); err != nil {
		return err
	}
	return s.cloud.nudge(ctx, queue, s.connection, kind)
}

// item looks for an item of the to-do list and says whether somebody works on it.
func (s *subject) item(ctx context.Context, sk string) (there, held bool, err error) {
	items, err := s.cloud.partition(ctx, "Work", s.connection)
	for _, item := range items {
		if textOf(item, "sk") == sk {
			return true, textOf(item, "holder") != "", err
		}
	}
	return false, false, err
}

// calmed waits until nobody works on a recurring item.
func (s *subject) calmed(ctx context.Context, kind string) error {
	return wait(ctx, soon, "the end of the "+kind, func(ctx context.Context) (bool, string, error) {
		_, held, err := s.item(ctx, kind+"#all")
		return !held, "under way", err
	})
}

// deltaAt is when the changes at Lever were last read to their end.
func (s *subject) deltaAt(ctx context.Context) (int64, error) {
	reply, err := s.world.Platform.Send(ctx, http.MethodGet, "/v1/tenants/"+s.tenant+"/connection", nil)
	if err != nil {
		return 0, err
	}
	var report struct {
		DeltaAt int64 `json:"deltaAt"`
	}
	if reply.Status != http.StatusOK {
		return 0, platform.ProblemOf(reply)
	}
	if err := json.Unmarshal(reply.Body, &report); err != nil {
		return 0, fmt.Errorf("read the connection: %w", err)
	}
	return report.DeltaAt, nil
}

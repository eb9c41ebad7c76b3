package main

import (
	"context"
)

// changePublisher belongs to an organisation of the stand-in, which shows the events that it was told of.
func changePublisher(s *subject) play {
	s.tenant = "lakeside"
	s.admin = s.world.Visitor(s.tenant, "u-lakeside-admin", "admin")
	return play{
		prepare: func(ctx context.Context) error {
			// The organisation forgets the connection of the play before, whose account may be another's by now.
			if _, err := s.cloud.set(ctx, "Connections", "tenant#"+s.tenant, "tenant", "current", nil); err != nil {
				return err
			}
			if err := s.connect(ctx, true); err != nil {
				return err
			}
			page, err := s.admin.Browser.Get(ctx, s.world.Endpoints.Evidenced+"/login")
			if err != nil {
				return err
			}
			return pressed(s.admin.PressOn(ctx, page, "Avery Sample"))
		},
		steps: []step{{"an event reaches who listens", func(ctx context.Context) error {
			applicant, err := s.apply(ctx)
			if err != nil {
				return err
			}
			return wait(ctx, soon, "the event of a new candidate", func(ctx context.Context) (bool, string, error) {
				page, err := s.admin.Browser.Get(ctx, s.world.Endpoints.Evidenced+"/events")
				return err == nil && page.Says(applicant), "none", err
			})
		}}},
	}
}

package main

import (
	"context"
	"time"
)

// overdue makes the full resync due without a nudge and plays what is to bring it about.
func overdue(s *subject, limit time.Duration, tick step) play {
	var before int64
	return play{
		awake: true,
		prepare: func(ctx context.Context) error {
			if err := s.connect(ctx, false); err != nil {
				return err
			}
			if err := s.due(ctx, "resync"); err != nil {
				return err
			}
			var err error
			before, err = s.checkedAt(ctx)
			return err
		},
		steps: []step{tick, {"what is due is done", func(ctx context.Context) error { return s.swept(ctx, limit, before) }}},
	}
}

func syncDispatch(s *subject) play {
	return overdue(s, soon, step{"the dispatch ends well", func(ctx context.Context) error { return s.cloud.invoke(ctx, "sync-dispatch") }})
}

func schedule(s *subject) play {
	return overdue(s, minute, step{"the minute passes", func(context.Context) error { return nil }})
}

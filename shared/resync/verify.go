package resync

import (
	"context"

	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/slice"
)

// verified is how many records one step of a verification looks through.
const verified = 200

// verify fetches on its own each record that is active here and that this sweep did not meet.
func (s *sweep) verify(kind mirror.Kind) func(context.Context, *slice.Point, string) (string, error) {
	return func(ctx context.Context, p *slice.Point, offset string) (string, error) {
		id := s.access.Connection.ID()
		records, next, err := s.Mirror.List(ctx, id, kind, mirror.ListOptions{Limit: verified, Cursor: offset})
		if err != nil {
			return "", err
		}
		faults := converge.Spare(s.access.Connection.ID(), batch)
		for _, r := range records {
			if r.Fetched >= p.Started {
				continue
			}
			if !s.more(ctx) {
				return "", slice.ErrPause
			}
			if err := faults.Take(ctx, s.missing(ctx, r)); err != nil {
				return "", err
			}
		}
		s.point.Count(string(kind)+"-broken", faults.Taken())
		return next, s.keep(ctx)
	}
}

// missing looks at a record that the lists did not show, and counts it when it is gone.
func (s *sweep) missing(ctx context.Context, r mirror.Record) error {
	id := s.access.Connection.ID()
	err := s.look(ctx, r)
	if err != nil {
		return err
	}
	now, _, err := s.Mirror.Known(ctx, id, r.Kind, r.ID)
	if err != nil {
		return err
	}
	if now.State != mirror.Active {
		s.point.Count(string(r.Kind)+"-extra", 1)
		return nil
	}
	if r.Kind != mirror.Candidate {
		return nil
	}
	found, err := s.Converger.Interviews(ctx, s.access, r.ID) // no list led to them either
	s.compared(found)
	return err
}

func (s *sweep) look(ctx context.Context, r mirror.Record) error {
	switch r.Kind {
	case mirror.Candidate:
		_, err := s.Converger.Opportunity(ctx, s.access, r.ID)
		return err
	case mirror.Job:
		return s.Converger.Posting(ctx, s.access, r.ID)
	case mirror.Interview:
		_, err := s.Converger.Interviews(ctx, s.access, r.Parent)
		return err
	}
	return s.Converger.User(ctx, s.access, r.ID)
}

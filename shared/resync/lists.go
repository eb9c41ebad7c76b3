package resync

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/slice"
)

// The walks of the first phase. The walks over lists are named as the kind they fill.
const words = "words"

const (
	batch       = 50   // candidates whose interviews one step reads
	mostPending = 1000 // candidates that may wait for that: their ids are part of the checkpoint
)

// again is the offset of a phase that is not over; where it is stands in the checkpoint's walks.
const again = "again"

// lists reads, side by side, the next pages of all lists and the interviews of the candidates that were listed before. A
// fault in one stops the others after the call in hand, so that no answer of Lever is thrown away.
func (s *sweep) lists(ctx context.Context, p *slice.Point, _ string) (string, error) {
	group := s.side()
	known := make(chan struct{}) // closed when opportunities can be translated
	opportunities := func(ctx context.Context, offset string) (string, error) { return s.opportunities(ctx, offset, known) }
	if p.Walks[words].Done {
		close(known)
	} else {
		group.Go(s.stopping(func() error { return s.words(ctx, known) }))
	}
	pending := p.Pending[:min(batch, len(p.Pending))]
	s.idle = len(pending) == 0
	s.start(ctx, group, mirror.Job, s.postings)
	s.start(ctx, group, mirror.User, s.users)
	s.start(ctx, group, mirror.Candidate, opportunities)
	group.Go(s.stopping(func() error { return s.interviews(ctx, pending) }))
	err := group.Wait()
	s.stopped = false
	if err != nil {
		return "", err
	}
	if err := errors.Join(s.publish(ctx), s.keep(ctx)); err != nil {
		return "", err
	}
	for _, name := range []string{words, string(mirror.Job), string(mirror.User), string(mirror.Candidate)} {
		if !p.Walks[name].Done {
			return again, nil
		}
	}
	if len(p.Pending) > 0 {
		return again, nil
	}
	return "", nil
}

// side makes a group in which walks run side by side, or one after the other where nothing may.
func (s *sweep) side() *errgroup.Group {
	group := &errgroup.Group{}
	if s.Parallel <= 1 {
		group.SetLimit(1)
	}
	return group
}

// start begins a walk that has not reached its end.
func (s *sweep) start(ctx context.Context, group *errgroup.Group, kind mirror.Kind, read func(context.Context, string) (string, error)) {
	s.mu.Lock()
	done := s.point.Walks[string(kind)].Done
	s.mu.Unlock()
	if !done {
		group.Go(s.stopping(func() error { return s.walk(ctx, kind, read) }))
	}
}

// stopping wraps a walk so that its fault keeps the others from beginning another call.
func (s *sweep) stopping(walk func() error) func() error {
	return func() error {
		err := walk()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.stopped = true
		}
		return err
	}
}

func (s *sweep) words(ctx context.Context, known chan<- struct{}) error {
	if _, err := s.Converger.RefreshWords(ctx, s.access); err != nil {
		return err
	}
	s.reached(words, slice.Walk{Done: true})
	close(known)
	return nil
}

// walk reads pages of one list until its end, or until enough candidates wait for their interviews.
func (s *sweep) walk(ctx context.Context, kind mirror.Kind, read func(context.Context, string) (string, error)) error {
	for s.stands(ctx) {
		s.mu.Lock()
		offset, full := s.point.Walks[string(kind)].Offset, len(s.point.Pending) >= mostPending
		s.mu.Unlock()
		if full && kind == mirror.Candidate {
			return nil
		}
		next, err := read(ctx, offset)
		if errors.Is(err, lever.ErrOffset) && offset != "" {
			s.reached(string(kind), slice.Walk{}) // Lever knows the page no more: the list begins again
			s.mu.Lock()
			s.point.Resets++
			often := s.point.Resets >= slice.MaxResets
			s.mu.Unlock()
			if !often {
				continue
			}
		}
		if err != nil {
			return err
		}
		s.reached(string(kind), slice.Walk{Offset: next, Done: next == ""})
		if next == "" || s.idle && kind == mirror.Candidate {
			return nil // what was listed just now is better begun with
		}
	}
	return nil
}

// reached notes how far a walk is.
func (s *sweep) reached(name string, w slice.Walk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.point.Walks == nil {
		s.point.Walks = map[string]slice.Walk{}
	}
	s.point.Walks[name] = w
}

func (s *sweep) postings(ctx context.Context, offset string) (string, error) {
	fetched := s.Now()
	page, err := s.access.Lever.Postings(ctx, lever.PostingQuery{IncludeConfidential: s.access.Connection.Confidential}, offset)
	if err != nil {
		return "", err
	}
	results, err := s.Converger.Postings(ctx, s.access, page.Items, fetched)
	s.tally(ctx, mirror.Job, results, page.Broken)
	return page.Next, err
}

func (s *sweep) users(ctx context.Context, offset string) (string, error) {
	fetched := s.Now()
	page, err := s.access.Lever.Users(ctx, true, offset)
	if err != nil {
		return "", err
	}
	results, err := s.Converger.Users(ctx, s.access, page.Items, fetched)
	s.tally(ctx, mirror.User, results, page.Broken)
	if err != nil || page.Next != "" {
		return page.Next, err
	}
	s.mu.Lock()
	n := s.point.Counts[string(mirror.User)]
	s.mu.Unlock()
	return "", s.Converger.NoteUsers(ctx, s.access, n, fetched, page.Served)
}

func (s *sweep) opportunities(ctx context.Context, offset string, known <-chan struct{}) (string, error) {
	fetched, active := s.Now(), false
	page, err := s.access.Lever.Opportunities(ctx, lever.OpportunityQuery{
		Archived: &active, IncludeConfidential: s.access.Connection.Confidential, Expand: []string{"applications"},
	}, offset)
	if err != nil {
		return "", err
	}
	if err := s.await(ctx, known); err != nil {
		return "", err
	}
	results, err := s.Converger.Opportunities(ctx, s.access, page.Items, fetched)
	if err != nil {
		return "", err
	}
	s.tally(ctx, mirror.Candidate, results, page.Broken)
	s.queue(page.Items, results)
	return page.Next, nil
}

// await waits until opportunities can be translated; ErrPause when what they need could not be read.
func (s *sweep) await(ctx context.Context, known <-chan struct{}) error {
	for {
		select {
		case <-known:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
			if !s.more(ctx) {
				return slice.ErrPause
			}
		}
	}
}

// queue has the interviews of listed candidates read. In a list that began again, those that this sweep met before are
// left out, and so is one that two pages show because Lever's order moved.
func (s *sweep) queue(list []lever.Opportunity, results []mirror.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := map[string]bool{}
	for _, id := range s.point.Pending {
		waiting[id] = true
	}
	for i, o := range list {
		met := s.point.Resets > 0 && results[i].Was.Fetched >= s.point.Started
		if !met && !waiting[o.ID] {
			waiting[o.ID] = true
			s.point.Pending = append(s.point.Pending, o.ID)
		}
	}
}

// interviews reads those of some candidates and takes each off the list of the pending when it is done. A candidate whose
// interviews cannot be read is passed over only when the others' can: else all that failed stay pending.
func (s *sweep) interviews(ctx context.Context, candidates []string) error {
	var group errgroup.Group
	group.SetLimit(max(1, s.Parallel))
	s.mu.Lock()
	faults := converge.Spare(s.access.Connection.ID(), s.point.Counts["walked"]+len(s.point.Pending)).After(s.point.Counts[passedOver])
	s.mu.Unlock()
	passed := make([]bool, len(candidates))
	for i, id := range candidates {
		if !s.more(ctx) {
			break
		}
		look := s.stopping(func() error {
			found, err := s.Converger.Interviews(ctx, s.access, id)
			if err != nil {
				passed[i] = true
				return faults.Take(ctx, err)
			}
			return s.walked(ctx, id, found, false)
		})
		if s.Parallel > 1 {
			group.Go(look)
		} else if err := look(); err != nil { // one after the other, and nothing beside it
			return err
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, id := range candidates {
		if passed[i] {
			if err := s.walked(ctx, id, converge.Compared{}, true); err != nil {
				return err
			}
		}
	}
	return nil
}

package operation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// Sizes of a walk. Counting reads keys only. The window keeps a run from crowding out the work of connections: what it
// has asked for stands in one shard of the index of what is due.
const (
	countPage = 1000
	askPage   = 25
	window    = 100
	pause     = 3 * time.Second // until the walk looks for room again
)

// AttendWalk does one slice of a run's walk: the work of kind work.Walk. Per connection it costs a read of a key and two
// writes, and its work item as many as the work takes.
func (s *Service) AttendWalk(ctx context.Context, item work.Item) (work.Verdict, error) {
	r, found, err := table.Get[Run](ctx, s.DB, table.Connections, table.Key{PK: list, SK: strings.TrimPrefix(item.PK, items(""))})
	if err != nil || !found {
		return work.Done(), err
	}
	for end := s.Now().Add(s.Slice); r.AskedAt == 0; {
		if !s.Now().Before(end) || ctx.Err() != nil {
			return work.Again(s.Now(), ""), nil
		}
		if !r.Counted {
			err = s.count(ctx, &r)
		} else {
			var room int
			if room, err = s.room(ctx, item.PK); err == nil && room == 0 {
				return work.Again(s.Now().Add(pause), ""), nil
			}
			if err == nil {
				err = s.ask(ctx, &r, room)
			}
		}
		if err != nil {
			return work.Done(), fmt.Errorf("walk of operation %q: %w", r.ID(), err)
		}
	}
	return work.Done(), nil
}

// count counts one page of the roster.
func (s *Service) count(ctx context.Context, r *Run) error {
	ids, next, err := s.Connections.Roster(ctx, r.Place, countPage)
	if err != nil {
		return err
	}
	r.Expected += len(ids)
	r.Place, r.Counted = next, next == ""
	return table.Save(ctx, s.DB, table.Connections, r)
}

// room is how many more work items may wait now. Those that wait for their own time (a connection whose end waits for
// Lever, one whose store failed) do not count, so that they hold nobody up.
func (s *Service) room(ctx context.Context, partition string) (int, error) {
	left, err := s.Work.Of(ctx, partition)
	if err != nil {
		return 0, err
	}
	now, waiting := s.Now().UnixMilli(), 0
	for _, i := range left {
		held := i.Holder != "" && i.HeldUntil > now
		if i.Ref().Kind != work.Walk && (held || i.Due <= now) {
			waiting++
		}
	}
	return max(0, window-waiting), nil
}

// ask asks for the work of one page of connections and then moves the walk on. A crash in between repeats the page.
func (s *Service) ask(ctx context.Context, r *Run, room int) error {
	ids, next, err := s.Connections.Roster(ctx, r.Place, min(room, askPage))
	if err != nil {
		return err
	}
	for _, id := range ids {
		ref := work.Ref{Connection: items(r.ID()), Kind: r.Kind.work(), Target: id}
		if err := s.Work.Ask(ctx, ref, s.Now(), nil); err != nil {
			return err
		}
		s.nudge(ctx, ref)
	}
	r.Asked += len(ids)
	if r.Place = next; next == "" {
		r.AskedAt = s.Now().UnixMilli()
	}
	return table.Save(ctx, s.DB, table.Connections, r)
}

// AttendReseal re-seals one connection: the work of kind work.Reseal.
func (s *Service) AttendReseal(ctx context.Context, item work.Item) (work.Verdict, error) {
	return work.Done(), s.Connections.Reseal(ctx, item.Ref().Target)
}

// Looks at a connection that is being taken down: soon at first, then ever more rarely.
const (
	firstLook = 5 * time.Second
	lastLook  = 15 * time.Minute
)

// AttendEnd ends one connection and stays until nothing of it is left: the work of kind work.End.
func (s *Service) AttendEnd(ctx context.Context, item work.Item) (work.Verdict, error) {
	id := item.Ref().Target
	c, found, err := s.Connections.Load(ctx, id)
	if err != nil || !found || c.State == connection.Disconnected {
		return work.Done(), err
	}
	if c.State != connection.Disconnecting {
		return work.Again(s.Now().Add(firstLook), ""), s.Connections.End(ctx, id)
	}
	since := s.Now().Sub(time.UnixMilli(c.EndedAt))
	return work.Again(s.Now().Add(min(max(since/4, firstLook), lastLook)), ""), nil
}

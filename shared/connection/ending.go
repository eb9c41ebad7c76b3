package connection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// giveUpLever is how long the end of a connection tries to reach Lever before it finishes without.
const giveUpLever = 24 * time.Hour

// Disconnect ends a tenant's connection. The tombstone is written before this returns: from then on no worker may call
// Lever for it. The rest (webhooks, tokens, mirror) is done by Ending and can be resumed at each step.
func (s *Service) Disconnect(ctx context.Context, tenant string, by Person) error {
	c, found, err := s.Current(ctx, tenant)
	if err != nil {
		return err
	}
	if !found || c.State == Disconnected {
		return errNotConnected
	}
	return s.end(ctx, c.ID(), by)
}

func (s *Service) end(ctx context.Context, connection string, by Person) error {
	err := s.together(ctx, func() ([]table.Change, error) { return s.ending(ctx, connection, by) })
	if err != nil {
		return err
	}
	s.nudge(ctx, endingOf(connection))
	return nil
}

// Removed notes that an admin has removed in Lever the webhooks that the end of the connection had to leave there.
func (s *Service) Removed(ctx context.Context, tenant string) error {
	c, found, err := s.Current(ctx, tenant)
	if err != nil || !found {
		return err
	}
	_, err = table.Update(ctx, s.DB, table.Connections, stateKey(c.ID()), func(c *Connection) error {
		if c.State != Disconnected || c.LeftWebhooks == 0 {
			return table.ErrKeep
		}
		c.LeftWebhooks = 0
		return nil
	})
	return err
}

// AttendEnding takes a connection down: the work of kind work.Ending.
func (s *Service) AttendEnding(ctx context.Context, item work.Item) (work.Verdict, error) {
	done, next, err := s.Ending(ctx, item.PK)
	if err != nil || done {
		return work.Done(), err
	}
	return work.Again(next, item.Note), nil
}

// Ending takes one step of a connection's end under the claimed item of kind work.Ending; done is false when it must be
// called again at next. Its steps: wait until no other worker holds work of the connection; delete our webhooks until a
// listing shows none; destroy tokens, keys and secrets; purge the mirror and the work. When Lever cannot be reached for
// 24 hours, or access is gone already, it finishes anyway and notes how many webhooks may remain.
func (s *Service) Ending(ctx context.Context, connection string) (done bool, next time.Time, err error) {
	c, found, err := s.Load(ctx, connection)
	if err != nil || !found || c.State != Disconnecting {
		return err == nil, time.Time{}, err
	}
	busy, err := s.busy(ctx, connection)
	if err != nil || busy {
		return false, s.Now().Add(2 * time.Second), err
	}
	left, err := s.unhook(ctx, c)
	if err != nil {
		return false, time.Time{}, err
	}
	// Kept before the rows go by which it was counted; a later step counts fewer.
	c, err = table.Update(ctx, s.DB, table.Connections, stateKey(connection), func(c *Connection) error {
		if c.State != Disconnecting || left <= c.LeftWebhooks {
			return table.ErrKeep
		}
		c.LeftWebhooks = left
		return nil
	})
	if err != nil {
		return false, time.Time{}, err
	}
	if err := s.destroy(ctx, c); err != nil {
		return false, time.Time{}, err
	}
	if err := s.together(ctx, func() ([]table.Change, error) { return s.ended(ctx, connection) }); err != nil {
		return false, time.Time{}, err
	}
	return true, time.Time{}, nil
}

// ended plans the last step: the state, and with it the booking of the account, which until then keeps everybody, this
// tenant included, from connecting it anew.
func (s *Service) ended(ctx context.Context, connection string) ([]table.Change, error) {
	c, _, err := s.Load(ctx, connection)
	if err != nil || c.State != Disconnecting {
		return nil, err
	}
	c.State = Disconnected
	c.strike()
	state, err := table.Encode(table.Connections, &c)
	if err != nil {
		return nil, err
	}
	line, err := s.line(connection, "disconnected")
	if err != nil {
		return nil, err
	}
	k, found, err := table.Get[claim](ctx, s.DB, table.Connections, table.Key{PK: "account#" + c.Account, SK: "account"})
	if err != nil || !found || k.Connection != connection {
		return []table.Change{line, state}, err
	}
	return []table.Change{line, state, table.Remove(table.Connections, k.Meta)}, nil
}

// busy says whether another worker still holds work of the connection. Every worker claims before it reads the
// connection's state, and the state was written before this reads the claims, so none is overlooked.
func (s *Service) busy(ctx context.Context, connection string) (bool, error) {
	items, err := s.Work.Of(ctx, connection)
	if err != nil {
		return false, err
	}
	now := s.Now().UnixMilli()
	for _, i := range items {
		if i.Ref().Kind != work.Ending && i.Holder != "" && i.HeldUntil > now {
			return true, nil
		}
	}
	return false, nil
}

// unhook deletes our webhooks at Lever until a listing shows none, and returns how many may remain.
func (s *Service) unhook(ctx context.Context, c Connection) (left int, err error) {
	ctx, release, err := s.keep(ctx, c.ID())
	if IsNotConnected(err) {
		return 0, nil // this step was done, and its rows are gone
	}
	if err != nil {
		return 0, err
	}
	defer release()
	hooks, err := s.Hooks(ctx, c.ID())
	if err != nil {
		return 0, err
	}
	for _, h := range hooks {
		if left += len(h.Former) + h.Unsure; h.Address != "" {
			left++
		}
	}
	if left == 0 || c.WasRevoked {
		return left, nil
	}
	access, err := s.open(ctx, c.ID(), budget.DecisionLane, Disconnecting)
	if err != nil {
		return left, err
	}
	if err := s.sweep(ctx, access.Lever, c.ID(), hooks); err != nil {
		return s.without(c, left, err)
	}
	return 0, nil
}

// sweep deletes what we remember and what a listing shows of ours, until one shows nothing and nothing can follow.
func (s *Service) sweep(ctx context.Context, client *lever.Client, connection string, hooks []Hook) error {
	left, others := map[string]bool{}, map[string]bool{}
	for _, h := range hooks {
		for _, f := range append(h.Former, FormerHook{LeverID: h.LeverID}) {
			if f.LeverID != "" {
				left[f.LeverID] = true // whatever the list shows, which may come short
			}
		}
	}
	for range 5 {
		ours, err := s.ours(ctx, client, connection, hooks)
		if err != nil {
			return err
		}
		for id := range ours {
			left[id] = !others[id]
		}
		maps.DeleteFunc(left, func(_ string, ours bool) bool { return !ours })
		if len(left) == 0 {
			return s.surfaced(hooks)
		}
		for _, id := range slices.Sorted(maps.Keys(left)) {
			was, failed := remove(ctx, client, id, known(hooks, id))
			others[id], err = was == theirs, errors.Join(err, failed)
		}
		if err != nil {
			return err
		}
		left = map[string]bool{}
	}
	return fault.New(fault.Unavailable, "webhooks-remain", "Lever still lists our webhooks; this is tried again by itself.")
}

// surfaced is an error as long as a webhook may still appear.
func (s *Service) surfaced(hooks []Hook) error {
	if until := surfacing(hooks); s.Now().Before(until) {
		return fault.New(fault.Unavailable, "webhooks-unsettled", "Lever may still add a webhook that we asked for; we look again soon.").At(until)
	}
	return nil
}

// without decides whether the end goes on without Lever.
func (s *Service) without(c Connection, left int, err error) (int, error) {
	kind := fault.KindOf(err)
	gone := IsNotConnected(err) || kind == fault.Unauthorized || kind == fault.Forbidden
	if gone || s.Now().Sub(time.UnixMilli(c.EndedAt)) > giveUpLever {
		return left, nil
	}
	return left, err
}

// destroy removes what is stored of a connection: secrets and tokens first, then the mirror and the work. Only the connection's own record and its activity list stay.
func (s *Service) destroy(ctx context.Context, c Connection) error {
	hooks, err := s.Hooks(ctx, c.ID())
	if err != nil {
		return err
	}
	for _, h := range hooks {
		for _, f := range append(h.Former, FormerHook{Address: h.Address}) {
			if err := s.forget(ctx, f.Address); err != nil {
				return err
			}
		}
	}
	for _, sk := range append(append(hookKeys(), "tokens", "refresh", "hook-lease", "progress", "words", "looked", "erasure-key"), mirror.RollKeys()...) {
		if err := s.drop(ctx, table.Key{PK: c.ID(), SK: sk}); err != nil {
			return fmt.Errorf("remove %s: %w", sk, err)
		}
	}
	if err := s.Mirror.Purge(ctx, c.ID()); err != nil {
		return err
	}
	if err := s.forgetErasures(ctx, c.ID()); err != nil {
		return err
	}
	items, err := s.Work.Of(ctx, c.ID())
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Ref().Kind == work.Ending {
			continue
		}
		if err := s.Work.Drop(ctx, i.Ref()); err != nil {
			return err
		}
	}
	if s.Forget != nil {
		return s.Forget(ctx, c.ID())
	}
	return nil
}

func hookKeys() []string {
	var keys []string
	for _, event := range Events() {
		keys = append(keys, "hook#"+event)
	}
	return keys
}

func (s *Service) drop(ctx context.Context, key table.Key) error {
	for range 20 {
		item, found, err := table.Get[fence](ctx, s.DB, table.Connections, key)
		if err != nil || !found {
			return err
		}
		err = s.DB.Write(ctx, table.Remove(table.Connections, item.Meta))
		if err == nil || !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return table.ErrConflict
}

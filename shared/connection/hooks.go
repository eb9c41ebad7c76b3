package connection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// HookSecret is what webhook-intake needs to know of one address: whose it is and with which token Lever signs.
type HookSecret struct {
	table.Meta             // in Hooks: PK "hook#<address>", SK "secret"
	Tenant     string      `dynamodbav:"tenant"`
	Connection string      `dynamodbav:"connection"`
	Event      string      `dynamodbav:"event"`
	Token      seal.Sealed `dynamodbav:"token"` // empty until Lever told it
}

// Events lists the eight webhooks of this integration in the order of the page.
func Events() []string {
	return []string{
		lever.EventApplicationCreated, lever.EventCandidateStageChange, lever.EventCandidateArchiveChange,
		lever.EventCandidateHired, lever.EventCandidateDeleted,
		lever.EventInterviewCreated, lever.EventInterviewUpdated, lever.EventInterviewDeleted,
	}
}

// hookLease is how long one keeper of a connection's webhooks may work alone.
const hookLease = 60 * time.Second

// hookPath is what the addresses of our webhooks have in common.
const hookPath = "/webhooks/lever/"

// Hooks lists the eight webhooks of a connection in the order of Events, with an empty LeverID where one is missing.
func (s *Service) Hooks(ctx context.Context, connection string) ([]Hook, error) {
	stored := map[string]Hook{}
	err := table.Each(ctx, s.DB, table.Query{Table: table.Connections, PK: connection, From: "hook#", To: "hook#~"}, func(h Hook) error {
		stored[h.Event] = h
		return nil
	})
	var hooks []Hook
	for _, event := range Events() {
		h := stored[event]
		h.Event = event
		hooks = append(hooks, h)
	}
	return hooks, err
}

// Ensure brings the webhooks of a connection at Lever to exactly our eight: missing ones are created, those whose
// signature token was lost or that no longer match are replaced, strays of ours are deleted. A webhook that is replaced
// is deleted only after its successor stands, and what it sends is taken until Lever knows it no more. Webhooks that are
// not under our address are never touched. It is safe to repeat after any crash and runs under one lease a connection.
func (s *Service) Ensure(ctx context.Context, a *Access) error {
	_, err := s.attend(ctx, a)
	return err
}

// attend is Ensure; changed is true when something was made or deleted, so that a second look is due.
func (s *Service) attend(ctx context.Context, a *Access) (changed bool, err error) {
	changed, err = s.ensure(ctx, a)
	refused := err != nil && fault.KindOf(err) == fault.Forbidden
	if (err == nil || refused) && refused != (a.Connection.HooksRefusedAt > 0) {
		_, noted := table.Update(ctx, s.DB, table.Connections, stateKey(a.Connection.ID()), func(c *Connection) error {
			if c.State != Connected {
				return table.ErrKeep
			}
			if c.HooksRefusedAt = 0; refused {
				c.HooksRefusedAt = s.Now().UnixMilli()
			}
			return nil
		})
		err = errors.Join(err, noted)
	}
	return changed, err
}

func (s *Service) ensure(ctx context.Context, a *Access) (changed bool, err error) {
	ctx, release, err := s.keep(ctx, a.Connection.ID())
	if err != nil {
		return false, err
	}
	defer release()
	// Only now: a disconnect may have been pressed since the access was opened, and the lease keeps its end waiting.
	if !s.Stands(ctx, a.Connection.ID()) {
		return false, errNotConnected
	}
	hooks, err := s.Hooks(ctx, a.Connection.ID())
	if err != nil {
		return false, err
	}
	looked := s.Now()
	listed, err := s.ours(ctx, a.Lever, a.Connection.ID(), hooks)
	if err != nil {
		return false, err
	}
	good, err := s.good(ctx, hooks, listed)
	if err != nil {
		return false, err // not known is not lost: nothing is deleted for it
	}
	if err := s.complete(ctx, a, hooks, good); err != nil {
		return true, err
	}
	changed = len(good) < len(hooks)
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		if good[id] || known(hooks, id) {
			continue
		}
		was, err := remove(ctx, a.Lever, id, false)
		if changed = changed || was == removed; err != nil {
			return changed, err
		}
	}
	retired, err := s.retire(ctx, a, looked, listed)
	return changed || retired, err
}

// good names the webhooks at Lever that are as they should be.
func (s *Service) good(ctx context.Context, hooks []Hook, listed map[string]lever.Webhook) (map[string]bool, error) {
	good := map[string]bool{}
	for _, h := range hooks {
		signed, err := s.signed(ctx, h)
		if err != nil {
			return nil, err
		}
		if at, ok := listed[h.LeverID]; ok && at.Event == h.Event && at.URL == s.PublicURL+hookPath+h.Address && signed {
			good[h.LeverID] = true
		}
	}
	return good, nil
}

// complete makes what is missing, and notes how many were put back, as against made for the first time.
func (s *Service) complete(ctx context.Context, a *Access, hooks []Hook, good map[string]bool) error {
	repaired := 0
	for _, h := range hooks {
		if good[h.LeverID] {
			continue
		}
		if h.Address != "" {
			repaired++
		}
		if err := s.create(ctx, a, h.Event); err != nil {
			return err
		}
	}
	if repaired > 0 {
		return s.Record(ctx, a.Connection.ID(), "webhooks-repaired", fmt.Sprint(repaired))
	}
	return nil
}

// keep takes the lease under which webhooks are made and deleted; the context that it returns ends before the lease.
func (s *Service) keep(ctx context.Context, connection string) (limited context.Context, release func(), err error) {
	key, holder := table.Key{PK: connection, SK: "hook-lease"}, s.NewID()
	_, err = table.Update(ctx, s.DB, table.Connections, key, func(f *fence) error {
		if f.Rev == 0 {
			return errNotConnected // it is made with the connection and goes with it
		}
		if f.Holder != "" && f.Until > s.Now().UnixMilli() {
			return fault.New(fault.Unavailable, "webhooks-busy", "The webhooks are being set up already; look again in a minute.").At(time.UnixMilli(f.Until))
		}
		f.Holder, f.Until = holder, s.Now().Add(hookLease).UnixMilli()
		return nil
	})
	limited, cancel := context.WithTimeout(ctx, hookLease-hookLease/20)
	return limited, func() {
		cancel()
		// A failure only lets the lease run out.
		_, _ = table.Update(context.WithoutCancel(ctx), s.DB, table.Connections, key, func(f *fence) error {
			if f.Holder != holder {
				return table.ErrKeep
			}
			f.Holder, f.Until = "", 0
			return nil
		})
	}, err
}

// ours lists the webhooks at Lever whose address is ours, or that we made under an address of before, by id. Those of
// another connection are left to it.
func (s *Service) ours(ctx context.Context, client *lever.Client, connection string, hooks []Hook) (map[string]lever.Webhook, error) {
	page, err := client.Webhooks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	if len(page.Broken) > 0 {
		return nil, fault.New(fault.Unavailable, "webhooks-unreadable", "Lever's list of webhooks could not be read in full; this is tried again by itself.")
	}
	ours := map[string]lever.Webhook{}
	for _, w := range page.Items {
		if known(hooks, w.ID) {
			ours[w.ID] = w
			continue
		}
		address, under := strings.CutPrefix(w.URL, s.PublicURL+hookPath)
		if !under {
			continue
		}
		k, found, err := table.Get[HookSecret](ctx, s.DB, table.Hooks, secretKey(address))
		if err != nil {
			return nil, fmt.Errorf("look whose a webhook is: %w", err)
		}
		if !found || k.Connection == connection {
			ours[w.ID] = w
		}
	}
	return ours, nil
}

// The pace of the keeper.
const (
	daily = 24 * time.Hour
	// retireFor is how long what a replaced webhook sent before its end may still be on its way.
	retireFor = time.Minute
	// surfaceFor is how long after a creation was begun that was not answered its webhook may still appear at Lever: the
	// lease of its keeper, and a minute within which Lever carries out what we gave up on.
	surfaceFor = hookLease + time.Minute
)

// AttendHooks ensures the webhooks of a connection: the work of kind work.Hooks. After a change it soon looks again, to
// end what was replaced and to catch a creation that Lever carried out late. Where Lever does not permit it, nothing is
// to be done until the next day or a reconnect, and the page says so.
func (s *Service) AttendHooks(ctx context.Context, item work.Item) (work.Verdict, error) {
	access, err := s.Open(ctx, item.PK, budget.DeltaLane)
	changed := false
	if err == nil {
		changed, err = s.attend(ctx, access)
	}
	switch {
	case IsNotConnected(err):
		return work.Done(), nil // a reconnect asks again
	case err != nil && fault.KindOf(err) == fault.Forbidden:
		return work.Next(s.Now().Add(daily), ""), nil
	case err != nil:
		return work.Done(), err
	}
	hooks, err := s.Hooks(ctx, item.PK)
	if err != nil {
		return work.Done(), err
	}
	next := surfacing(hooks)
	if soon := s.Now().Add(retireFor); changed && next.Before(soon) {
		next = soon
	}
	if !next.After(s.Now()) {
		next = s.Now().Add(daily)
	}
	return work.Next(next, ""), nil
}

// surfacing says until when a webhook may still appear at Lever whose creation was not answered: it is nowhere known, and
// only a later list shows it.
func surfacing(hooks []Hook) (until time.Time) {
	for _, h := range hooks {
		at := h.UnsureAt
		if h.Address != "" && h.LeverID == "" {
			at = h.CreatedAt
		}
		if t := time.UnixMilli(at).Add(surfaceFor); at > 0 && t.After(until) {
			until = t
		}
	}
	return until
}

package decision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// tenants finds the connection that a tenant uses now.
type tenants interface {
	Current(ctx context.Context, tenant string) (connection.Connection, bool, error)
}

// Service is the platform's and the page's side of decisions. It calls nothing at Lever. It is safe for concurrent use.
type Service struct {
	DB      table.DB
	Work    *work.List
	Nudge   work.Nudger
	Now     func() time.Time
	Tenants tenants
}

// Accept stores a decision with the work that delivers it, and only then returns. A version lower than the stored one
// is ignored and the stored decision returned; so is the same version with the same content. The same version with
// other content, or another opportunity than before, is fault.Conflict; faults of s are fault.Invalid. While no Lever
// account is connected the decision is Held.
func (s *Service) Accept(ctx context.Context, tenant, id string, sub Submission) (Decision, error) {
	if !validID(id) {
		return Decision{}, fault.New(fault.Invalid, "invalid-decision-id",
			"A decision id has 1 to 128 letters, digits, dots, underscores, tildes or hyphens and begins with a letter or digit.")
	}
	if err := sub.Validate(); err != nil {
		return Decision{}, err
	}
	conn, connected, err := s.connected(ctx, tenant)
	if err != nil {
		return Decision{}, err
	}
	d, err := s.store(ctx, tenant, id, sub, conn)
	if err != nil || d.AtRest() {
		return d, err
	}
	if !connected { // the connection may have come up between the look and the write
		if conn, connected, err = s.connected(ctx, tenant); err != nil {
			return d, err
		}
	}
	if connected {
		return d, s.ask(ctx, conn, id)
	}
	return d, nil
}

// store writes the decision. A new one is one transaction with its two work items: the delivery under the connection,
// and the keeper (see keep.go). For one that exists the keeper is asked before Accept returns, and the delivery by Accept.
func (s *Service) store(ctx context.Context, tenant, id string, sub Submission, conn string) (Decision, error) {
	key := table.Key{PK: tenant, SK: id}
	for range 2 {
		_, found, err := table.Get[Decision](ctx, s.DB, table.Decisions, key)
		if err != nil {
			return Decision{}, fmt.Errorf("accept decision %q: %w", id, err)
		}
		if found {
			break
		}
		d := Decision{Meta: table.Meta{PK: tenant, SK: id}}
		if err := s.take(&d, sub, conn); err != nil {
			return Decision{}, err
		}
		err = s.insert(ctx, d, conn)
		if err == nil {
			d.Rev++
			return d, nil
		}
		if !errors.Is(err, table.ErrConflict) {
			return Decision{}, fmt.Errorf("accept decision %q: %w", id, err)
		}
	}
	d, err := table.Update(ctx, s.DB, table.Decisions, key, func(d *Decision) error { return s.take(d, sub, conn) })
	if err != nil {
		return Decision{}, fmt.Errorf("accept decision %q: %w", id, err)
	}
	if !d.AtRest() {
		err = s.Work.Ask(ctx, keeper(tenant, id), s.Now().Add(keepEvery), nil)
	}
	return d, err
}

func (s *Service) insert(ctx context.Context, d Decision, conn string) error {
	decision, err := table.Encode(table.Decisions, &d)
	if err != nil {
		return err
	}
	keep, err := s.Work.Asking(keeper(d.PK, d.SK), s.Now().Add(keepEvery))
	if err != nil {
		return err
	}
	changes := []table.Change{decision, keep}
	if conn != "" {
		deliver, err := s.Work.Asking(delivery(conn, d.SK), s.Now())
		if err != nil {
			return err
		}
		changes = append(changes, deliver)
	}
	return s.DB.Write(ctx, changes...)
}

// take lets d become what sub says, or returns table.ErrKeep when d already is at least that.
func (s *Service) take(d *Decision, sub Submission, conn string) error {
	hash := sub.hash(d.PK, d.SK)
	switch {
	case d.Rev > 0 && sub.Opportunity != d.Opportunity:
		return fault.New(fault.Conflict, "decision-opportunity-conflict",
			"This decision belongs to another candidate. Use a new decision id.")
	case sub.Version < d.Version:
		return table.ErrKeep
	case sub.Version == d.Version && hash != d.Hash:
		return fault.New(fault.Conflict, "decision-version-conflict",
			"This version was already sent with other content. Send the correction with a higher version.")
	case sub.Version == d.Version && (d.Content != nil || d.State == Delivered):
		return table.ErrKeep
	}
	now := s.Now()
	d.Opportunity, d.Version, d.Hash, d.Content = sub.Opportunity, sub.Version, hash, sub.stored()
	d.AcceptedAt = now.UnixMilli()
	d.reopen(conn != "", now)
	return nil
}

// reopen makes the newest version wait for delivery.
func (d *Decision) reopen(connected bool, now time.Time) {
	d.State, d.Cause, d.Dismissed, d.OpenPk = Accepted, "", false, ""
	if d.Attempt != nil {
		d.State, d.Cause = Uncertain, Unanswered
	}
	if !connected {
		d.State, d.Cause = Held, NotConnected
	}
	d.touch(now)
}

// connected returns the id of the tenant's connection if it can be used.
func (s *Service) connected(ctx context.Context, tenant string) (string, bool, error) {
	return connected(ctx, s.Tenants, tenant)
}

func connected(ctx context.Context, t tenants, tenant string) (string, bool, error) {
	c, found, err := t.Current(ctx, tenant)
	if err != nil {
		return "", false, fmt.Errorf("find connection of tenant %q: %w", tenant, err)
	}
	if !found || c.State != connection.Connected {
		return "", false, nil
	}
	return c.ID(), true, nil
}

// ask stores the wish to deliver and nudges towards it.
func (s *Service) ask(ctx context.Context, conn, id string) error {
	ref := delivery(conn, id)
	if err := s.Work.Ask(ctx, ref, s.Now(), nil); err != nil {
		return err
	}
	_ = s.Nudge.Nudge(ctx, work.Nudge{Ref: ref}, 0) // harmless: sync-dispatch finds what is overdue
	return nil
}

// Get returns a decision; fault.NotFound with the code "decision-not-found" when there is none.
func (s *Service) Get(ctx context.Context, tenant, id string) (Decision, error) {
	d, found, err := table.Get[Decision](ctx, s.DB, table.Decisions, table.Key{PK: tenant, SK: id})
	if err != nil {
		return Decision{}, fmt.Errorf("get decision %q: %w", id, err)
	}
	if !found {
		return Decision{}, notFound()
	}
	return d, nil
}

func notFound() error {
	return fault.New(fault.NotFound, "decision-not-found", "There is no decision with this id.")
}

// Recent returns the n decisions that changed last, newest first; it may trail by a second.
func (s *Service) Recent(ctx context.Context, tenant string, n int) ([]Decision, error) {
	list, _, err := s.List(ctx, tenant, n, "")
	return list, err
}

// List is a page of at most n decisions, newest change first, after a place that an earlier page gave as next; "" is the
// beginning, and no next the end. A decision that changes during a walk moves to the front; every other one comes exactly
// once. It may trail by a second.
func (s *Service) List(ctx context.Context, tenant string, n int, after string) (list []Decision, next string, err error) {
	list, next, err = table.List[Decision](ctx, s.DB, table.Query{
		Table: table.Decisions, Index: table.Recent, PK: tenant, Descending: true, Limit: n, Start: after,
	})
	if err != nil {
		return nil, "", fmt.Errorf("list recent decisions: %w", err)
	}
	return list, next, nil
}

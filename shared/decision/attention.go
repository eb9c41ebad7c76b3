package decision

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// Tally counts a tenant's decisions for the page.
type Tally struct {
	Delivered int   `json:"delivered"`                 // within the last seven days, counted up to TallyLimit
	Waiting   int   `json:"waiting"`                   // accepted, sending, uncertain or held
	Attention int   `json:"attention"`                 // undeliverable and not dismissed
	OldestAt  int64 `json:"oldestWaitingAt,omitempty"` // milliseconds since the epoch, of the one that waits longest
}

// TallyLimit is how many of the recent decisions Tally looks at for Delivered.
const TallyLimit = 500

// tallySpan is how far back Tally.Delivered reaches.
const tallySpan = 7 * 24 * time.Hour

// Tally counts the open decisions exactly and the delivered ones of the last seven days; it may trail by a second.
func (s *Service) Tally(ctx context.Context, tenant string) (Tally, error) {
	var t Tally
	err := s.open(ctx, tenant, func(d Decision) error {
		if d.State == Undeliverable {
			t.Attention++
			return nil
		}
		t.Waiting++
		if t.OldestAt == 0 || d.OpenAt < t.OldestAt {
			t.OldestAt = d.OpenAt
		}
		return nil
	})
	if err != nil {
		return Tally{}, err
	}
	recent, _, err := table.List[Decision](ctx, s.DB, table.Query{
		Table: table.Decisions, Index: table.Recent, PK: tenant, Descending: true, Limit: TallyLimit,
		From: s.Now().Add(-tallySpan).UnixMilli(),
	})
	if err != nil {
		return Tally{}, fmt.Errorf("tally decisions: %w", err)
	}
	for _, d := range recent {
		if d.State == Delivered {
			t.Delivered++
		}
	}
	return t, nil
}

// open visits the decisions that are not delivered or dismissed, oldest first.
func (s *Service) open(ctx context.Context, tenant string, visit func(Decision) error) error {
	err := table.Each(ctx, s.DB, table.Query{Table: table.Decisions, Index: table.Open, PK: tenant}, visit)
	if err != nil {
		return fmt.Errorf("list open decisions: %w", err)
	}
	return nil
}

// Release asks for the delivery of everything that waited for a connection. It is called once the connection is
// connected, and may be called again at any time. What it misses, because the index trails, a keeper finds within the hour.
func (s *Service) Release(ctx context.Context, tenant, conn string) error {
	return s.open(ctx, tenant, func(d Decision) error {
		if d.AtRest() {
			return nil
		}
		_, err := table.Update(ctx, s.DB, table.Decisions, d.Key(), func(d *Decision) error {
			if d.State != Held {
				return table.ErrKeep
			}
			d.reopen(true, s.Now())
			return nil
		})
		if err != nil {
			return fmt.Errorf("release decision %q: %w", d.ID(), err)
		}
		return s.ask(ctx, conn, d.ID())
	})
}

// Retry asks for the delivery of a decision again, as safely as the first time: what was sent before is looked up
// first. A delivered decision is returned as it is; one whose text is erased is fault.Conflict with the code
// "decision-erased".
func (s *Service) Retry(ctx context.Context, tenant, id string) (Decision, error) {
	conn, connected, err := s.connected(ctx, tenant)
	if err != nil {
		return Decision{}, err
	}
	d, err := table.Update(ctx, s.DB, table.Decisions, table.Key{PK: tenant, SK: id}, func(d *Decision) error {
		switch {
		case d.Rev == 0:
			return notFound()
		case d.State != Undeliverable:
			return table.ErrKeep
		case d.Content == nil:
			return fault.New(fault.Conflict, "decision-erased",
				"The text of this decision was erased. Send it again from Evidenced.")
		}
		d.reopen(connected, s.Now())
		return nil
	})
	if err != nil || d.AtRest() {
		return d, err
	}
	if err := s.Work.Ask(ctx, keeper(tenant, id), s.Now().Add(keepEvery), nil); err != nil {
		return d, err
	}
	if connected {
		return d, s.ask(ctx, conn, id)
	}
	return d, nil
}

// Dismiss says that nobody needs to be told of an undeliverable decision any more; of any other it is fault.Conflict
// with the code "decision-not-undeliverable".
func (s *Service) Dismiss(ctx context.Context, tenant, id string) (Decision, error) {
	return table.Update(ctx, s.DB, table.Decisions, table.Key{PK: tenant, SK: id}, func(d *Decision) error {
		switch {
		case d.Rev == 0:
			return notFound()
		case d.Dismissed:
			return table.ErrKeep
		case d.State != Undeliverable:
			return fault.New(fault.Conflict, "decision-not-undeliverable",
				"Only a decision that could not be delivered can be dismissed.")
		}
		d.Dismissed = true
		d.touch(s.Now())
		return nil
	})
}

package connection

import (
	"context"
	"time"

	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
)

// Secret reads what is needed to verify a delivery to an address: whose webhook it is and its signature token. found is
// false for an address that is not, or no longer, ours.
func Secret(ctx context.Context, db table.DB, box *seal.Box, address string) (k HookSecret, token secret.String, found bool, err error) {
	k, found, err = table.Get[HookSecret](ctx, db, table.Hooks, secretKey(address))
	if err != nil || !found || len(k.Token.Text) == 0 {
		return k, "", false, err
	}
	raw, err := box.Open(ctx, seal.Context{Connection: k.Connection, Purpose: seal.Hook}, k.Token)
	return k, secret.String(raw), err == nil, err
}

// Delivery is a verified delivery of an event. Ping says that it was Lever's test without data; Late is how long after
// the event it came, by the two times in Lever's signature and on our clock.
type Delivery struct {
	Event string
	At    time.Time
	Late  time.Duration
	Ping  bool
}

// Rules about lateness: what a person sends again by hand says nothing about the next delivery, and what was a week ago
// says little.
const (
	byHand     = time.Hour
	remembered = 7 * 24 * time.Hour
	worth      = 10 * time.Second // by how much a delivery must be later than what is known to be written down at once
)

// Seen notes that a verified delivery came. At most one note in five seconds is written, unless it is news.
func (s *Service) Seen(ctx context.Context, connection string, d Delivery) error {
	at := d.At.UnixMilli()
	_, err := table.Update(ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "hook#" + d.Event}, func(h *Hook) error {
		later := d.Late < byHand && d.Late.Milliseconds() > h.Late+worth.Milliseconds()
		if h.Rev == 0 || at < h.LastSeen+5000 && (d.Ping || h.LastEvent > 0 && !h.Doubted) && h.Missed == 0 && !later {
			return table.ErrKeep
		}
		h.LastSeen = max(h.LastSeen, at)
		if h.Awaiting = 0; d.Ping && h.Doubted {
			h.Awaiting = at + 1 // Lever's test comes through a switched-off webhook, too: an event has to follow
		}
		h.Missed, h.MissedAt, h.EnoughAt = 0, 0, 0
		if d.Ping {
			return nil
		}
		h.LastEvent, h.Doubted = max(h.LastEvent, at), false
		if late := d.Late.Milliseconds(); d.Late < byHand && (late >= h.Late || at-h.LateAt > remembered.Milliseconds()) {
			h.Late, h.LateAt = max(0, late), at
		}
		return nil
	})
	return err
}

// Awaiting notes that the admin says an event was switched on in Lever; event "" means all that look switched off.
func (s *Service) Awaiting(ctx context.Context, connection, event string) error {
	for _, name := range Events() {
		if event != "" && event != name {
			continue
		}
		_, err := table.Update(ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "hook#" + name}, func(h *Hook) error {
			if h.Rev == 0 || h.LastEvent > 0 && h.Missed == 0 {
				return table.ErrKeep
			}
			h.Awaiting, h.Missed, h.MissedAt, h.EnoughAt = s.Now().UnixMilli(), 0, 0, 0
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enough is how many changes in a row without their webhook make it look switched off (shared/health).
const enough = 3

// Missed notes that a change was found by looking that should have come as this event and did not. A change that may
// have been announced, because a delivery of that event came since, is not counted.
func (s *Service) Missed(ctx context.Context, connection, event string, since time.Time) error {
	_, err := table.Update(ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "hook#" + event}, func(h *Hook) error {
		if h.Rev == 0 || h.LastEvent > 0 && h.LastEvent >= since.UnixMilli() {
			return table.ErrKeep
		}
		now := s.Now().UnixMilli()
		h.Missed, h.Doubted = h.Missed+1, true
		if h.MissedAt == 0 {
			h.MissedAt = now
		}
		if h.Missed == enough {
			h.EnoughAt = now
		}
		return nil
	})
	return err
}

package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/telemetry"
)

// pair is the stored pair of tokens. Its revision changes with nothing but the pair itself and a re-seal of it, so "the
// revision is still the one I read" means "the stored refresh token is still the one I spent".
type pair struct {
	table.Meta             // PK is the connection's id, SK "tokens"
	Sealed     seal.Sealed `dynamodbav:"sealed"`
	Previous   seal.Sealed `dynamodbav:"previous"` // the pair before, kept for one round
	Expires    int64       `dynamodbav:"expires"`  // of the access token, milliseconds since the epoch
	At         int64       `dynamodbav:"at"`       // when this pair was stored
}

// clear is a pair in memory.
type clear struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// renewal is all that is needed to store what Lever answers, so that nothing has to be asked for while the new pair is
// in memory only.
type renewal struct {
	pair  pair // whose refresh token is spent
	clear clear
	state Connection
	key   seal.Held
}

// prepare makes the calls of a renewal that can be made before it.
func (t *tokens) prepare(ctx context.Context, p pair) (r renewal, err error) {
	r.pair = p
	if r.state, _, err = t.service.Load(ctx, t.connection); err != nil {
		return r, err
	}
	if r.clear, err = t.open(ctx, p); err != nil {
		return r, err
	}
	r.key, err = t.service.Box.Hold(ctx, t.context(), p.Sealed)
	return r, err
}

// storeTries bounds how often a new pair is written before it is given up: it is the only copy there is.
const storeTries = 5

// store writes a grant over the pair that was spent for it, in one transaction with the connection's state, and returns
// the access token of the pair that then stands. Because each of them moves the state on, a verdict that the grant is
// dead and a new pair never pass each other; and a verdict that stands already is taken back.
func (t *tokens) store(ctx context.Context, r renewal, grant lever.Grant) (access string, err error) {
	s := t.service
	next := pair{Meta: r.pair.Meta, Previous: r.pair.Sealed}
	if err := s.fill(&next, r.key, grant); err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx)
	for range storeTries {
		var changes []table.Change
		if changes, err = s.renewed(ctx, r.state, &next); err == nil {
			err = s.DB.Write(ctx, changes...)
		}
		if err == nil {
			return grant.Access.Reveal(), nil
		}
		now, stored, failed := t.stored(ctx)
		switch {
		case failed != nil:
			continue
		case stored.Refresh != r.clear.Refresh:
			return stored.Access, nil // ours, written without an answer, or a sibling's
		}
		next.Meta = now.Meta // what was spent, perhaps sealed anew
		if key, failed := s.Box.Hold(ctx, t.context(), now.Sealed); failed == nil {
			next.Previous = now.Sealed
			if failed = s.fill(&next, key, grant); failed != nil {
				return "", failed
			}
		}
		if state, found, failed := s.Load(ctx, t.connection); failed == nil && found {
			r.state = state
		}
	}
	return "", fmt.Errorf("store refreshed tokens: %w", err)
}

// stored reads and opens the stored pair.
func (t *tokens) stored(ctx context.Context) (p pair, c clear, err error) {
	if p, err = t.read(ctx); err == nil {
		c, err = t.open(ctx, p)
	}
	return p, c, err
}

// renewed plans a new pair with the state that it leads to.
func (s *Service) renewed(ctx context.Context, c Connection, next *pair) ([]table.Change, error) {
	tokens, err := table.Encode(table.Connections, next)
	if err != nil {
		return nil, err
	}
	c.RenewedAt = next.At
	if c.State == Revoked {
		c.State, c.EndedAt = Connected, 0
		changes, err := s.working(ctx, &c)
		return append(changes, tokens), err
	}
	state, err := table.Encode(table.Connections, &c)
	return []table.Change{tokens, state}, err
}

// fill seals a grant into next under a data key in hand.
func (s *Service) fill(next *pair, key seal.Held, grant lever.Grant) error {
	raw, err := json.Marshal(clear{grant.Access.Reveal(), grant.Refresh.Reveal()})
	if err != nil {
		return fmt.Errorf("encode tokens: %w", err)
	}
	if next.Sealed, err = key.Seal(raw); err != nil {
		return err
	}
	next.Expires, next.At = grant.Expires.UnixMilli(), s.Now().UnixMilli()
	return nil
}

// dead marks a connection whose grant Lever no longer accepts: all its work stops and the page says so. Nothing happens
// when the stored pair is not the one of the given revision, which Lever refused.
func (s *Service) dead(ctx context.Context, connection string, rev int64) error {
	marked := false
	err := s.together(ctx, func() ([]table.Change, error) {
		marked = false
		// The state is read before the pair: whoever stores a pair after this look moves the state on.
		c, _, err := s.Load(ctx, connection)
		if err != nil || c.State != Connected {
			return nil, err
		}
		p, found, err := table.Get[pair](ctx, s.DB, table.Connections, table.Key{PK: connection, SK: "tokens"})
		if err != nil || !found || p.Rev != rev {
			return nil, err
		}
		c.State, c.EndedAt = Revoked, s.Now().UnixMilli()
		state, err := table.Encode(table.Connections, &c)
		if err != nil {
			return nil, err
		}
		line, err := s.line(connection, "revoked")
		marked = err == nil
		return []table.Change{state, line}, err
	})
	if err == nil && marked {
		telemetry.Measure(telemetry.NeedsAttention, 1)
	}
	return err
}

// firstPair plans the storing of a grant's tokens at a connect, with the rows under which they are refreshed and the
// webhooks kept. Those are made here and nowhere else, so that nothing of an ended connection comes back.
func (s *Service) firstPair(ctx context.Context, id string, grant lever.Grant) ([]table.Change, error) {
	p, _, err := table.Get[pair](ctx, s.DB, table.Connections, table.Key{PK: id, SK: "tokens"})
	if err != nil {
		return nil, err
	}
	p.PK, p.SK = id, "tokens"
	key, err := s.Box.Hold(ctx, seal.Context{Connection: id, Purpose: seal.Token}, seal.Sealed{})
	if err != nil {
		return nil, err
	}
	if err := s.fill(&p, key, grant); err != nil {
		return nil, err
	}
	tokens, err := table.Encode(table.Connections, &p)
	changes := []table.Change{tokens}
	for _, sk := range []string{"refresh", "hook-lease"} {
		f, found, failed := table.Get[fence](ctx, s.DB, table.Connections, table.Key{PK: id, SK: sk})
		if failed != nil {
			return nil, failed
		}
		if f.PK, f.SK = id, sk; found {
			continue
		}
		change, failed := table.Encode(table.Connections, &f)
		changes, err = append(changes, change), errors.Join(err, failed)
	}
	return changes, err
}

package connection

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// Reseal seals whatever is kept sealed of a connection anew, under data keys that the key service makes now: its pair of
// tokens with the pair before, and the signature tokens of its webhooks. What is sealed stays the same, nothing is
// called at Lever, and each write is made only over what was opened, so a refresh or a keeper beside it loses nothing and
// an ended connection stays empty. It may be repeated after a crash at any place. While a refresh is under way it
// answers fault.Unavailable with the time to come back. Codes and verifiers of connects that wait for their
// confirmation are not touched: they die by themselves within ten minutes.
func (s *Service) Reseal(ctx context.Context, connection string) error {
	t := newTokens(s, connection)
	if err := s.together(ctx, func() ([]table.Change, error) { return t.resealing(ctx) }); err != nil {
		return fmt.Errorf("re-seal tokens: %w", err)
	}
	return s.resealHooks(ctx, connection)
}

// resealing plans the pair under a new data key. The fence is written with it, so that a refresh that begins meanwhile
// makes the plan fail, and a refusal of this refresh token is still known under the pair's new revision.
func (t *tokens) resealing(ctx context.Context) ([]table.Change, error) {
	s := t.service
	p, found, err := table.Get[pair](ctx, s.DB, table.Connections, table.Key{PK: t.connection, SK: "tokens"})
	if err != nil || !found {
		return nil, err
	}
	f, _, err := table.Get[fence](ctx, s.DB, table.Connections, table.Key{PK: t.connection, SK: "refresh"})
	if err != nil {
		return nil, err
	}
	if f.Holder != "" && f.Until > s.Now().UnixMilli() {
		return nil, fault.New(fault.Unavailable, "refresh-busy", "The access to Lever is being renewed; this continues by itself.").At(time.UnixMilli(f.Until))
	}
	if err := t.anew(ctx, &p); err != nil {
		return nil, err
	}
	f.PK, f.SK = t.connection, "refresh"
	if f.Spent == p.Rev {
		f.Spent++
	}
	tokens, err := table.Encode(table.Connections, &p)
	if err != nil {
		return nil, err
	}
	fenced, err := table.Encode(table.Connections, &f)
	return []table.Change{tokens, fenced}, err
}

// anew seals both halves of a pair under one new data key.
func (t *tokens) anew(ctx context.Context, p *pair) error {
	box := t.service.Box
	now, err := box.Open(ctx, t.context(), p.Sealed)
	if err != nil {
		return err
	}
	before, kept := []byte(nil), len(p.Previous.Key) > 0
	if kept {
		if before, err = box.Open(ctx, t.context(), p.Previous); err != nil {
			return err
		}
	}
	if p.Sealed, err = box.Seal(ctx, t.context(), now); err != nil || !kept {
		return err
	}
	p.Previous, err = box.Reseal(ctx, t.context(), p.Sealed, before)
	return err
}

// resealHooks seals the signature tokens of a connection's webhooks under one new data key.
func (s *Service) resealHooks(ctx context.Context, connection string) error {
	hooks, err := s.Hooks(ctx, connection)
	if err != nil {
		return err
	}
	c, like := seal.Context{Connection: connection, Purpose: seal.Hook}, seal.Sealed{}
	for _, address := range addresses(hooks) {
		_, err := table.Update(ctx, s.DB, table.Hooks, secretKey(address), func(k *HookSecret) error {
			if k.Rev == 0 || len(k.Token.Text) == 0 {
				return table.ErrKeep // not told by Lever yet, or gone: what comes is sealed under a new key by itself
			}
			plain, err := s.Box.Open(ctx, c, k.Token)
			if err != nil {
				return err
			}
			if len(like.Key) == 0 {
				k.Token, err = s.Box.Seal(ctx, c, plain)
			} else {
				k.Token, err = s.Box.Reseal(ctx, c, like, plain)
			}
			like = k.Token
			return err
		})
		if err != nil {
			return fmt.Errorf("re-seal a signature token: %w", err)
		}
	}
	return nil
}

// addresses lists the addresses under which a connection's webhooks are known, those that are being replaced too.
func addresses(hooks []Hook) (all []string) {
	for _, h := range hooks {
		if h.Address != "" {
			all = append(all, h.Address)
		}
		for _, f := range h.Former {
			all = append(all, f.Address)
		}
	}
	return all
}

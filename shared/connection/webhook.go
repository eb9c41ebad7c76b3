package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// create makes one webhook at Lever under a new address. The address is stored first, so that whatever Lever makes can
// be found again; the token, which Lever shows only now, right after.
func (s *Service) create(ctx context.Context, a *Access, event string) error {
	address, err := portal.Token(s.Rand)
	if err != nil {
		return err
	}
	k := HookSecret{Tenant: a.Connection.Tenant, Connection: a.Connection.ID(), Event: event}
	k.PK, k.SK = secretKey(address).PK, secretKey(address).SK
	if err := s.together(ctx, func() ([]table.Change, error) { return s.readdress(ctx, address, k) }); err != nil {
		return fmt.Errorf("store webhook address of %s: %w", event, err)
	}
	// In hand before the token comes, which nobody can ask for again.
	key, err := s.Box.Hold(ctx, seal.Context{Connection: k.Connection, Purpose: seal.Hook}, seal.Sealed{})
	if err != nil {
		return err
	}
	made, err := a.Lever.CreateWebhook(ctx, s.PublicURL+hookPath+address, event)
	if err != nil {
		return fmt.Errorf("create webhook %s: %w", event, err)
	}
	if k.Token, err = key.Seal([]byte(made.SignatureToken().Reveal())); err != nil {
		return err
	}
	k.Rev = 1
	if err := table.Save(ctx, s.DB, table.Hooks, &k); err != nil {
		return fmt.Errorf("store signature token of %s: %w", event, err)
	}
	_, err = table.Update(ctx, s.DB, table.Connections, hookKey(k.Connection, event), func(h *Hook) error {
		if h.Address != address {
			return table.ErrKeep
		}
		h.LeverID = made.ID
		return nil
	})
	if err != nil {
		return fmt.Errorf("store webhook %s: %w", event, err)
	}
	return nil
}

// readdress plans a new address with its secret in place of the one before. A webhook that stands, or whose token is
// known, is remembered until Lever knows it no more.
func (s *Service) readdress(ctx context.Context, address string, k HookSecret) ([]table.Change, error) {
	key := hookKey(k.Connection, k.Event)
	h, _, err := table.Get[Hook](ctx, s.DB, table.Connections, key)
	if err != nil {
		return nil, err
	}
	old, found, err := table.Get[HookSecret](ctx, s.DB, table.Hooks, secretKey(h.Address))
	if err != nil {
		return nil, err
	}
	lives := h.LeverID != "" || len(old.Token.Text) > 0
	switch {
	case lives:
		h.Former = append(h.Former, FormerHook{h.LeverID, h.Address})
	case h.Address != "":
		h.UnsureAt, h.Unsure = h.CreatedAt, h.Unsure+1
	}
	h.PK, h.SK, h.Event = key.PK, key.SK, k.Event
	h.Address, h.LeverID, h.CreatedAt = address, "", s.Now().UnixMilli()
	row, err := table.Encode(table.Connections, &h)
	if err != nil {
		return nil, err
	}
	secret, err := table.Encode(table.Hooks, &k)
	if err != nil {
		return nil, err
	}
	changes := []table.Change{row, secret}
	if found && !lives {
		changes = append(changes, table.Remove(table.Hooks, old.Meta))
	}
	return changes, nil
}

// signed says whether the signature token of a webhook is known here.
func (s *Service) signed(ctx context.Context, h Hook) (bool, error) {
	k, found, err := table.Get[HookSecret](ctx, s.DB, table.Hooks, secretKey(h.Address))
	if err != nil {
		return false, fmt.Errorf("read signature token of %s: %w", h.Event, err)
	}
	return found && len(k.Token.Text) > 0, nil
}

// known says whether a webhook at Lever is one that we remember to have made.
func known(hooks []Hook, id string) bool {
	return slices.ContainsFunc(hooks, func(h Hook) bool {
		return h.LeverID == id || slices.ContainsFunc(h.Former, func(f FormerHook) bool { return f.LeverID == id })
	})
}

// retire deletes the webhooks that were replaced, and forgets the secrets of those that Lever knew no more already; the
// others go at a later look, when nothing that they sent is on its way any more. What is remembered is deleted also when
// the list, which may come short, does not show it.
func (s *Service) retire(ctx context.Context, a *Access, looked time.Time, listed map[string]lever.Webhook) (retired bool, err error) {
	hooks, err := s.Hooks(ctx, a.Connection.ID())
	if err != nil {
		return false, err
	}
	urls := map[string]bool{}
	for _, w := range listed {
		urls[w.URL] = true
	}
	for _, h := range hooks {
		if err := s.sure(ctx, a.Connection.ID(), looked, h); err != nil {
			return true, err
		}
		for _, f := range h.Former {
			gone := f.LeverID == "" && !urls[s.PublicURL+hookPath+f.Address]
			if f.LeverID != "" {
				was, err := remove(ctx, a.Lever, f.LeverID, true)
				if err != nil {
					return true, err
				}
				gone = was == absent
			}
			if retired = true; !gone {
				continue
			}
			if err := s.retired(ctx, hookKey(a.Connection.ID(), h.Event), f); err != nil {
				return true, err
			}
		}
	}
	return retired, nil
}

// sure forgets creations that were never answered, when nothing can have come of them after we looked.
func (s *Service) sure(ctx context.Context, connection string, looked time.Time, h Hook) error {
	over := func(h *Hook) bool {
		return h.UnsureAt > 0 && !looked.Before(time.UnixMilli(h.UnsureAt).Add(surfaceFor))
	}
	if !over(&h) {
		return nil
	}
	_, err := table.Update(ctx, s.DB, table.Connections, hookKey(connection, h.Event), func(h *Hook) error {
		if !over(h) {
			return table.ErrKeep
		}
		h.UnsureAt, h.Unsure = 0, 0
		return nil
	})
	return err
}

// retired forgets a webhook that was replaced, its secret first.
func (s *Service) retired(ctx context.Context, key table.Key, f FormerHook) error {
	if err := s.forget(ctx, f.Address); err != nil {
		return err
	}
	_, err := table.Update(ctx, s.DB, table.Connections, key, func(h *Hook) error {
		h.Former = slices.DeleteFunc(h.Former, func(g FormerHook) bool { return g == f })
		return nil
	})
	if err != nil {
		return fmt.Errorf("store webhook: %w", err)
	}
	return nil
}

// forget removes the secret of an address that is no longer used.
func (s *Service) forget(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	k, found, err := table.Get[HookSecret](ctx, s.DB, table.Hooks, secretKey(address))
	if err != nil || !found {
		return err
	}
	err = s.DB.Write(ctx, table.Remove(table.Hooks, k.Meta))
	if errors.Is(err, table.ErrConflict) {
		return nil // somebody else removed it
	}
	return err
}

// removal is what became of a webhook that was to be deleted.
type removal int

const (
	removed removal = iota + 1
	absent          // Lever knew it no more
	theirs          // not ours after all
)

// remove deletes a webhook under our address. One that we did not make and that Lever does not let us delete was made by
// a person, so it is theirs.
func remove(ctx context.Context, client *lever.Client, id string, made bool) (removal, error) {
	err := client.DeleteWebhook(ctx, id)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return removed, nil
	case kind == fault.NotFound:
		return absent, nil
	case kind == fault.Forbidden && !made:
		return theirs, nil
	}
	return 0, fmt.Errorf("delete webhook: %w", err)
}

func secretKey(address string) table.Key { return table.Key{PK: "hook#" + address, SK: "secret"} }

func hookKey(connection, event string) table.Key {
	return table.Key{PK: connection, SK: "hook#" + event}
}

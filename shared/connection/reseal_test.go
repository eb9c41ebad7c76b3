package connection_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
)

// sealed collects the wrapped keys and the ciphertexts that are stored of connections and their webhooks.
func (b *bundle) sealed() (parts [][]byte) {
	for _, name := range []table.Name{table.Connections, table.Hooks} {
		for _, item := range b.db.Dump(name) {
			for _, value := range item {
				part, _ := value.(*types.AttributeValueMemberM)
				if part == nil {
					continue
				}
				for _, half := range []string{"key", "text"} {
					if raw, ok := part.Value[half].(*types.AttributeValueMemberB); ok && len(raw.Value) > 0 {
						parts = append(parts, raw.Value)
					}
				}
			}
		}
	}
	return parts
}

// kept counts what of before is still stored.
func (b *bundle) kept(before [][]byte) (kept int) {
	for _, now := range b.sealed() {
		for _, then := range before {
			if bytes.Equal(now, then) {
				kept++
			}
		}
	}
	return kept
}

// opens fails unless the tokens and every signature token of the connection open without any key in memory.
func (b *bundle) opens(t *testing.T, id string) {
	t.Helper()
	b.clock = b.clock.Add(16 * time.Minute) // keys are forgotten
	if err := b.call(t.Context(), id); err != nil {
		t.Errorf("the tokens do not work: %v", err)
	}
	hooks, err := b.Hooks(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		if _, token, found, err := connection.Secret(t.Context(), b.db, b.Box, h.Address); err != nil || !found || len(token.Reveal()) == 0 {
			t.Errorf("the signature token of %s does not open: %v", h.Event, err)
		}
	}
}

// refreshed makes the connection refresh, so that a pair before is kept.
func (b *bundle) refreshed(t *testing.T, id string) {
	t.Helper()
	b.clock = b.clock.Add(2 * time.Hour)
	if err := b.call(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestResealChangesEverySealedPartAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.refreshed(t, c.ID())
	before, calls := b.sealed(), len(b.lever.Requests())
	var tokens []string
	hooks, _ := b.Hooks(t.Context(), c.ID())
	for _, h := range hooks {
		_, token, _, _ := connection.Secret(t.Context(), b.db, b.Box, h.Address)
		tokens = append(tokens, token.Reveal())
	}
	if err := b.Reseal(t.Context(), c.ID()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.sealed()); n != len(before) || n != 2*(2+8) {
		t.Errorf("%d sealed parts, before %d", n, len(before))
	}
	if n := b.kept(before); n != 0 {
		t.Errorf("%d of %d sealed parts are as they were", n, len(before))
	}
	if n := len(b.lever.Requests()) - calls; n != 0 {
		t.Errorf("%d calls to Lever", n)
	}
	b.opens(t, c.ID())
	for i, h := range hooks {
		if _, token, _, _ := connection.Secret(t.Context(), b.db, b.Box, h.Address); token.Reveal() != tokens[i] {
			t.Errorf("the signature token of %s is another", h.Event)
		}
	}
	b.refreshed(t, c.ID())
}

func TestResealGathersAConnectionsSecretsUnderTwoKeys(t *testing.T) {
	t.Parallel()
	b, keys := setup(t), &sealtest.Keys{}
	b.Box = seal.New(keys, b.Now, rand.Reader)
	c := b.connect(t, "t1")
	for round, want := range []int{1 + 8 + 2, 1 + 1 + 2} {
		b.clock = b.clock.Add(16 * time.Minute) // keys are forgotten
		before := keys.Calls()
		if err := b.Reseal(t.Context(), c.ID()); err != nil {
			t.Fatal(err)
		}
		if n := keys.Calls() - before; n != want {
			t.Errorf("round %d: %d calls of the key service, want %d", round+1, n, want)
		}
	}
}

func TestResealWaitsForARefreshUnderWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.clock = b.clock.Add(2 * time.Hour)
	var busy error
	b.wire.before = func(r *http.Request) error {
		if r.URL.Path == "/oauth/token" {
			busy = b.Reseal(t.Context(), c.ID())
		}
		return nil
	}
	if err := b.call(t.Context(), c.ID()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, busy, "refresh-busy")
	if fault.KindOf(busy) != fault.Unavailable || !fault.RetryAt(busy).After(b.clock) {
		t.Errorf("comes back at %s", fault.RetryAt(busy))
	}
}

// A refresher whose lease ran out may still hold the only living pair; a re-seal in between must not throw it away.
func TestRefreshThatEndsAfterAResealKeepsItsPair(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.clock = b.clock.Add(2 * time.Hour)
	before := b.sealed()
	b.wire.after = func(r *http.Request) error {
		if r.URL.Path == "/oauth/token" {
			b.clock = b.clock.Add(time.Minute)
			return b.Reseal(t.Context(), c.ID())
		}
		return nil
	}
	if err := b.call(t.Context(), c.ID()); err != nil {
		t.Fatalf("the refresh failed: %v", err)
	}
	b.wire.after = nil
	if n := b.kept(before); n != 0 {
		t.Errorf("%d parts are sealed as before", n)
	}
	b.opens(t, c.ID())
	b.refreshed(t, c.ID()) // the stored refresh token is the living one
	if n := b.tokenCalls(); n != 3 {
		t.Errorf("%d token calls, want one for each of connect and two refreshes", n)
	}
}

func TestResealRemembersARefusal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	err := b.call(t.Context(), c.ID())
	wantCode(t, err, "grant-refused")
	calls := b.tokenCalls()
	b.clock = fault.RetryAt(err)
	if err := b.Reseal(t.Context(), c.ID()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.call(t.Context(), c.ID()), "grant-dead")
	if n := b.tokenCalls() - calls; n != 0 {
		t.Errorf("the refused token was spent %d more times", n)
	}
}

func TestResealPassesOverAWebhookWithoutToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lost := true
	b.wire.after = func(r *http.Request) error {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/webhooks") && lost {
			lost = false
			return errors.New("connection reset")
		}
		return nil
	}
	c := b.connect(t, "t1")
	if lost {
		t.Fatal("no webhook was made")
	}
	if err := b.Reseal(t.Context(), c.ID()); err != nil {
		t.Error(err)
	}
	b.whole(t, "t1")
}

func TestResealOfAnEndedConnectionLeavesItEmpty(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.gone(t, "t1", c.ID())
	if err := b.Reseal(t.Context(), c.ID()); err != nil {
		t.Fatal(err)
	}
	if left := b.left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestResealDoesNotBringBackWhatAnEndRemoves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.disconnect(t, "t1")
	whole := *b.Service
	w := &interrupted{DB: b.db, before: func() { b.end(t, c.ID(), 3) }}
	b.Service.DB = w
	err := b.Reseal(t.Context(), c.ID())
	*b.Service = whole
	if err != nil || !w.done {
		t.Fatalf("%v, interrupted %t", err, w.done)
	}
	if left := b.left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// interrupted is a store in which something else happens right before the first write.
type interrupted struct {
	table.DB
	before func()
	done   bool
}

// Write implements table.DB.
func (i *interrupted) Write(ctx context.Context, changes ...table.Change) error {
	if !i.done {
		i.done = true
		i.before()
	}
	return i.DB.Write(ctx, changes...)
}

func TestResealKilledAtEachCallIsMendedByAnother(t *testing.T) {
	t.Parallel()
	var before [][]byte
	var id string
	killed(t,
		func(t *testing.T, b *bundle) {
			id = b.connect(t, "t1").ID()
			b.refreshed(t, id)
			b.clock = b.clock.Add(6 * time.Minute)
			before = b.sealed()
		},
		func(t *testing.T, b *bundle) {
			if err := b.Reseal(t.Context(), id); err != nil && !errors.Is(err, tabletest.ErrKilled) {
				t.Error(err)
			}
		},
		func(t *testing.T, b *bundle) {
			b.opens(t, id) // as the dead process left it
			if err := b.Reseal(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if n := b.kept(before); n != 0 {
				t.Errorf("%d sealed parts are as they were", n)
			}
			b.opens(t, id)
			b.refreshed(t, id)
			b.gone(t, "t1", b.whole(t, "t1").ID())
		})
}

func TestRosterHoldsWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	ids := func() []string {
		t.Helper()
		all, next, err := b.Roster(t.Context(), "", 10)
		if err != nil || next != "" {
			t.Fatal(next, err)
		}
		return all
	}
	if diff := cmp.Diff([]string{c.ID()}, ids()); diff != "" {
		t.Error(diff)
	}
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	b.clock = fault.RetryAt(b.call(t.Context(), c.ID()))
	wantCode(t, b.call(t.Context(), c.ID()), "grant-dead")
	if diff := cmp.Diff([]string{c.ID()}, ids()); diff != "" {
		t.Errorf("revoked: %s", diff)
	}
	again := b.connect(t, "t1")
	if diff := cmp.Diff([]string{again.ID()}, ids()); diff != "" {
		t.Errorf("connected again: %s", diff)
	}
	if err := b.End(t.Context(), again.ID()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{again.ID()}, ids()); diff != "" {
		t.Errorf("ending: %s", diff)
	}
	b.clock = b.clock.Add(time.Second)
	b.attend(t, again.ID())
	if all := ids(); len(all) != 0 {
		t.Errorf("ended: %v", all)
	}
	list, err := b.Activities(t.Context(), again.ID(), 10)
	if err != nil || len(list) < 2 || list[1].Code != "ended-by-evidenced" {
		t.Errorf("activities %v, %v", list, err)
	}
}

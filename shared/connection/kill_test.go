package connection_test

import (
	"context"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// attend does all work of a connection that is due, but the syncing.
func (b *bundle) attend(t *testing.T, id string) {
	t.Helper()
	attendant := &work.Attendant{List: b.Work, Nudge: b, Hold: time.Minute, Limit: 1000}
	for range 10 {
		for kind, do := range map[work.Kind]func(context.Context, work.Item) (work.Verdict, error){
			work.Hooks: b.AttendHooks, work.Ending: b.AttendEnding,
		} {
			if err := attendant.Attend(t.Context(), work.Nudge{Ref: work.Ref{Connection: id, Kind: kind, Target: "all"}}, do); err != nil {
				t.Fatal(err)
			}
		}
		b.clock = b.clock.Add(10 * time.Second)
	}
}

// whole fails unless the tenant's connection is connected with all its work and exactly eight webhooks at Lever.
func (b *bundle) whole(t *testing.T, tenant string) connection.Connection {
	t.Helper()
	c, _, err := b.Current(t.Context(), tenant)
	if err != nil || c.State != connection.Connected {
		t.Fatalf("state %s, %v", c.State, err)
	}
	for _, kind := range []work.Kind{work.Hooks, work.Resync, work.Delta, work.Patrol} {
		if _, found, err := b.Work.Find(t.Context(), work.Ref{Connection: c.ID(), Kind: kind, Target: "all"}); !found || err != nil {
			t.Errorf("connected without %s work: %v", kind, err)
		}
	}
	b.attend(t, c.ID())
	if n := len(b.account.Webhooks()); n != 8 {
		t.Errorf("%d webhooks", n)
	}
	if err := b.call(t.Context(), c.ID()); err != nil {
		t.Errorf("the tokens do not work: %v", err)
	}
	return c
}

// gone disconnects the tenant and fails unless nothing is left.
func (b *bundle) gone(t *testing.T, tenant, id string) {
	t.Helper()
	if err := b.Disconnect(t.Context(), tenant, connection.Person{ID: "u1"}); err != nil && !connection.IsNotConnected(err) {
		t.Fatal(err)
	}
	b.attend(t, id)
	if left := b.left(t); len(left) > 0 || b.state(t, id) != connection.Disconnected {
		t.Errorf("state %s, left %v", b.state(t, id), left)
	}
	if n := len(b.account.Webhooks()); n != 0 {
		t.Errorf("%d webhooks at Lever", n)
	}
}

// try connects and lets whatever fails fail.
func (b *bundle) try(t *testing.T, tenant string) {
	t.Helper()
	s := b.session(t, tenant, "u1", portal.Admin)
	authorize, err := b.Begin(t.Context(), s, false)
	if err != nil {
		return
	}
	code, err := b.account.Code(levertest.AuthorizeRequest{Scopes: connection.Scopes(false), CodeChallenge: parameter(t, authorize, "code_challenge")})
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Return(t.Context(), s.Key, map[string][]string{"state": {parameter(t, authorize, "state")}, "code": {code}})
	if err != nil {
		return
	}
	_, _ = b.Confirm(t.Context(), tenant, parameter(t, back, "attempt"), connection.Person{ID: "u1"})
}

func TestConnectKilledAtEachCallIsMendedByConnectingAgain(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) { b.welcome(t, "t1") },
		func(t *testing.T, b *bundle) { b.try(t, "t1") },
		func(t *testing.T, b *bundle) {
			if c, found, _ := b.Current(t.Context(), "t1"); found && c.State == connection.Connected {
				b.whole(t, "t1") // without any help
			}
			b.connect(t, "t1")
			b.gone(t, "t1", b.whole(t, "t1").ID())
		})
}

func TestReconnectKilledAtEachCallLeavesAHealthyConnection(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) { b.connect(t, "t1") },
		func(t *testing.T, b *bundle) { b.try(t, "t1") },
		func(t *testing.T, b *bundle) { b.gone(t, "t1", b.whole(t, "t1").ID()) })
}

func TestDisconnectKilledAtEachCallEndsAnyway(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) { b.connect(t, "t1") },
		func(t *testing.T, b *bundle) {
			c, _, err := b.Current(t.Context(), "t1")
			if err == nil && b.Disconnect(t.Context(), "t1", connection.Person{ID: "u1"}) == nil {
				_, _, _ = b.Ending(t.Context(), c.ID())
			}
		},
		func(t *testing.T, b *bundle) {
			c, _, err := b.Current(t.Context(), "t1")
			if err != nil {
				t.Fatal(err)
			}
			if c.State == connection.Disconnecting {
				b.attend(t, c.ID()) // without any help
				if s := b.state(t, c.ID()); s != connection.Disconnected {
					t.Fatalf("stuck in state %s", s)
				}
			}
			b.gone(t, "t1", c.ID())
			b.connect(t, "t1")
			b.gone(t, "t1", b.whole(t, "t1").ID())
		})
}

func TestSwitchOfAccountKilledAtEachCallEndsTheOldOne(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) {
			b.connect(t, "t1")
			b.account = b.lever.Seed(levertest.SmallCompany(2, 4, b.clock))
		},
		func(t *testing.T, b *bundle) { b.try(t, "t1") },
		func(t *testing.T, b *bundle) {
			b.connect(t, "t1")
			c := b.whole(t, "t1")
			old := b.account
			b.account = b.lever.Accounts()[0]
			for _, item := range b.db.Dump(table.Connections) {
				if m, err := table.Decode[connection.Connection](item); err == nil && m.SK == "state" && m.ID() != c.ID() {
					b.attend(t, m.ID())
					if s := b.state(t, m.ID()); s != connection.Disconnected {
						t.Errorf("the old connection is %s", s)
					}
				}
			}
			if n := len(b.account.Webhooks()); n != 0 {
				t.Errorf("%d webhooks at the old account", n)
			}
			b.account = old
			b.gone(t, "t1", c.ID())
		})
}

func TestAccountIsFreeForOthersOnlyAfterTheEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.disconnect(t, "t1")
	for tenant, code := range map[string]string{"t1": "still-disconnecting", "t2": "account-taken"} {
		s := b.session(t, tenant, "u1", portal.Admin)
		_, err := b.confirm(t, tenant, s, b.consent(t, s))
		wantCode(t, err, code)
	}
	b.gone(t, "t1", c.ID())
	b.connect(t, "t2")
	b.whole(t, "t2")
}

func TestKeeperKilledAtEachCallLeavesEightWebhooks(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) {
			c := b.connect(t, "t1")
			hooks, err := b.Hooks(t.Context(), c.ID())
			if err != nil {
				t.Fatal(err)
			}
			key := table.Key{PK: "hook#" + hooks[2].Address, SK: "secret"}
			if _, err := table.Update(t.Context(), b.db, table.Hooks, key, func(k *connection.HookSecret) error { k.Token.Text = nil; return nil }); err != nil {
				t.Fatal(err)
			}
			if _, err := b.account.AddWebhook("client", "candidateHired", publicURL+"/webhooks/lever/stray"); err != nil {
				t.Fatal(err)
			}
		},
		func(t *testing.T, b *bundle) {
			c, _, err := b.Current(t.Context(), "t1")
			if err != nil {
				return
			}
			if access, err := b.Open(t.Context(), c.ID(), 0); err == nil {
				_ = b.Ensure(t.Context(), access)
			}
		},
		func(t *testing.T, b *bundle) {
			c := b.whole(t, "t1")
			b.ensure(t, c.ID())
			b.clock = b.clock.Add(time.Minute)
			b.ensure(t, c.ID())
			if n := len(b.account.Webhooks()); n != 8 || b.secrets() != 8 {
				t.Errorf("%d webhooks, %d secrets", n, b.secrets())
			}
		})
}

func TestRefreshKilledAtEachCallKeepsAGrantThatLeverKeeps(t *testing.T) {
	t.Parallel()
	killed(t,
		func(t *testing.T, b *bundle) {
			b.connect(t, "t1")
			b.clock = b.clock.Add(2 * time.Hour)
		},
		func(t *testing.T, b *bundle) {
			if c, _, err := b.Current(t.Context(), "t1"); err == nil {
				_ = b.call(t.Context(), c.ID())
			}
		},
		func(t *testing.T, b *bundle) { b.whole(t, "t1") },
		func(r *levertest.Rules) { r.RefreshReuse = levertest.ReuseAllowed })
}

package connection_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/table"
)

func TestConnectStoresTokensAddsEightWebhooksAndAsksForWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	if c.State != connection.Connected || c.By.Name != "One" || c.Account != b.account.ID() {
		t.Errorf("%+v", c)
	}
	if n := len(b.account.Webhooks()); n != 8 {
		t.Errorf("%d webhooks", n)
	}
	if len(b.nudges) != 3 {
		t.Errorf("nudges %+v", b.nudges)
	}
}

func TestAnswerThatIsNotOursIsRefusedBeforeTheTokenCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  string
		alter func(t *testing.T, b *bundle, s *portal.Session, answer url.Values)
	}{
		"no state":      {"connect-expired", func(_ *testing.T, _ *bundle, _ *portal.Session, v url.Values) { v.Del("state") }},
		"unknown state": {"connect-expired", func(_ *testing.T, _ *bundle, _ *portal.Session, v url.Values) { v.Set("state", "made-up") }},
		"foreign session": {"connect-other-session", func(t *testing.T, b *bundle, s *portal.Session, _ url.Values) {
			*s = b.session(t, "t2", "u2", portal.Admin)
		}},
		"no session": {"connect-other-session", func(_ *testing.T, _ *bundle, s *portal.Session, _ url.Values) { s.Key = "" }},
		"expired": {"connect-expired", func(_ *testing.T, b *bundle, _ *portal.Session, _ url.Values) {
			b.clock = b.clock.Add(11 * time.Minute)
		}},
		"replayed": {"connect-expired", func(t *testing.T, b *bundle, s *portal.Session, v url.Values) {
			if _, err := b.Return(t.Context(), s.Key, v); err != nil {
				t.Fatal(err)
			}
		}},
		"denied": {"consent-denied", func(_ *testing.T, _ *bundle, _ *portal.Session, v url.Values) {
			v.Del("code")
			v.Set("error", "access_denied")
		}},
		"not a Super Admin": {"not-super-admin", func(_ *testing.T, _ *bundle, _ *portal.Session, v url.Values) {
			v.Del("code")
			v.Set("error", "access_denied")
			v.Set("error_description", "Only Super Admins can authorize apps.")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			s := b.session(t, "t1", "u1", portal.Admin)
			answer := b.consent(t, s)
			c.alter(t, b, &s, answer)
			_, err := b.Return(t.Context(), s.Key, answer)
			wantCode(t, err, c.code)
			if b.tokenCalls() != 0 {
				t.Error("the code was spent")
			}
		})
	}
}

func TestConfirmationMustBeByTheUserTheTenantAndInTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.session(t, "t1", "u1", portal.Admin)
	back, err := b.Return(t.Context(), s.Key, b.consent(t, s))
	if err != nil {
		t.Fatal(err)
	}
	attempt := parameter(t, back, "attempt")
	_, err = b.Confirm(t.Context(), "t1", attempt, connection.Person{ID: "u2"})
	wantCode(t, err, "connect-other-user")
	_, err = b.Confirm(t.Context(), "t2", attempt, connection.Person{ID: "u1"})
	wantCode(t, err, "connect-expired")
	_, err = b.Confirm(t.Context(), "t1", "made-up", connection.Person{ID: "u1"})
	wantCode(t, err, "connect-expired")
	b.clock = b.clock.Add(11 * time.Minute)
	_, err = b.Confirm(t.Context(), "t1", attempt, connection.Person{ID: "u1"})
	wantCode(t, err, "connect-expired")
	if b.tokenCalls() != 0 {
		t.Error("the code was spent")
	}
}

func TestConfirmingTwiceRedeemsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.session(t, "t1", "u1", portal.Admin)
	back, err := b.Return(t.Context(), s.Key, b.consent(t, s))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		c, err := b.Confirm(t.Context(), "t1", parameter(t, back, "attempt"), connection.Person{ID: "u1"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID())
	}
	if ids[0] != ids[1] || b.tokenCalls() != 1 || len(b.account.Webhooks()) != 8 {
		t.Errorf("ids %v, %d token calls, %d webhooks", ids, b.tokenCalls(), len(b.account.Webhooks()))
	}
}

func TestMissingScopeIsNamedAndNothingIsConnected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.session(t, "t1", "u1", portal.Admin)
	var fewer []string
	for _, scope := range connection.Scopes(false) {
		if scope != "interviews:read:admin" {
			fewer = append(fewer, scope)
		}
	}
	_, err := b.confirm(t, "t1", s, b.consent(t, s, fewer...))
	wantCode(t, err, "scope-missing")
	if _, found, _ := b.Current(t.Context(), "t1"); found {
		t.Error("a connection was made")
	}
	want := &connection.Refusal{At: b.clock.UnixMilli(), Code: "scope-missing", Scopes: []string{"interviews:read:admin"}}
	tenant, _, err := b.Tenant(t.Context(), "t1")
	if err != nil || tenant.Refused == nil || tenant.Refused.ID == "" {
		t.Fatalf("the page cannot tell: %+v, %v", tenant.Refused, err)
	}
	want.ID = tenant.Refused.ID
	if diff := cmp.Diff(want, tenant.Refused); diff != "" {
		t.Errorf("what the page can tell (-want +got):\n%s", diff)
	}
}

func TestOneLeverAccountBelongsToOneTenant(t *testing.T) {
	t.Parallel()
	for _, claims := range []bool{true, false} {
		b := setup(t, func(r *levertest.Rules) { r.OpaqueTokens = !claims })
		first := b.connect(t, "t1")
		s := b.session(t, "t2", "u1", portal.Admin)
		_, err := b.confirm(t, "t2", s, b.consent(t, s))
		wantCode(t, err, "account-taken")
		if again := b.connect(t, "t1"); again.ID() != first.ID() || len(b.account.Webhooks()) != 8 {
			t.Errorf("reconnect made %s of %s, %d webhooks", again.ID(), first.ID(), len(b.account.Webhooks()))
		}
	}
}

func TestViewerCannotBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Begin(t.Context(), b.session(t, "t1", "u1", portal.Viewer), false)
	wantCode(t, err, "not-admin")
}

func TestTablesHoldNoSecretInTheClear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.session(t, "t1", "u1", portal.Admin)
	answer := b.consent(t, s)
	if _, err := b.confirm(t, "t1", s, answer); err != nil {
		t.Fatal(err)
	}
	secrets := []string{answer.Get("code"), answer.Get("state")}
	for _, h := range b.account.Webhooks() {
		secrets = append(secrets, h.SignatureToken)
	}
	secrets = append(secrets, b.wire.tokens...)
	if len(secrets) < 12 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	for _, name := range []table.Name{table.Connections, table.Sessions, table.Hooks, table.Work} {
		for _, item := range b.db.Dump(name) {
			for _, secret := range secrets {
				if holds(item, secret) {
					t.Errorf("table %s holds a secret", name)
				}
			}
		}
	}
}

func TestConnectStandsWhenTheWebhooksCannotBeAddedYet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.wire.before = func(r *http.Request) error {
		if r.Method == http.MethodPost && r.URL.Path == "/v1/webhooks" {
			return errors.New("connection reset")
		}
		return nil
	}
	c := b.connect(t, "t1")
	if c.State != connection.Connected || len(b.account.Webhooks()) != 0 {
		t.Errorf("state %s, %d webhooks", c.State, len(b.account.Webhooks()))
	}
	b.wire.before = nil
	b.ensure(t, c.ID())
	if n := len(b.account.Webhooks()); n != 8 {
		t.Errorf("%d webhooks after the keeper", n)
	}
}

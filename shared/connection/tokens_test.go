package connection_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
)

// call makes one harmless call to Lever over a connection.
func (b *bundle) call(ctx context.Context, id string) error {
	access, err := b.Open(ctx, id, budget.HintLane)
	if err != nil {
		return err
	}
	_, err = access.Lever.Stages(ctx, "")
	return err
}

func TestLostAnswerSpendsTheTokenOnceMore(t *testing.T) {
	t.Parallel()
	b := setup(t, func(r *levertest.Rules) { r.RefreshReuse = levertest.ReuseAllowed })
	c := b.connect(t, "t1")
	b.clock = b.clock.Add(2 * time.Hour)
	lost := true
	b.wire.after = func(r *http.Request) error {
		if r.URL.Path == "/oauth/token" && lost {
			lost = false
			return errors.New("connection reset")
		}
		return nil
	}
	if err := b.call(t.Context(), c.ID()); err == nil {
		t.Fatal("the lost answer went unnoticed")
	}
	if err := b.call(t.Context(), c.ID()); err != nil {
		t.Errorf("after a lost answer: %v", err)
	}
	if b.state(t, c.ID()) != connection.Connected {
		t.Errorf("state %s", b.state(t, c.ID()))
	}
}

func TestRevokedAccessIsNoticedAndOnlyAfterMakingSure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	err := b.call(t.Context(), c.ID())
	wantCode(t, err, "grant-refused")
	if b.state(t, c.ID()) != connection.Connected {
		t.Error("declared dead on the first refusal")
	}
	calls := b.tokenCalls()
	b.clock = fault.RetryAt(err)
	wantCode(t, b.call(t.Context(), c.ID()), "grant-dead")
	if b.state(t, c.ID()) != connection.Revoked {
		t.Errorf("state %s", b.state(t, c.ID()))
	}
	if n := b.tokenCalls() - calls; n != 0 {
		t.Errorf("%d more token calls", n)
	}
	wantCode(t, b.call(t.Context(), c.ID()), "not-connected")
	if again := b.connect(t, "t1"); again.State != connection.Connected || b.call(t.Context(), again.ID()) != nil {
		t.Error("reconnect does not work")
	}
}

func TestLoserOfARaceTakesTheWinnersToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.clock = b.clock.Add(2 * time.Hour)
	nested := false
	b.wire.before = func(r *http.Request) error {
		if r.URL.Path != "/oauth/token" || nested {
			return nil
		}
		nested = true
		b.clock = b.clock.Add(time.Minute) // our lease runs out before our request arrives
		return b.call(t.Context(), c.ID())
	}
	if err := b.call(t.Context(), c.ID()); err != nil {
		t.Errorf("the loser failed: %v", err)
	}
	if b.state(t, c.ID()) != connection.Connected {
		t.Errorf("state %s", b.state(t, c.ID()))
	}
}

// sluggish is a store whose writes of the fence take so long that the clock moves on.
type sluggish struct {
	table.DB
	takes func()
}

// Write implements table.DB.
func (s sluggish) Write(ctx context.Context, changes ...table.Change) error {
	err := s.DB.Write(ctx, changes...)
	if changes[0].Key.SK == "refresh" {
		s.takes()
	}
	return err
}

func TestAGrantIsCalledDeadOnlyWhenThatIsWritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	writes := 0
	b.Service.DB = sluggish{b.db, func() {
		if writes++; writes == 2 { // the refusal is noted
			b.clock = b.clock.Add(time.Minute)
		}
	}}
	wantCode(t, b.call(t.Context(), c.ID()), "grant-dead")
	if s := b.state(t, c.ID()); s != connection.Revoked || writes != 2 {
		t.Errorf("state %s after %d writes of the fence", s, writes)
	}
}

// overtaken is a store in which something happens right before a row is read for the first time.
type overtaken struct {
	table.DB
	row   string // its sort key
	first func()
}

// Get implements table.DB.
func (o *overtaken) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	if key.SK == o.row && o.first != nil {
		first := o.first
		o.first = nil
		first()
	}
	return o.DB.Get(ctx, name, key)
}

// A refresh that stood still while its connection ended must not bring the fence back, nor spend anything.
func TestRefreshThatTheEndOvertakesLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.clock = b.clock.Add(2 * time.Hour)
	calls := 0
	b.Service.DB = &overtaken{b.db, "refresh", func() {
		b.disconnect(t, "t1")
		b.end(t, c.ID(), 20)
		calls = b.tokenCalls()
	}}
	if err := b.call(t.Context(), c.ID()); !connection.IsNotConnected(err) {
		t.Errorf("got %v, want that it is not connected", err)
	}
	if left := b.left(t); len(left) > 0 || b.tokenCalls() != calls || calls == 0 {
		t.Errorf("left: %v; %d token calls, then %d", left, calls, b.tokenCalls())
	}
}

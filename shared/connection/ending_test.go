package connection_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// end takes the end of a connection as far as it goes within limit steps.
func (b *bundle) end(t *testing.T, id string, limit int) (steps int) {
	t.Helper()
	for steps = range limit {
		done, next, err := b.Ending(t.Context(), id)
		if done {
			return steps
		}
		if b.clock = b.clock.Add(time.Minute); err == nil && next.After(b.clock) {
			b.clock = next
		}
	}
	t.Fatalf("not ended after %d steps", limit)
	return 0
}

// revoke withdraws the access in Lever and lets a call notice it.
func (b *bundle) revoke(t *testing.T, id string) {
	t.Helper()
	if err := b.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	b.clock = fault.RetryAt(b.call(t.Context(), id))
	wantCode(t, b.call(t.Context(), id), "grant-dead")
}

func (b *bundle) disconnect(t *testing.T, tenant string) {
	t.Helper()
	if err := b.Disconnect(t.Context(), tenant, connection.Person{ID: "u1", Name: "One"}); err != nil {
		t.Fatal(err)
	}
}

// left lists what is stored beside tenants, and the records and activity lists of connections.
func (b *bundle) left(t *testing.T) (left []string) {
	t.Helper()
	for _, name := range []table.Name{table.Connections, table.Hooks, table.Work, table.Mirror} {
		for _, item := range b.db.Dump(name) {
			m, err := table.Decode[table.Meta](item)
			if err != nil {
				t.Fatal(err)
			}
			expected := m.SK == "state" || strings.HasPrefix(m.SK, "activity#") || strings.HasPrefix(m.PK, "tenant#") || strings.HasPrefix(m.SK, string(work.Ending))
			if !expected {
				left = append(left, string(name)+" "+m.PK+" "+m.SK)
			}
		}
	}
	return left
}

func TestDisconnectLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.disconnect(t, "t1")
	b.end(t, c.ID(), 3)
	if n := len(b.account.Webhooks()); n != 0 {
		t.Errorf("%d webhooks at Lever", n)
	}
	if left := b.left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if b.state(t, c.ID()) != connection.Disconnected {
		t.Errorf("state %s", b.state(t, c.ID()))
	}
	if again := b.connect(t, "t1"); again.ID() == c.ID() {
		t.Error("a new connect took up the old connection's id")
	}
}

func TestDisconnectWaitsForWhoeverHoldsWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	ref := work.Ref{Connection: c.ID(), Kind: work.Delta, Target: "all"}
	item, ok, err := b.Work.Claim(t.Context(), ref, 10*time.Minute)
	if err != nil || !ok {
		t.Fatal(err)
	}
	b.disconnect(t, "t1")
	if done, _, err := b.Ending(t.Context(), c.ID()); done || err != nil {
		t.Fatalf("ended beside a worker: %v", err)
	}
	if _, err := b.Work.Finish(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	if done, _, err := b.Ending(t.Context(), c.ID()); !done {
		t.Fatalf("not ended: %v", err)
	}
}

func TestDisconnectWithoutLeverEndsAfterADay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.wire.before = func(*http.Request) error { return errors.New("no route to host") }
	b.disconnect(t, "t1")
	started := b.clock
	b.end(t, c.ID(), 2000)
	if took := b.clock.Sub(started); took < 24*time.Hour || took > 25*time.Hour {
		t.Errorf("ended after %s", took)
	}
	if c, _, _ = b.Load(t.Context(), c.ID()); c.LeftWebhooks != 8 {
		t.Errorf("%d webhooks said to remain", c.LeftWebhooks)
	}
	if err := b.Removed(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if c, _, _ = b.Load(t.Context(), c.ID()); c.LeftWebhooks != 0 || c.State != connection.Disconnected {
		t.Errorf("after the admin removed them: %d in state %s", c.LeftWebhooks, c.State)
	}
	if left := b.left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestDisconnectAfterRevokeCallsLeverNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connect(t, "t1")
	b.revoke(t, c.ID())
	calls := len(b.lever.Requests())
	b.disconnect(t, "t1")
	b.end(t, c.ID(), 3)
	if n := len(b.lever.Requests()) - calls; n != 0 {
		t.Errorf("%d calls to Lever", n)
	}
	if left := b.left(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// recordKey addresses the one record that is mirrored of a connection.
func recordKey(id string) table.Key {
	return table.Key{PK: id + "#" + string(mirror.Candidate), SK: "o1"}
}

// record mirrors one candidate of a connection; recorded says whether it is still there.
func (b *bundle) record(t *testing.T, id string) {
	t.Helper()
	if err := table.Save(t.Context(), b.db, table.Mirror, &mirror.Record{Meta: table.Meta{PK: recordKey(id).PK, SK: recordKey(id).SK}}); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) recorded(t *testing.T, id string) bool {
	t.Helper()
	_, found, err := table.Get[mirror.Record](t.Context(), b.db, table.Mirror, recordKey(id))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAReconnectKeepsTheMirrorOfItsAccountAndDropsThatOfAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.connect(t, "t1")
	b.record(t, first.ID())
	b.revoke(t, first.ID())
	if again := b.connect(t, "t1"); again.ID() != first.ID() || !b.recorded(t, first.ID()) {
		t.Errorf("a reconnect to the same account made %s of %s", again.ID(), first.ID())
	}
	b.account = b.lever.Seed(levertest.SmallCompany(2, 4, b.clock))
	second := b.connect(t, "t1")
	b.record(t, second.ID())
	b.attend(t, first.ID())
	if b.recorded(t, first.ID()) || !b.recorded(t, second.ID()) {
		t.Errorf("after a change of account: the old one's record stands: %t, the new one's: %t", b.recorded(t, first.ID()), b.recorded(t, second.ID()))
	}
	if s := b.state(t, first.ID()); s != connection.Disconnected {
		t.Errorf("the old connection is %s", s)
	}
}

func TestTheGrantOfADeactivatedUserIsFoundDead(t *testing.T) {
	t.Parallel()
	for survives, want := range map[bool]connection.State{false: connection.Revoked, true: connection.Connected} {
		b := setup(t, func(r *levertest.Rules) { r.GrantSurvivesDeactivation = survives })
		c := b.connect(t, "t1")
		if err := b.account.DeactivateUser(c.LeverUser); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if at := fault.RetryAt(b.call(t.Context(), c.ID())); !at.IsZero() {
				b.clock = at
			}
		}
		if got := b.state(t, c.ID()); got != want {
			t.Errorf("where the grant survives: %t, the connection is %s", survives, got)
		}
	}
}

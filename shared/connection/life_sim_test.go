package connection_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// doomed is a process that may die on its way.
func (l *life) doomed(within int) *process {
	p := l.process(weather(l.rng))
	if l.rng.IntN(2) == 0 {
		p.dies, p.underWay = 1+l.rng.IntN(within), l.rng.IntN(2) == 0
	}
	return p
}

// soon draws a moment within a span.
func (w *world) soon(span time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(span)))
}

// play has admins press Connect and Disconnect while workers keep and end what they find, all at once and none of them
// safe: it lasts ten minutes and returns when nobody is under way.
func (l *life) play() {
	const span = 10 * time.Minute
	var group sync.WaitGroup
	at := func(after time.Duration, do func()) {
		group.Go(func() {
			time.Sleep(after)
			do()
		})
	}
	for range 1 + l.rng.IntN(3) {
		p, account := l.doomed(110), l.accounts[max(0, l.rng.IntN(4)-2)]
		var echoes []*process
		if l.rng.IntN(3) == 0 {
			echoes = append(echoes, l.doomed(40), l.doomed(40))
		}
		at(l.soon(span/2), func() { _, _ = p.press(context.Background(), "t1", account, echoes...) })
	}
	for range l.rng.IntN(3) {
		p := l.doomed(12)
		at(l.soon(span), func() { _ = p.Disconnect(context.Background(), "t1", connection.Person{ID: "u1", Name: "One"}) })
	}
	if l.rng.IntN(4) == 0 {
		at(l.soon(span), func() { l.reach(false) })
		at(l.soon(span), func() { l.reach(true) })
	}
	losing := l.rng.IntN(4) == 0
	if losing {
		at(l.soon(span), l.loseToken)
	}
	for range l.rng.IntN(4) {
		at(l.soon(span), l.accounts[l.rng.IntN(2)].ExpireAccessTokens)
	}
	if l.rng.IntN(10) == 0 {
		at(l.soon(span), func() { _ = l.account.Revoke() })
	}
	for tick := time.Duration(0); tick < span; tick += 20 * time.Second {
		workers := []*process{l.doomed(60), l.doomed(90), l.doomed(60)}
		at(tick+l.soon(20*time.Second), func() { l.dispatch(workers, &group) })
	}
	group.Wait()
	l.echoes.Wait()
	time.Sleep(3 * time.Minute) // whatever is under way has ended, and leases of the dead ran out
	if l.rng.IntN(10) == 0 {
		l.outage()
	}
	l.reach(true)
	if losing {
		time.Sleep(25 * time.Hour) // the keeper looks daily
	}
}

// dispatch gives due work to workers, as sync-dispatch does, the keeping of webhooks and the ends first.
func (l *life) dispatch(workers []*process, group *sync.WaitGroup) {
	var urgent, other []work.Ref
	for _, ref := range l.due(time.Now()) {
		if ref.Kind == work.Hooks || ref.Kind == work.Ending {
			urgent = append(urgent, ref)
		} else {
			other = append(other, ref)
		}
	}
	for i, ref := range append(urgent, other...) {
		if i == len(workers) {
			return
		}
		group.Go(func() {
			time.Sleep(workers[i].jitter())
			workers[i].attend(ref)
		})
	}
}

// reach lets Lever be reached or not.
func (l *life) reach(reached bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = !reached
}

// outage keeps Lever unreachable for longer than an end waits for it.
func (l *life) outage() {
	l.reach(false)
	for time.Since(l.started) < 26*time.Hour {
		time.Sleep(time.Minute)
		for _, ref := range l.due(time.Now()) {
			if ref.Kind == work.Ending {
				l.process(temper{}).attend(ref)
			}
		}
	}
	for _, item := range l.db.Dump(table.Connections) {
		if c, err := table.Decode[connection.Connection](item); err == nil && c.SK == "state" && c.State == connection.Disconnecting {
			l.wrong("the end of a connection waits for Lever for more than a day")
		}
	}
}

// loseToken blanks the signature token of one webhook, as a creation does that dies before it could store it.
func (l *life) loseToken() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, item := range l.db.Dump(table.Hooks) {
		k, err := table.Decode[connection.HookSecret](item)
		if err != nil || len(k.Token.Text) == 0 {
			continue
		}
		for _, h := range l.ours(l.accounts...) {
			if "hook#"+h.URL[len(ourURL):] == k.PK {
				delete(l.taken, h.ID)
			}
		}
		k.Token.Text = nil
		if err := table.Save(context.Background(), l.db, table.Hooks, &k); err != nil {
			l.wrong("lose a token: %v", err)
		}
		return
	}
}

func TestSimulatedLife(t *testing.T) {
	t.Parallel()
	var (
		mu                                       sync.Mutex
		seeds, ends, replaced, connected, deaths int
	)
	points := map[string]int{}
	took := over(t, *seedCount/3, func(t *testing.T, seed uint64) {
		l := newLife(t, seed)
		l.play()
		l.settle()
		l.buried()
		found := l.found()
		calm := l.process(temper{})
		c, err := calm.press(t.Context(), "t1", l.account)
		if err != nil {
			l.wrong("Connect pressed again: %v", err)
			return
		}
		l.settle()
		l.whole(c.ID(), l.account)
		l.buried()
		if err := calm.Disconnect(t.Context(), "t1", connection.Person{ID: "u1"}); err != nil {
			l.wrong("Disconnect: %v", err)
		}
		l.settle()
		if n := len(l.ours(l.account)); n != 0 || !l.ended[c.ID()] {
			l.wrong("%d webhooks of ours after the end, which came: %t", n, l.ended[c.ID()])
		}
		l.buried()
		mu.Lock()
		defer mu.Unlock()
		seeds, ends, replaced = seeds+1, ends+len(l.ended), replaced+l.replaced
		if found {
			connected++
		}
		for point, n := range l.deaths {
			points[point] += n
			deaths += n
		}
	})
	t.Logf("%d seeds in %s: %d connections ended, %d stood at quiet; %d processes died at %d different points; %d times two secrets of one webhook were alive",
		seeds, took.Round(time.Millisecond), ends, connected, deaths, len(points), replaced)
}

// found judges what the play left, before anybody mends it: a connected tenant is whole, and a disconnected one has no
// webhook at Lever but those that the page says may remain.
func (l *life) found() (connected bool) {
	t, _, err := table.Get[connection.Tenant](context.Background(), l.db, table.Connections, table.Key{PK: "tenant#t1", SK: "tenant"})
	if err != nil {
		l.wrong("load tenant: %v", err)
	}
	remain := map[string]int{}
	for _, item := range l.db.Dump(table.Connections) {
		if c, err := table.Decode[connection.Connection](item); err == nil && c.SK == "state" {
			remain[c.Account] += c.LeftWebhooks
			if c.State == connection.Revoked {
				remain[c.Account] += 100 // nobody can look after them before the reconnect
			}
		}
	}
	for _, a := range l.accounts {
		c, _, err := table.Get[connection.Connection](context.Background(), l.db, table.Connections, table.Key{PK: t.Current, SK: "state"})
		if err != nil {
			l.wrong("load: %v", err)
		}
		if c.State == connection.Connected && c.Account == a.ID() {
			connected = true
			l.whole(c.ID(), a)
			continue
		}
		if n := len(l.ours(a)); n > remain[a.ID()] {
			l.wrong("%d stray webhooks, of which %d are known to remain", n, remain[a.ID()])
		}
	}
	return connected
}

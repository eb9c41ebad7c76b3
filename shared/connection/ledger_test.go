package connection_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// ledger keeps book of the refresh tokens of one connection: which was sent when, what Lever made of it, and when the new
// one was stored. From it follow invariant I5, the loss window, and whether a lost grant may be lost.
type ledger struct {
	w         *world
	id        string // the connection
	marked    bool   // the connection was marked revoked at least once
	closed    bool
	box       *seal.Box
	spendings []*spending
	stored    string          // refresh token of the stored pair
	rev       int64           // its revision
	refused   map[string]bool // refresh tokens of which it was noted that Lever refused them
	storedAt  map[string]time.Time
	windows   []window
}

// spending is one request that carried a refresh token.
type spending struct {
	token       string
	p           *process
	sent, until time.Time // until is when its process heard of it, and if that has died, gave up on it at the latest
	heard       bool
	calm        bool // its process has no trouble
	caller      *caller
	callsBefore int
	next        string // refresh token that Lever issued for it
	late        bool   // Lever carried it out when its process had given up on it
}

// window is how long a new pair existed in the memory of one process only: from the request on.
type window struct {
	calm  bool // no trouble on the way
	took  time.Duration
	calls int // of its process, the request and the write that stored it included
}

// caller is one who calls Lever through a process; it counts the calls that are made for it.
type caller struct{ calls int }

type callerKey struct{}

func (c *caller) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func count(ctx context.Context) {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		c.calls++
	}
}

// kept is the time within which a pair is kept for certain: no other process sends the same token sooner.
const kept = connection.RefreshCall + time.Second

func newLedger(w *world) *ledger {
	l := &ledger{w: w, box: seal.New(w.keys, time.Now, rand.Reader), storedAt: map[string]time.Time{}, refused: map[string]bool{}}
	w.db.Watch(func(name table.Name, _, after table.Item) {
		if stored, ok := connection.StoredIn(l.box, name, after); ok {
			l.rev = stored.Rev
			l.store(stored.Refresh)
		}
		if rev, ok := connection.RefusedIn(name, after); ok && rev == l.rev {
			l.refused[l.stored] = true
		}
		if c, err := table.Decode[connection.Connection](after); err == nil && c.SK == "state" && c.State == connection.Revoked {
			l.verdict()
		}
	})
	return l
}

// verdict sees the grant called dead: not while one who lives has its successor in hand and may still be storing it.
func (l *ledger) verdict() {
	l.marked = true
	for _, s := range l.spendings {
		_, stored := l.storedAt[s.next]
		if s.next != "" && !stored && !s.p.dead && time.Since(s.sent) < connection.RefreshLease+connection.RefreshCall {
			l.w.wrong("the grant was called dead while its successor was being stored")
		}
	}
}

// told hears what a caller was told of a connection: that it is over only when that was written.
func (l *ledger) told(err error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if connection.IsNotConnected(err) && !l.marked {
		l.w.wrong("a caller was told that the connection is over before that was written: %v", err)
	}
}

// spend notes that a process sends a refresh token, and whether it may.
func (l *ledger) spend(ctx context.Context, p *process, token string) (s *spending, heard func()) {
	now := time.Now()
	if l.closed {
		return &spending{}, func() {}
	}
	for _, other := range l.spendings {
		if (other.until.After(now) || !other.heard && !other.p.dead) && (l.id != "" || other.token == token) {
			l.w.wrong("two refreshers at once (I5): one since %s", now.Sub(other.sent))
		}
	}
	if last := l.spentFor(l.stored); token != l.stored && last != nil && l.storedAt[l.stored].Sub(last.sent) <= kept {
		l.w.wrong("a token was spent that had been replaced (I5)")
	}
	if l.refused[token] {
		l.w.wrong("a token was spent again after Lever had refused it (I5)")
	}
	s = &spending{p: p, token: token, sent: now, until: now.Add(connection.RefreshCall), calm: p.temper == temper{} && p.stalls == 0}
	if s.caller, _ = ctx.Value(callerKey{}).(*caller); s.caller != nil {
		s.callsBefore = s.caller.calls
	}
	l.spendings = append(l.spendings, s)
	return s, func() {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		if !p.dead {
			s.until, s.heard = time.Now(), true
		}
	}
}

// carried notes what Lever made of a request with a refresh token.
func (l *ledger) carried(s *spending, response *http.Response) {
	s.late = time.Now().After(s.until)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		l.w.t.Error(err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var pair struct {
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(body, &pair); err != nil {
		l.w.t.Error(err)
	}
	s.next = pair.Refresh
}

type spendingKey struct{}

func (l *ledger) spentFor(refresh string) *spending {
	for _, s := range l.spendings {
		if s.next != "" && s.next == refresh {
			return s
		}
	}
	return nil
}

// store notes that a pair was stored.
func (l *ledger) store(refresh string) {
	before, s := l.stored, l.spentFor(refresh)
	l.stored, l.storedAt[refresh] = refresh, time.Now()
	if s == nil {
		return // a connect's
	}
	if s.token != before {
		l.w.wrong("a pair was stored over another than the one that was spent for it")
	}
	took := window{calm: s.calm, took: time.Since(s.sent)}
	if s.caller != nil {
		took.calls = s.caller.calls - s.callsBefore
	}
	l.windows = append(l.windows, took)
}

// excused says whether a grant may be lost: a pair that Lever issued was not stored in time, because its process died in
// the loss window, the answer was lost on the way, or the store was slower than a lease; or a request arrived at Lever
// when nobody waited for its answer any more.
func (l *ledger) excused() bool {
	for _, s := range l.spendings {
		at, stored := l.storedAt[s.next]
		if s.late || s.next != "" && (!stored || at.Sub(s.sent) > kept) {
			return true
		}
	}
	return false
}

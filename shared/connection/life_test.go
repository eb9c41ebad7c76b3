package connection_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// life keeps book of the connections of one tenant while many processes make, keep and end them at once.
type life struct {
	*world
	accounts []*levertest.Account
	owner    map[string]string // access token → connection
	ended    map[string]bool   // connections that are disconnected
	taken    map[string]string // webhook at Lever whose deliveries were once taken → its connection
	pairs    map[string]string // connection → refresh token of its stored pair
	theirs   int               // webhooks of others at the first account
	replaced int               // how often two secrets of one event were alive
}

// ourURL is what the addresses of our webhooks begin with.
const ourURL = publicURL + "/webhooks/lever/"

func newLife(t *testing.T, seed uint64) *life {
	rules := rulesOf(seed)
	rules.ListAllWebhooks = seed%5 == 0
	l := &life{world: newWorld(t, seed, rules), owner: map[string]string{}, ended: map[string]bool{}, taken: map[string]string{}, pairs: map[string]string{}}
	l.accounts = []*levertest.Account{l.account, l.company("b")}
	for app, url := range map[string]string{"other-vendor": "https://vendor.example/x", "": ourURL + "by-hand", "client": "https://elsewhere.example/webhooks/lever/x"} {
		if _, err := l.account.AddWebhook(app, "candidateHired", url); err != nil {
			t.Fatal(err)
		}
		l.theirs++
	}
	l.db.Watch(l.watch)
	l.after, l.answered = l.look, l.written
	return l
}

// about says whose item it is, and whether it is one that may still change when its connection has ended: the work of
// the end itself.
func about(name table.Name, m marked) (connection string, ending bool) {
	switch name {
	case table.Hooks:
		return m.Connection, false
	case table.Mirror:
		connection, _, _ = strings.Cut(m.PK, "#")
		return connection, false
	}
	return m.PK, name == table.Work && strings.HasPrefix(m.SK, string(work.Ending))
}

// marked is what the items of all tables may have.
type marked struct {
	table.Meta
	Connection string           `dynamodbav:"connection"`
	State      connection.State `dynamodbav:"state"`
	Account    string           `dynamodbav:"account"`
}

// watch sees each write of the tables: after the end of a connection none may be about it (I7).
func (l *life) watch(name table.Name, _, after table.Item) {
	if stored, ok := connection.StoredIn(l.ledger.box, name, after); ok {
		l.owner[stored.Access] = stored.Connection
		l.paired(stored)
	}
	if after == nil {
		return
	}
	m, err := table.Decode[marked](after)
	if err != nil {
		return // an item whose attributes of these names are other things
	}
	if id, ending := about(name, m); l.ended[id] && !ending {
		l.wrong("%s %s was written after the end of its connection (I7)", name, m.SK)
	}
	if name == table.Connections && m.SK == "state" && m.State == connection.Disconnected {
		l.ended[m.PK] = true
	}
}

// paired sees each pair that is stored: one that a refresh brought stands only over the one that was spent for it.
func (l *life) paired(stored connection.Stored) {
	for _, s := range l.ledger.spendings {
		if s.next == stored.Refresh && s.token != l.pairs[stored.Connection] {
			l.wrong("a pair was stored over another than the one that was spent for it")
		}
	}
	l.pairs[stored.Connection] = stored.Refresh
}

// written sees each request that Lever carried out: nothing is changed there for a connection that has ended (I7).
func (l *life) written(r *http.Request, response *http.Response) {
	id := l.owner[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if r.Method != http.MethodGet && response.StatusCode < 300 && l.ended[id] {
		l.wrong("%s %s was carried out after the end of its connection (I7)", r.Method, r.URL.Path)
	}
}

// look sees each thing that took effect: as long as a webhook stands at Lever whose deliveries were once taken, they are
// taken.
func (l *life) look(deed string) {
	if !strings.Contains(deed, "hook") {
		return
	}
	events := map[string]int{}
	for _, h := range l.ours(l.accounts...) {
		k, token, found, err := connection.Secret(context.Background(), l.db, l.ledger.box, strings.TrimPrefix(h.URL, ourURL))
		if err != nil {
			l.wrong("read secret: %v", err)
		}
		if found && token.Reveal() == h.SignatureToken {
			l.taken[h.ID] = k.Connection
			events[k.Connection+h.Event]++
			continue
		}
		if id := l.taken[h.ID]; id != "" && l.state(id) == connection.Connected {
			l.wrong("what a webhook of %s sends is refused while it stands at Lever", h.Event)
		}
	}
	for _, n := range events {
		if n > 1 {
			l.replaced++
			return
		}
	}
}

// ours lists the webhooks at Lever that we made.
func (l *life) ours(accounts ...*levertest.Account) (ours []levertest.Webhook) {
	for _, a := range accounts {
		for _, h := range a.Webhooks() {
			if h.App == "client" && strings.HasPrefix(h.URL, ourURL) {
				ours = append(ours, h)
			}
		}
	}
	return ours
}

func (l *life) state(id string) connection.State {
	c, _, err := table.Get[connection.Connection](context.Background(), l.db, table.Connections, table.Key{PK: id, SK: "state"})
	if err != nil {
		l.wrong("load: %v", err)
	}
	return c.State
}

// due lists the work that is due by a time, as sync-dispatch sees it.
func (l *life) due(by time.Time) (refs []work.Ref) {
	for _, item := range l.db.Dump(table.Work) {
		i, err := table.Decode[work.Item](item)
		if err == nil && i.DuePk != "" && !time.UnixMilli(i.Due).After(by) && !strings.HasPrefix(i.PK, "budget#") {
			refs = append(refs, i.Ref())
		}
	}
	return refs
}

// attend does one item as its function does.
func (p *process) attend(ref work.Ref) {
	_ = p.held.Attend(context.Background(), work.Nudge{Ref: ref}, func(ctx context.Context, item work.Item) (work.Verdict, error) {
		switch ref.Kind {
		case work.Hooks:
			return p.AttendHooks(ctx, item)
		case work.Ending:
			return p.AttendEnding(ctx, item)
		}
		err := p.probe(ctx, ref.Connection)
		if connection.IsNotConnected(err) {
			return work.Done(), nil
		}
		if err == nil && ref.Kind == work.Resync {
			_, err = table.Update(ctx, p.DB, table.Mirror, recordKey(ref.Connection), func(*mirror.Record) error { return nil })
		}
		return work.Next(time.Now().Add(time.Minute), ""), err
	})
}

// settle lets processes without trouble do what is due until only daily work is left.
func (l *life) settle() {
	for range 200 {
		var refs []work.Ref
		for _, ref := range l.due(time.Now().Add(time.Hour)) {
			if ref.Kind == work.Hooks || ref.Kind == work.Ending {
				refs = append(refs, ref)
			}
		}
		if len(refs) == 0 {
			return
		}
		for _, ref := range refs {
			l.process(temper{}).attend(ref)
		}
		time.Sleep(30 * time.Second)
	}
	l.wrong("the work of a connection does not end: %v", l.due(time.Now().Add(time.Hour)))
}

// whole wants the tenant connected, with exactly our eight webhooks at the account, each of them taken, and those of
// others as they were.
func (l *life) whole(id string, at *levertest.Account) {
	if s := l.state(id); s != connection.Connected {
		l.wrong("the connection is %s", s)
		return
	}
	events := map[string]bool{}
	for _, h := range l.ours(at) {
		events[h.Event] = true
		k, token, found, err := connection.Secret(context.Background(), l.db, l.ledger.box, strings.TrimPrefix(h.URL, ourURL))
		if !found || err != nil || token.Reveal() != h.SignatureToken || k.Connection != id || k.Event != h.Event {
			l.wrong("the webhook of %s is not taken: %v", h.Event, err)
		}
	}
	if n := len(l.ours(at)); n != 8 || len(events) != 8 {
		l.wrong("%d webhooks of ours for %d events", n, len(events))
	}
	if n := len(l.secrets(id)); n != 8 {
		l.wrong("%d secrets of webhooks are kept", n)
	}
}

// secrets lists the addresses of which a connection holds a secret.
func (l *life) secrets(id string) (addresses []string) {
	for _, item := range l.db.Dump(table.Hooks) {
		if k, err := table.Decode[connection.HookSecret](item); err == nil && k.Connection == id {
			addresses = append(addresses, k.PK)
		}
	}
	return addresses
}

// buried wants nothing left of the connections that have ended, and none on its way there.
func (l *life) buried() {
	for _, name := range []table.Name{table.Connections, table.Hooks, table.Work, table.Mirror} {
		for _, item := range l.db.Dump(name) {
			m, err := table.Decode[marked](item)
			if err != nil {
				l.wrong("decode: %v", err)
				continue
			}
			if m.State == connection.Disconnecting {
				l.wrong("a connection does not come to its end")
			}
			kept := m.SK == "state" || strings.HasPrefix(m.SK, "activity#") || m.SK == "account" || m.SK == "tenant"
			if id, _ := about(name, m); l.ended[id] && !kept {
				l.wrong("left of a connection that has ended: %s %s", name, m.SK)
			}
		}
	}
	var others int
	for _, h := range l.account.Webhooks() {
		if !slices.ContainsFunc(l.ours(l.account), func(o levertest.Webhook) bool { return o.ID == h.ID }) {
			others++
		}
	}
	if others != l.theirs {
		l.wrong("%d of %d webhooks of others are left", others, l.theirs)
	}
}

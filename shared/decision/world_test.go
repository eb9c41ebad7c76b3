package decision

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

const (
	tenant = "tenant-1"
	conn   = "conn-1"
)

// world is one tenant with its connection, the simulated Lever behind the real client, and a clock. It runs on one
// goroutine; trap, when set, is asked before and after each call to a table or to Lever.
type world struct {
	t       *testing.T
	now     time.Time // what the clock says, unless the world was built with another one
	ids     int
	store   *memory.DB
	lever   *levertest.Lever
	acct    *levertest.Account
	opp     string
	link    link
	people  map[string]string
	svc     *Service
	deliver *Deliverer
	nudges  []nudged
	trap    func(what string, after bool) error
}

type nudged struct {
	at time.Time
	n  work.Nudge
}

// link is the connection as the world has it at present.
type link struct {
	state    connection.State
	id       string
	settings connection.Settings
	client   *lever.Client
}

func setup(t *testing.T, rules ...func(*levertest.Rules)) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.build(t, func() time.Time { return w.now }, 7, rules...)
	return w
}

// build fills a world that runs by the given clock, with a Lever of its own by seed.
func (w *world) build(t *testing.T, clock func() time.Time, seed uint64, rules ...func(*levertest.Rules)) {
	t.Helper()
	w.t, w.store, w.people = t, memory.New(), map[string]string{}
	chosen := levertest.DefaultRules()
	for _, change := range rules {
		change(&chosen)
	}
	w.lever = levertest.New(levertest.Options{
		Now: clock, Seed: seed, ClientID: "app", ClientSecret: "secret", RedirectURIs: []string{"https://app.example/cb"},
		Rate: -1, Rules: &chosen,
	})
	w.acct = w.lever.Seed(levertest.SmallCompany(1, 6, clock()))
	for _, o := range w.acct.Opportunities() {
		if o.Archived == nil && o.Confidentiality == "non-confidential" {
			w.opp = o.ID
		}
	}
	hosts, err := lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/")
	must(t, err)
	w.link = link{connection.Connected, conn, connection.Settings{}, lever.New(lever.Options{
		Hosts: hosts, Transport: trapped{w, w.lever.Transport()}, Auth: &tokens{w: w}, Now: clock,
	})}
	db := trappedDB{w, w.store}
	list := &work.List{DB: db, Now: clock, NewID: w.newID}
	w.svc = &Service{DB: db, Work: list, Nudge: w, Now: clock, Tenants: w}
	w.deliver = &Deliverer{
		DB: db, Work: list, Nudge: w, Lever: w, Users: w, Marker: Marker{Key: "a marker key for tests"}, Now: clock, NewID: w.newID,
		Log: slog.New(slog.DiscardHandler),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) newID() string { w.ids++; return "id-" + strconv.Itoa(w.ids) }

// Nudge implements work.Nudger.
func (w *world) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	w.nudges = append(w.nudges, nudged{w.now.Add(delay), n})
	return nil
}

// Current implements tenants.
func (w *world) Current(ctx context.Context, _ string) (connection.Connection, bool, error) {
	return w.Load(ctx, w.link.id)
}

// Load implements opener.
func (w *world) Load(_ context.Context, id string) (connection.Connection, bool, error) {
	c := connection.Connection{Meta: table.Meta{PK: id, SK: "state"}, Tenant: tenant, State: connection.Disconnected}
	if id == w.link.id {
		c.State = w.link.state
	}
	return c, id != "", nil
}

// Open implements opener.
func (w *world) Open(ctx context.Context, id string) (notes, connection.Settings, error) {
	if c, _, _ := w.Load(ctx, id); c.State != connection.Connected {
		return nil, connection.Settings{}, fault.New(fault.Conflict, "not-connected", "Connect first.")
	}
	return w.link.client, w.link.settings, nil
}

// UserByEmail implements users.
func (w *world) UserByEmail(_ context.Context, _, email string) (string, bool, error) {
	id, ok := w.people[email]
	return id, ok, nil
}

// tokens are access tokens that renew themselves.
type tokens struct {
	w   *world
	now string
}

func (k *tokens) Token(ctx context.Context) (string, error) {
	if k.now == "" {
		return k.Rejected(ctx, "")
	}
	return k.now, nil
}

func (k *tokens) Rejected(context.Context, string) (string, error) {
	fresh, err := k.w.acct.Connect("opportunities:read:admin", "notes:write:admin", "users:read:admin")
	k.now = fresh.AccessToken
	return k.now, err
}

// killed is what a trap panics with: the process is gone.
type killed struct{}

func (w *world) spring(what string, after bool) error {
	if w.trap == nil {
		return nil
	}
	return w.trap(what, after)
}

type trapped struct {
	w    *world
	next http.RoundTripper
}

func (x trapped) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := x.w.spring(r.Method, false); err != nil {
		return nil, err
	}
	response, err := x.next.RoundTrip(r)
	late := x.w.spring(r.Method, true)
	if late == nil {
		late = r.Context().Err() // the process stood still until its time was up
	}
	if late != nil {
		return nil, late
	}
	return response, err
}

type trappedDB struct {
	w    *world
	next table.DB
}

func (x trappedDB) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	if err := x.w.spring("get "+string(name), false); err != nil {
		return nil, err
	}
	return x.next.Get(ctx, name, key)
}

func (x trappedDB) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	if err := x.w.spring("get many "+string(name), false); err != nil {
		return nil, err
	}
	return x.next.BatchGet(ctx, name, keys)
}

func (x trappedDB) Write(ctx context.Context, changes ...table.Change) error {
	if err := x.w.spring("write "+string(changes[0].Table), false); err != nil {
		return err
	}
	if err := x.next.Write(ctx, changes...); err != nil {
		return err
	}
	return x.w.spring("write "+string(changes[0].Table), true)
}

func (x trappedDB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	if err := x.w.spring("query "+string(q.Table), false); err != nil {
		return table.Page{}, err
	}
	return x.next.Query(ctx, q)
}

// alive runs a deed as a process that a trap may kill.
func alive(deed func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(killed); !ok {
				panic(p)
			}
			err = errors.New("killed")
		}
	}()
	return deed()
}

// accept hands a decision over as the platform does: again until it is answered or refused.
func (w *world) accept(id string, s Submission) {
	w.t.Helper()
	for range 20 {
		err := alive(func() error { _, err := w.svc.Accept(w.t.Context(), tenant, id, s); return err })
		if err == nil {
			return
		}
	}
	w.t.Fatalf("decision %s version %d is never accepted", id, s.Version)
}

// step hands over what is due now: nudges that have arrived, and overdue items as sync-dispatch finds them.
func (w *world) step() (moved bool) {
	w.t.Helper()
	ready := w.nudges
	w.nudges = nil
	var due []work.Nudge
	for _, n := range ready {
		if n.at.After(w.now) {
			w.nudges = append(w.nudges, n)
			continue
		}
		due = append(due, n.n)
	}
	list := &work.List{DB: w.store, Now: w.deliver.Now}
	for shard := range work.Shards {
		items, err := list.Overdue(w.t.Context(), shard, w.now, 1000)
		must(w.t, err)
		for _, item := range items {
			due = append(due, work.Nudge{Ref: item.Ref()})
		}
	}
	for _, n := range due {
		_ = alive(func() error { return w.deliver.Handle(w.t.Context(), n) }) // the queue would bring it again; so does the next step
	}
	return len(due) > 0
}

// settle lets time pass until no delivery is left to do.
func (w *world) settle() {
	w.t.Helper()
	for range 4000 {
		for range 50 {
			if !w.step() {
				break
			}
		}
		next := w.pending()
		if next.IsZero() {
			return
		}
		if next.Before(w.now.Add(time.Second)) {
			next = w.now.Add(time.Second)
		}
		w.now = next
	}
	w.t.Fatal("never at rest")
}

// pending is when the next delivery is due; zero when there is none.
func (w *world) pending() (next time.Time) {
	for _, raw := range w.store.Dump(table.Work) {
		item, err := table.Decode[work.Item](raw)
		must(w.t, err)
		if _, keeper := KeptFor(item.Ref()); keeper || item.SetAside {
			continue
		}
		if due := time.UnixMilli(item.Due); next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

func (w *world) decision(id string) Decision {
	w.t.Helper()
	d, found, err := table.Get[Decision](w.t.Context(), w.store, table.Decisions, table.Key{PK: tenant, SK: id})
	must(w.t, err)
	if !found {
		w.t.Fatalf("no decision %s", id)
	}
	return d
}

// threads are the notes of a decision at Lever, the removed ones too.
func (w *world) threads(id string) (standing, removed []levertest.Note) {
	d := w.decision(id)
	for _, n := range w.acct.Notes("") {
		if _, ours := w.deliver.Marker.version(&d, n.Fields[0].Value); !ours {
			continue
		}
		if n.DeletedAt == nil {
			standing = append(standing, n)
		} else {
			removed = append(removed, n)
		}
	}
	return standing, removed
}

// exactlyOnce fails unless one note shows the decision's version, on its opportunity.
func (w *world) exactlyOnce(id string, version int64) levertest.Note {
	w.t.Helper()
	standing, _ := w.threads(id)
	d := w.decision(id)
	if len(standing) != 1 {
		w.t.Fatalf("decision %s has %d notes, want 1 (state %s, cause %q)", id, len(standing), d.State, d.Cause)
	}
	newest := int64(0)
	for _, f := range standing[0].Fields {
		if v, ok := w.deliver.Marker.version(&d, f.Value); ok {
			newest = max(newest, v)
		}
	}
	if newest != version || d.State != Delivered || d.NoteID != standing[0].ID || standing[0].OpportunityID != d.Opportunity {
		w.t.Fatalf("decision %s: note shows version %d, want %d (state %s, cause %q)", id, newest, version, d.State, d.Cause)
	}
	return standing[0]
}

// submission is a version of a decision about w.opp.
func (w *world) submission(version int64, outcome Outcome) Submission {
	return Submission{
		Opportunity: w.opp, Interview: "interview-1", Outcome: outcome, Reason: "Clear reasoning", Rating: 3,
		Summary: fmt.Sprintf("Summary of version %d.", version), By: Decider{Name: "Dana Example", Email: "dana@customer.example"},
		DecidedAt: time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC).UnixMilli(), Link: "https://app.example/d/1", Version: version,
	}
}

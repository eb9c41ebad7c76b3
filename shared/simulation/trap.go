package simulation

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// trapped is the store with a stop before each call, and with its faults.
type trapped struct {
	table.DB
	play *Play
}

func unavailable() error {
	return fault.Wrap(errors.New("throttled"), fault.Unavailable, "store-unavailable", "Our store is busy. Try again in a moment.")
}

// Get implements table.DB.
func (t trapped) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	if err := t.before(ctx, "get", name, key); err != nil {
		return nil, err
	}
	return t.DB.Get(ctx, name, key)
}

// BatchGet implements table.DB.
func (t trapped) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	var key table.Key
	if len(keys) > 0 {
		key = keys[0]
	}
	if err := t.before(ctx, "batch", name, key); err != nil {
		return nil, err
	}
	return t.DB.BatchGet(ctx, name, keys)
}

// Write implements table.DB.
func (t trapped) Write(ctx context.Context, changes ...table.Change) error {
	call := [...]string{"put", "remove", "check"}[changes[0].Verb]
	if len(changes) > 1 {
		call = "transact"
	}
	if err := t.before(ctx, call, changes[0].Table, changes[0].Key); err != nil {
		return err
	}
	err := t.DB.Write(ctx, changes...)
	if err == nil && t.play.lucky(ctx, 0.001) {
		return unavailable() // it happened all the same
	}
	return err
}

// Query implements table.DB.
func (t trapped) Query(ctx context.Context, q table.Query) (table.Page, error) {
	if err := t.before(ctx, "query", q.Table, table.Key{PK: q.PK, SK: string(q.Index)}); err != nil {
		return table.Page{}, err
	}
	return t.DB.Query(ctx, q)
}

func (t trapped) before(ctx context.Context, call string, name table.Name, key table.Key) error {
	if err := t.play.at(ctx, Point{Call: call, On: string(name), What: class(name, key)}, 0); err != nil {
		return err
	}
	if t.play.lucky(ctx, 0.001) {
		return unavailable()
	}
	return nil
}

// class says what kind of item a key addresses.
func class(name table.Name, key table.Key) string {
	what := key.SK
	switch name {
	case table.Mirror:
		_, what, _ = strings.Cut(key.PK, "#")
		if len(what) > 20 {
			what = "parent"
		}
	case table.Decisions:
		return "decision"
	case table.Work:
		if pk, _, _ := strings.Cut(key.PK, "#"); pk == "delivery" {
			return pk // its SK is a fingerprint
		}
	}
	what, _, _ = strings.Cut(what, "#")
	return what
}

// keys is the key service with a stop before each call.
type keys struct {
	seal.Keys
	play *Play
}

// Generate implements seal.Keys.
func (k keys) Generate(ctx context.Context, c seal.Context) (plain, wrapped []byte, err error) {
	if err := k.before(ctx, "generate", c); err != nil {
		return nil, nil, err
	}
	return k.Keys.Generate(ctx, c)
}

// Unwrap implements seal.Keys.
func (k keys) Unwrap(ctx context.Context, c seal.Context, wrapped []byte) ([]byte, error) {
	if err := k.before(ctx, "unwrap", c); err != nil {
		return nil, err
	}
	return k.Keys.Unwrap(ctx, c, wrapped)
}

func (k keys) before(ctx context.Context, call string, c seal.Context) error {
	if err := k.play.at(ctx, Point{Call: call, On: "kms", What: string(c.Purpose)}, 0); err != nil {
		return err
	}
	if k.play.lucky(ctx, 0.01) {
		return fault.Wrap(errors.New("throttled"), fault.Unavailable, "keys-unavailable", "Our key service is busy.")
	}
	return nil
}

// Nudge implements work.Nudger.
func (p *Play) Nudge(ctx context.Context, n work.Nudge, delay time.Duration) error {
	if err := p.at(ctx, Point{Call: "send", On: "queue", What: string(n.Kind)}, 0); err != nil {
		return err
	}
	if p.lucky(ctx, 0.01) {
		return unavailable()
	}
	p.post(&message{due: time.Now().Add(delay), nudge: n})
	return nil
}

// Arrived implements the intake's queue.
func (p *Play) Arrived(ctx context.Context, a hint.Arrival) error {
	if err := p.at(ctx, Point{Call: "send", On: "queue", What: "arrival"}, 0); err != nil {
		return err
	}
	if p.lucky(ctx, 0.01) {
		return unavailable()
	}
	p.post(&message{due: time.Now(), arrival: &a})
	return nil
}

// post puts a message into the queue, perhaps late, twice or, when a work item stands behind it, not at all.
func (p *Play) post(m *message) {
	p.checkMessage(m)
	if p.stormy && m.arrival == nil && p.rng.Float64() < 0.03 {
		p.trace(nil, "message lost", "about", m.nudge.Target)
		return
	}
	if p.stormy && p.rng.Float64() < 0.05 {
		m.due = m.due.Add(p.upTo(30 * time.Second))
	}
	p.messages = append(p.messages, m)
	if p.stormy && p.rng.Float64() < 0.05 {
		twin := *m
		twin.due = m.due.Add(p.upTo(60 * time.Second))
		p.messages = append(p.messages, &twin)
	}
}

// pause implements the sleeping of the rooms.
func (p *Play) pause(ctx context.Context, d time.Duration) error {
	if processOf(ctx) == nil {
		time.Sleep(d)
		return ctx.Err()
	}
	return p.at(ctx, Point{Call: "sleep"}, d)
}

// way is the way to Lever: a stop before the request arrives there and one before its answer arrives here.
type way struct {
	lever http.RoundTripper
	play  *Play
}

// RoundTrip implements http.RoundTripper.
func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	pr := processOf(r.Context())
	if pr == nil {
		return w.lever.RoundTrip(r)
	}
	address := template(r.URL.Path)
	there, back := w.play.latency()
	if err := w.play.at(r.Context(), Point{Call: "call", On: r.Method, What: address}, there); err != nil {
		return nil, err
	}
	known := w.play.asks(pr, r)
	response, err := w.lever.RoundTrip(r)
	err = w.play.answered(pr, r, response, err, &known)
	if stopped := w.play.at(r.Context(), Point{Call: "answer", On: r.Method, What: address}, back); stopped != nil {
		return nil, stopped
	}
	known.learned(response, err)
	return response, err
}

// latency is how long a request is on its way, there and back.
func (p *Play) latency() (there, back time.Duration) {
	most := 150 * time.Millisecond
	if p.stormy && p.rng.Float64() < p.slow {
		most = 15 * time.Second
	}
	return time.Millisecond + p.upTo(most), time.Millisecond + p.upTo(most)
}

// template is a path with its ids taken out.
func template(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if len(s) >= 30 {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

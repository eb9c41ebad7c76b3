package connection_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
	"github.com/evidenced/lever-integration/shared/work"
)

// temper is how the calls of a process go: which share is slow, fails before it arrives, or loses its answer.
type temper struct {
	slow, failed, lost float64
	slowest            time.Duration
}

// process is one simulated process: the real service with a memory of its own, over the tables, the key service and the
// Lever that all processes share. Each of its calls takes a time drawn from the seed, down to the nanosecond, before and
// after it takes effect, one at a time. So under the clock of a synctest bubble no two things ever happen at once, and the seed decides
// their order, whatever the Go scheduler does. At the call named by dies the process is gone: with that call never sent,
// or (under way) carried out with nobody left to hear the answer.
type process struct {
	*connection.Service
	w        *world
	number   int
	rng      *rand.Rand
	temper   temper
	dies     int
	stalls   int // the call before which it is frozen, for so long
	frozen   time.Duration
	underWay bool
	calls    int
	dead     bool
	sessions *portal.Sessions
	held     *work.Attendant
}

var errLost = errors.New("answer lost")

// errUnsent is a call that never left.
var errUnsent = errors.New("connection refused")

// process starts a process in the world.
func (w *world) process(t temper) *process {
	w.processes++
	p := &process{w: w, number: w.processes, temper: t, rng: rand.New(rand.NewPCG(w.seed, uint64(w.processes)))}
	db := calledDB{p}
	ids := 0
	newID := func() string {
		w.mu.Lock()
		defer w.mu.Unlock()
		ids++
		return strconv.Itoa(p.number) + "-" + strconv.FormatUint(p.rng.Uint64(), 36) + strconv.Itoa(ids)
	}
	random := source{p}
	list := &work.List{DB: db, Now: time.Now, NewID: newID}
	p.sessions = &portal.Sessions{DB: db, Now: time.Now, Rand: random, PublicURL: publicURL, ReturnOrigins: []string{"https://app.example"}}
	p.Service = &connection.Service{
		DB: db, Work: list, Nudge: deaf{}, Box: seal.New(calledKeys{p}, time.Now, random), Mirror: &mirror.Store{DB: db, Now: time.Now},
		Now: time.Now, Rand: random, NewID: newID, PublicURL: publicURL,
		Sleep: func(ctx context.Context, d time.Duration) error { time.Sleep(d + p.jitter()); return ctx.Err() },
		OAuth: lever.NewOAuth(lever.OAuthOptions{
			Hosts: w.hosts, ClientID: "client", ClientSecret: "shh", RedirectURL: publicURL + "/oauth/callback", Transport: p, Now: time.Now,
		}),
		Client: func(auth lever.Authorizer, limit lever.Limiter) *lever.Client {
			return lever.New(lever.Options{Hosts: w.hosts, Transport: p, Auth: auth, Limit: limit, Now: time.Now})
		},
		Limiter: func(string, budget.Lane) lever.Limiter { return nil },
	}
	p.held = &work.Attendant{List: list, Nudge: deaf{}, Hold: 100 * time.Second, Limit: 1000}
	return p
}

// jitter keeps what happens in two processes apart.
func (p *process) jitter() time.Duration {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return time.Duration(p.rng.Int64N(int64(time.Millisecond)))
}

// latency draws how long one way of a call takes.
func (p *process) latency(usual time.Duration) time.Duration {
	if p.temper.slow > 0 && p.rng.Float64() < p.temper.slow {
		return time.Duration(p.rng.Int64N(int64(p.temper.slowest)))
	}
	return usual/2 + time.Duration(p.rng.Int64N(int64(usual)))
}

// plan is how one call goes, drawn when it is made.
type plan struct {
	out, back    time.Duration
	unsent, lost bool
	last         bool
}

// next draws how the next call of the process goes; ok is false when it is dead.
func (p *process) next(ctx context.Context, deed string, usual time.Duration) (c plan, ok bool) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if p.dead {
		return c, false
	}
	p.calls++
	count(ctx)
	c = plan{
		out: p.latency(usual), back: p.latency(usual),
		unsent: p.rng.Float64() < p.temper.failed, lost: p.rng.Float64() < p.temper.lost, last: p.calls == p.dies,
	}
	if p.calls == p.stalls {
		c.out += p.frozen
	}
	if p.dead = c.last; c.last {
		p.w.died(p, deed)
	}
	return c, !c.last || p.underWay
}

func (p *process) isDead() bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.dead
}

// made makes one call of a process: usual is about how long it takes each way.
func made[T any](ctx context.Context, p *process, deed string, usual time.Duration, do func() (T, error)) (answer T, err error) {
	c, ok := p.next(ctx, deed, usual)
	if !ok {
		return answer, tabletest.ErrKilled
	}
	type outcome struct {
		answer T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		time.Sleep(c.out)
		if c.unsent {
			done <- outcome{err: errUnsent}
			return
		}
		p.w.mu.Lock()
		a, err := do()
		p.w.happened(p, deed, err)
		p.w.mu.Unlock()
		time.Sleep(c.back)
		if c.lost {
			err = errLost
		}
		done <- outcome{a, err}
	}()
	if c.last {
		return answer, tabletest.ErrKilled
	}
	select {
	case o := <-done:
		answer, err = o.answer, o.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if p.isDead() {
		return answer, tabletest.ErrKilled
	}
	return answer, err
}

// How long the calls of a process usually take, each way.
const (
	tableTakes = 4 * time.Millisecond
	keysTake   = 15 * time.Millisecond
	leverTakes = 150 * time.Millisecond
)

// calledDB is the store as a process calls it.
type calledDB struct{ p *process }

// Get implements table.DB.
func (d calledDB) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	return made(ctx, d.p, "get "+key.SK, tableTakes, func() (table.Item, error) { return d.p.w.db.Get(context.Background(), name, key) })
}

// BatchGet implements table.DB.
func (d calledDB) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	return made(ctx, d.p, "get many", tableTakes, func() ([]table.Item, error) { return d.p.w.db.BatchGet(context.Background(), name, keys) })
}

// Query implements table.DB.
func (d calledDB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	return made(ctx, d.p, "query "+string(q.Table), tableTakes, func() (table.Page, error) { return d.p.w.db.Query(context.Background(), q) })
}

// Write implements table.DB.
func (d calledDB) Write(ctx context.Context, changes ...table.Change) error {
	_, err := made(ctx, d.p, "write "+changes[0].Key.SK, tableTakes, func() (struct{}, error) {
		return struct{}{}, d.p.w.db.Write(context.Background(), changes...)
	})
	return err
}

// calledKeys is the key service as a process calls it.
type calledKeys struct{ p *process }

type dataKey struct{ plain, wrapped []byte }

// Generate implements seal.Keys.
func (k calledKeys) Generate(ctx context.Context, c seal.Context) (plain, wrapped []byte, err error) {
	key, err := made(ctx, k.p, "make key", keysTake, func() (key dataKey, err error) {
		key.plain, key.wrapped, err = k.p.w.keys.Generate(context.Background(), c)
		return key, err
	})
	return key.plain, key.wrapped, err
}

// Unwrap implements seal.Keys.
func (k calledKeys) Unwrap(ctx context.Context, c seal.Context, wrapped []byte) ([]byte, error) {
	return made(ctx, k.p, "open key", keysTake, func() ([]byte, error) { return k.p.w.keys.Unwrap(context.Background(), c, wrapped) })
}

// RoundTrip implements http.RoundTripper: the way of a process to Lever.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	sent := r.Clone(context.Background())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	heard := p.w.sent(r.Context(), p, sent, body)
	response, err := made(r.Context(), p, r.Method+" "+r.URL.Path, leverTakes, func() (*http.Response, error) {
		if p.w.down {
			return nil, errUnsent
		}
		response, err := p.w.wire.RoundTrip(sent)
		if err == nil {
			p.w.carried(sent, response)
		}
		return response, err
	})
	heard()
	return response, err
}

// source reads random bytes from the seeded source of a process.
type source struct{ p *process }

// Read implements io.Reader.
func (s source) Read(b []byte) (int, error) {
	s.p.w.mu.Lock()
	defer s.p.w.mu.Unlock()
	for i := range b {
		b[i] = byte(s.p.rng.Uint32())
	}
	return len(b), nil
}

// deaf drops nudges: a lost nudge is harmless.
type deaf struct{}

// Nudge implements work.Nudger.
func (deaf) Nudge(context.Context, work.Nudge, time.Duration) error { return nil }

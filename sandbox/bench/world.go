// Package bench measures the service levels: the real rooms run with real goroutines under the simulated clock of
// testing/synctest, against the simulated Lever at its documented limit, with latency on the way to it and to the tables,
// and with a queue that is scheduled as AWS describes fair queues. Only the wiring of the functions is replaced.
//
// The fast measurements run with every `go test`; `make bench` runs all of them and prints one table of what was measured,
// the bound that is promised, and what the limit of Lever would allow at best.
package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/delta"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/resync"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

const (
	publicURL = "https://integration.example"
	returnURL = "https://app.evidenced.example/integrations/lever"
)

// Options are how the world behaves.
type Options struct {
	Latency time.Duration // of a call to Lever, there and back
	Jitter  time.Duration // most that is added to it, evenly drawn
	Slice   time.Duration // of a sweep; 60 s when 0, as deployed
	Rate    float64       // of Lever's limit; 0 = as documented, negative = none
}

// tableLatency is what a call to a table takes in the simulated time.
const tableLatency = 5 * time.Millisecond

// World is one deployment beside one simulated Lever. It is safe for concurrent use.
type World struct {
	Lever       *levertest.Lever
	Memory      *memory.DB
	Meter       *Meter
	Calls       *Calls
	Connections *connection.Service
	Sessions    *portal.Sessions
	Mirror      *mirror.Store
	Work        *work.List
	Rate        *budget.Budget
	Intake      *hint.Intake
	Hints       *hint.Worker
	Queues      map[work.Kind]*Queue
	Deliver     func(context.Context) // sends what webhooks Lever has to send

	options Options
	box     *seal.Box
	sweeper *resync.Sweeper
	deltas  *delta.Runner
	attend  map[work.Kind]*work.Attendant

	mu    sync.Mutex // guards what follows
	rng   *rand.Rand
	ids   int
	waits map[budget.Lane][]time.Duration
}

// New builds a world; call it inside a synctest bubble.
func New(o Options) *World {
	if o.Slice == 0 {
		o.Slice = time.Minute
	}
	w := &World{
		Memory: memory.New(), options: o, rng: rand.New(rand.NewPCG(1, 2)), waits: map[budget.Lane][]time.Duration{},
		Queues: map[work.Kind]*Queue{}, attend: map[work.Kind]*work.Attendant{},
	}
	w.Meter = &Meter{DB: w.Memory, Latency: tableLatency}
	w.Lever = levertest.New(levertest.Options{
		Now: time.Now, Rate: o.Rate, Seed: 1, ClientID: "client", ClientSecret: "shh", RedirectURIs: []string{publicURL + "/oauth/callback"},
	})
	w.Calls = &Calls{way: w.Lever.Transport(), delay: w.latency}
	w.Work = &work.List{DB: w.Meter, Now: time.Now, NewID: w.id}
	w.Mirror = &mirror.Store{DB: w.Meter, Now: time.Now, Retention: 30 * 24 * time.Hour, Parallel: 8}
	w.Sessions = &portal.Sessions{DB: w.Meter, Now: time.Now, Rand: w, PublicURL: publicURL, ReturnOrigins: []string{"https://app.evidenced.example"}}
	w.Rate = &budget.Budget{DB: w.Meter, Now: time.Now, Sleep: sleep, Limits: budget.Lever()}
	w.box = seal.New(&sealtest.Keys{}, time.Now, w)
	w.Deliver = w.deliver
	w.connections()
	w.Mirror.Erasing = w.Connections.Erasing
	w.workers()
	return w
}

func (w *World) connections() {
	hosts, err := lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/")
	if err != nil {
		panic("bench: " + err.Error())
	}
	w.Connections = &connection.Service{
		DB: w.Meter, Work: w.Work, Nudge: w, Box: w.box, Mirror: w.Mirror, Now: time.Now, Sleep: sleep, Rand: w, NewID: w.id, PublicURL: publicURL,
		OAuth: lever.NewOAuth(lever.OAuthOptions{
			Hosts: hosts, ClientID: "client", ClientSecret: "shh", RedirectURL: publicURL + "/oauth/callback", Transport: w.Calls, Now: time.Now,
		}),
		Client: func(auth lever.Authorizer, limit lever.Limiter) *lever.Client {
			return lever.New(lever.Options{Hosts: hosts, Transport: w.Calls, Auth: auth, Limit: limit, Now: time.Now})
		},
		Limiter: func(id string, lane budget.Lane) lever.Limiter { return &clocked{w.Rate.Lease(id, lane), w, lane} },
		Forget:  w.Rate.Forget,
	}
	w.Intake = &hint.Intake{Queue: w, Now: time.Now, Secret: func(ctx context.Context, address string) (connection.HookSecret, secret.String, bool, error) {
		return connection.Secret(ctx, w.Meter, w.box, address)
	}}
}

// workers makes what the functions are made of, with their settings.
func (w *World) workers() {
	conv := &converge.Converger{Mirror: w.Mirror, DB: w.Meter, Now: time.Now, Parallel: 2}
	for kind, hold := range map[work.Kind]time.Duration{work.Resync: 100 * time.Second, work.Delta: 90 * time.Second, work.Hint: 40 * time.Second} {
		w.attend[kind] = &work.Attendant{List: w.Work, Nudge: w, Hold: hold, Limit: 1 << 30}
		w.Queues[kind] = NewQueue()
	}
	w.Queues[work.Decision] = NewQueue()
	w.Hints = &hint.Worker{Connections: w.Connections, Converger: conv, List: w.Work, DB: w.Meter, Attendant: w.attend[work.Hint], Now: time.Now}
	w.sweeper = &resync.Sweeper{Connections: w.Connections, Converger: conv, Mirror: w.Mirror, Now: time.Now, Slice: w.options.Slice, Parallel: 24}
	w.deltas = &delta.Runner{
		Connections: w.Connections, Converger: conv, Mirror: w.Mirror, List: w.Work, Nudge: w, Now: time.Now, Slice: time.Minute, Parallel: 6,
	}
}

// latency draws what one way to or from Lever takes.
func (w *World) latency() time.Duration {
	extra := time.Duration(0)
	if w.options.Jitter > 0 {
		w.mu.Lock()
		extra = time.Duration(w.rng.Int64N(int64(w.options.Jitter)))
		w.mu.Unlock()
	}
	return (w.options.Latency + extra) / 2
}

// Read implements io.Reader with bytes by seed.
func (w *World) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range p {
		p[i] = byte(w.rng.UintN(256))
	}
	return len(p), nil
}

var _ io.Reader = (*World)(nil)

func (w *World) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("id-%08d", w.ids)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RoundTrip lets the simulated Lever deliver its webhooks.
func (w *World) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if err := w.Intake.Take(r.Context(), strings.TrimPrefix(r.URL.Path, "/webhooks/lever/"), body); err != nil {
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

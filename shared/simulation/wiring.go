package simulation

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/delta"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/resync"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// shortSlice makes long work end its slices often, so that other things happen in between as they do beside a Lambda.
const shortSlice = 3 * time.Second

// mail takes what the rooms send to the queues.
type mail interface {
	work.Nudger
	Arrived(ctx context.Context, a hint.Arrival) error
}

// seams is where the rooms touch the world: time, tables, keys, the way to Lever and the queues.
type seams struct {
	clock func() time.Time
	pause func(context.Context, time.Duration) error
	store table.DB
	keys  seal.Keys
	way   func(lever http.RoundTripper) http.RoundTripper
	mail  mail
}

// wire builds the rooms over the seams, as the functions do over AWS.
func (w *World) wire(seed uint64, rules *levertest.Rules) {
	w.Lever = levertest.New(levertest.Options{
		Now: w.clock, Seed: seed, ClientID: "client", ClientSecret: "shh", RedirectURIs: []string{publicURL + "/oauth/callback"}, Rules: rules,
	})
	w.rooms()
}

func (w *World) rooms() {
	w.Work = &work.List{DB: w.store, Now: w.clock, NewID: w.id}
	w.Mirror = &mirror.Store{DB: w.store, Now: w.clock, Retention: 30 * 24 * time.Hour}
	w.Sessions = &portal.Sessions{DB: w.store, Now: w.clock, Rand: w, PublicURL: publicURL, ReturnOrigins: []string{"https://app.evidenced.example"}}
	w.connect()
	w.Mirror.Erasing = w.Connections.Erasing
	w.workers()
}

func (w *World) connect() {
	hosts, err := lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/")
	if err != nil {
		panic("simulation: " + err.Error())
	}
	w.box = seal.New(w.keys, w.clock, w)
	rate := &budget.Budget{DB: w.store, Now: w.clock, Sleep: w.pause, Limits: budget.Lever()}
	transport := w.way(w.Lever.Transport())
	w.Connections = &connection.Service{
		DB: w.store, Work: w.Work, Nudge: w.mail, Box: w.box, Mirror: w.Mirror, Now: w.clock, Sleep: w.pause, Rand: w, NewID: w.id, PublicURL: publicURL,
		OAuth: lever.NewOAuth(lever.OAuthOptions{
			Hosts: hosts, ClientID: "client", ClientSecret: "shh", RedirectURL: publicURL + "/oauth/callback", Transport: transport, Now: w.clock,
		}),
		Client: func(auth lever.Authorizer, limit lever.Limiter) *lever.Client {
			return lever.New(lever.Options{Hosts: hosts, Transport: transport, Auth: auth, Limit: limit, Now: w.clock})
		},
		Limiter: func(id string, lane budget.Lane) lever.Limiter { return rate.Lease(id, lane) },
		Forget:  rate.Forget,
	}
	w.intake = &hint.Intake{Queue: w.mail, Now: w.clock, Secret: func(ctx context.Context, address string) (connection.HookSecret, secret.String, bool, error) {
		return connection.Secret(ctx, w.store, w.box, address)
	}}
}

// coldStart forgets what a warm function keeps in memory: the unwrapped data keys.
func (w *World) coldStart() {
	w.box = seal.New(w.keys, w.clock, w)
	w.Connections.Box = w.box
}

func (w *World) workers() {
	conv := &converge.Converger{Mirror: w.Mirror, DB: w.store, Now: w.clock}
	w.attend = &work.Attendant{List: w.Work, Nudge: w.mail, Hold: 100 * time.Second, Limit: 1 << 30}
	w.hints = &hint.Worker{Connections: w.Connections, Converger: conv, List: w.Work, DB: w.store, Now: w.clock, Attendant: &work.Attendant{
		List: w.Work, Nudge: w.mail, Hold: 40 * time.Second, Limit: 60,
	}}
	w.sweeper = &resync.Sweeper{Connections: w.Connections, Converger: conv, Mirror: w.Mirror, Now: w.clock, Slice: shortSlice}
	w.deltas = &delta.Runner{
		Connections: w.Connections, Converger: conv, Mirror: w.Mirror, List: w.Work, Nudge: w.mail, Now: w.clock, Slice: shortSlice,
	}
	w.Decisions = &decision.Service{DB: w.store, Work: w.Work, Nudge: w.mail, Tenants: w.Connections, Now: w.clock}
	w.pusher = &decision.Deliverer{
		DB: w.store, Work: w.Work, Nudge: w.mail, Lever: decision.Opener{Connections: w.Connections}, Users: w.Mirror,
		Marker: decision.Marker{Key: "a key of thirty-two bytes or more."}, Now: w.clock, NewID: w.id, Log: slog.Default(),
	}
	w.Connections.Released = func(ctx context.Context, tenant, conn string) error { return w.Decisions.Release(ctx, tenant, conn) }
}

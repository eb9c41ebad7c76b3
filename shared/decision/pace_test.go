package decision

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/work"
)

// pace is a world whose requests take time and permits, with workers side by side.
type pace struct {
	*world
	rate  *budget.Budget
	token string
	ids   atomic.Int64
	group sync.WaitGroup
}

const decisionsBeside = 200

// TestSimulatedPaceBesideAResync hands decisions over, alone and in bursts, while others ask Lever without end in the
// lanes of the full resync and of the delta, which is as much as those may ever take. Requests take 100 ms, more or less,
// messages 50 ms; Lever refuses what is above 10 a second with bursts of 20. The figures are a model's: Lambda and the
// tables take no time in it.
func TestSimulatedPaceBesideAResync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(t)
		ctx, stop := context.WithCancel(t.Context())
		for range 4 {
			p.group.Go(func() { p.ask(ctx, budget.ResyncLane) })
		}
		p.group.Go(func() { p.ask(ctx, budget.DeltaLane) })
		rng := rand.New(rand.NewPCG(1, 2))
		for n := range decisionsBeside {
			if n%40 >= 8 { // eight at once now and then
				time.Sleep(time.Duration(rng.ExpFloat64() * float64(time.Second)))
			}
			p.accept(fmt.Sprint("d", n), p.submission(1, Advance))
		}
		time.Sleep(10 * time.Second)
		stop()
		p.group.Wait()
		p.judge()
	})
}

func newPace(t *testing.T) *pace {
	t.Helper()
	p := &pace{world: &world{}}
	p.build(t, time.Now, 3)
	p.lever = levertest.New(levertest.Options{
		Now: time.Now, Seed: 3, ClientID: "app", ClientSecret: "secret", RedirectURIs: []string{"https://app.example/cb"},
	})
	p.acct = p.lever.Seed(levertest.SmallCompany(3, 20, time.Now()))
	p.opp = p.acct.Opportunities()[0].ID
	tokens, err := p.acct.Connect("opportunities:read:admin", "notes:write:admin", "users:read:admin", "confidential:access:admin")
	must(t, err)
	p.token = tokens.AccessToken
	p.rate = &budget.Budget{DB: p.store, Now: time.Now, Sleep: sleep, Limits: budget.Lever()}
	p.svc.Nudge, p.deliver.Nudge, p.deliver.Lever = p, p, p
	p.deliver.Work.NewID = func() string { return fmt.Sprint("id-", p.ids.Add(1)) }
	p.deliver.NewID = p.deliver.Work.NewID
	return p
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// client opens the way to Lever in a lane.
func (p *pace) client(lane budget.Lane) *lever.Client {
	hosts, err := lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/")
	must(p.t, err)
	return lever.New(lever.Options{Hosts: hosts, Transport: slow{p.lever.Transport()}, Auth: fixed(p.token), Limit: p.rate.Lease(conn, lane)})
}

// ask reads lists for ever, as fast as its lane allows.
func (p *pace) ask(ctx context.Context, lane budget.Lane) {
	client := p.client(lane)
	for ctx.Err() == nil {
		if _, err := client.Users(ctx, true, ""); err != nil {
			_ = sleep(ctx, 200*time.Millisecond) // the rate is used up: come back, as the work list would
		}
	}
}

// Open implements opener.
func (p *pace) Open(context.Context, string) (notes, connection.Settings, error) {
	return p.client(budget.DecisionLane), connection.Settings{}, nil
}

// Nudge implements work.Nudger: a message is with a worker of its own after 50 ms.
func (p *pace) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	p.group.Go(func() {
		time.Sleep(delay + 50*time.Millisecond)
		if err := p.deliver.Handle(context.Background(), n); err != nil {
			p.t.Error(err)
		}
	})
	return nil
}

// judge wants each decision delivered, and 99 of 100 within two seconds.
func (p *pace) judge() {
	var took []time.Duration
	for n := range decisionsBeside {
		d := p.decision(fmt.Sprint("d", n))
		if d.State != Delivered {
			p.t.Fatalf("decision %s is %s", d.ID(), d.State)
		}
		took = append(took, time.Duration(d.DeliveredAt-d.AcceptedAt)*time.Millisecond)
	}
	slices.Sort(took)
	requests := p.lever.Requests()
	span := requests[len(requests)-1].At.Sub(requests[0].At).Seconds()
	refused := len(slices.DeleteFunc(slices.Clone(requests), func(r levertest.Request) bool { return r.Status != http.StatusTooManyRequests }))
	bound(p.t, "accepted to note beside all that the other lanes may take, p50", took[decisionsBeside/2].Seconds(), 1, "s")
	bound(p.t, "accepted to note beside all that the other lanes may take, p99", took[decisionsBeside*99/100].Seconds(), 2, "s")
	p.t.Logf("%d decisions, the slowest after %s; %.1f requests a second in all, %d of %d refused with 429",
		decisionsBeside, took[decisionsBeside-1], float64(len(requests))/span, refused, len(requests))
}

// slow is a way to Lever that takes 100 ms, give or take 40.
type slow struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	half := time.Duration(30+rand.IntN(40)) * time.Millisecond
	if err := sleep(r.Context(), half); err != nil {
		return nil, err
	}
	response, err := s.next.RoundTrip(r)
	time.Sleep(half)
	return response, err
}

// fixed is an access token that stays good.
type fixed string

// Token implements lever.Authorizer.
func (f fixed) Token(context.Context) (string, error) { return string(f), nil }

// Rejected implements lever.Authorizer.
func (f fixed) Rejected(context.Context, string) (string, error) { return string(f), nil }

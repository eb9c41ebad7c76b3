package connection_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

// The seeds of the simulations: go test ./shared/connection -run TestSimulated -seeds 10000, or -seed 7 for one, told
// call by call.
var (
	seedCount = flag.Int("seeds", 120, "how many seeds the simulations run")
	oneSeed   = flag.Int64("seed", -1, "the one seed to run")
)

// world is what the processes of a simulation share: the tables, the key service, and Lever with its accounts. It is used
// within a synctest bubble, where at most one thing happens at a time.
type world struct {
	t         *testing.T
	mu        sync.Mutex // over everything that happens, and what processes remember of themselves
	seed      uint64
	rng       *rand.Rand
	db        *memory.DB
	keys      *sealtest.Keys
	lever     *levertest.Lever
	account   *levertest.Account
	wire      http.RoundTripper
	hosts     lever.Hosts
	started   time.Time
	redeemed  map[string]int // authorization codes that were sent to Lever, and how often
	processes int
	ledger    *ledger
	after     func(deed string) // looks after each thing that happened
	answered  func(*http.Request, *http.Response)
	down      bool           // Lever cannot be reached
	deaths    map[string]int // what processes died at
	echoes    sync.WaitGroup // under way for longer than the press that they echo, when their calls are slow
}

// staff are the people of a small company, made once.
var staff = sync.OnceValue(func() levertest.Company {
	return levertest.SmallCompany(1, 1, time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))
})

func newWorld(t *testing.T, seed uint64, rules levertest.Rules) *world {
	w := &world{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)), db: memory.New(), keys: &sealtest.Keys{}, started: time.Now(),
		deaths: map[string]int{}, redeemed: map[string]int{},
	}
	w.lever = levertest.New(levertest.Options{
		Now: time.Now, Seed: seed, ClientID: "client", ClientSecret: "shh", RedirectURIs: []string{publicURL + "/oauth/callback"},
		Rate: -1, Rules: &rules,
	})
	w.wire = w.lever.Transport()
	w.account = w.company("a")
	w.ledger = newLedger(w)
	var err error
	if w.hosts, err = lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/"); err != nil {
		t.Fatal(err)
	}
	return w
}

// company adds a customer account with people and nothing else.
func (w *world) company(id string) *levertest.Account {
	c := levertest.Company{ID: id, Name: id, Seed: w.seed<<8 | uint64(id[0])}
	for _, u := range staff().Users {
		u.ID += id
		c.Users = append(c.Users, u)
	}
	return w.lever.Seed(c)
}

// wrong reports a broken promise with the command that shows it again.
func (w *world) wrong(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("after %s: %s\n\tgo test ./shared/connection -run '^%s$' -seed %d -v", time.Since(w.started),
		fmt.Sprintf(format, args...), w.t.Name(), w.seed)
}

// happened is told of everything that took effect.
func (w *world) happened(p *process, deed string, err error) {
	if *oneSeed >= 0 {
		w.t.Logf("%12s process %d call %d: %s %v", time.Since(w.started).Round(time.Microsecond), p.number, p.calls, deed, err)
	}
	if w.after != nil {
		w.after(deed)
	}
}

func (w *world) died(p *process, deed string) {
	if *oneSeed >= 0 {
		w.t.Logf("%12s process %d dies at call %d: %s, under way %t", time.Since(w.started).Round(time.Microsecond), p.number, p.calls, deed, p.underWay)
	}
	w.deaths[fmt.Sprintf("%s, under way %t", deed, p.underWay)]++
}

// sent is told of a request to Lever when it leaves, and returns who is told how it ended.
func (w *world) sent(ctx context.Context, p *process, r *http.Request, body []byte) (heard func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	form, err := url.ParseQuery(string(body))
	if code := form.Get("code"); code != "" {
		if w.redeemed[code]++; w.redeemed[code] > 1 {
			w.wrong("a code was redeemed twice")
		}
	}
	if err != nil || r.URL.Path != "/oauth/token" || form.Get("grant_type") != "refresh_token" {
		return func() {}
	}
	s, heard := w.ledger.spend(ctx, p, form.Get("refresh_token"))
	*r = *r.WithContext(context.WithValue(r.Context(), spendingKey{}, s))
	return heard
}

// carried is told of a request that Lever carried out.
func (w *world) carried(r *http.Request, response *http.Response) {
	if s, ok := r.Context().Value(spendingKey{}).(*spending); ok {
		w.ledger.carried(s, response)
	}
	if w.answered != nil {
		w.answered(r, response)
	}
}

// press plays the whole connect of a tenant by an admin, in the browser, at Lever and by Evidenced's backend. Echoes are
// processes that hear the browser's return and Evidenced's confirmation, too.
func (p *process) press(ctx context.Context, tenant string, account *levertest.Account, echoes ...*process) (connection.Connection, error) {
	if err := p.Welcome(ctx, tenant, tenant); err != nil {
		return connection.Connection{}, err
	}
	entry, _, err := p.sessions.Create(ctx, portal.Entry{Tenant: tenant, TenantName: tenant, UserID: "u1", Role: portal.Admin, ReturnURL: returnURL})
	if err != nil {
		return connection.Connection{}, err
	}
	_, session, err := p.sessions.Enter(ctx, parameter(p.w.t, entry, "entry"))
	if err != nil {
		return connection.Connection{}, err
	}
	authorize, err := p.Begin(ctx, session, false)
	if err != nil {
		return connection.Connection{}, err
	}
	code, err := account.Code(levertest.AuthorizeRequest{Scopes: connection.Scopes(false), CodeChallenge: parameter(p.w.t, authorize, "code_challenge")})
	if err != nil {
		return connection.Connection{}, err
	}
	answer := url.Values{"state": {parameter(p.w.t, authorize, "state")}, "code": {code}}
	for _, echo := range echoes {
		p.w.echoes.Go(func() {
			time.Sleep(echo.jitter())
			_, _ = echo.Return(ctx, session.Key, answer)
		})
	}
	back, err := p.Return(ctx, session.Key, answer)
	if err != nil {
		return connection.Connection{}, err
	}
	attempt, by := parameter(p.w.t, back, "attempt"), connection.Person{ID: "u1", Name: "One"}
	for _, echo := range echoes {
		p.w.echoes.Go(func() {
			time.Sleep(echo.jitter())
			_, _ = echo.Confirm(ctx, tenant, attempt, by)
		})
	}
	return p.Confirm(ctx, tenant, attempt, by)
}

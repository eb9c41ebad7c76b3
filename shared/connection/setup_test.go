package connection_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

const (
	publicURL = "https://integration.example"
	returnURL = "https://app.example/integrations/lever"
)

// bundle is the connection service beside a simulated Lever with one account, under a clock that stands still.
type bundle struct {
	*connection.Service
	lever    *levertest.Lever
	account  *levertest.Account
	db       *memory.DB
	keys     *sealtest.Keys
	sessions *portal.Sessions
	clock    time.Time
	nudges   []work.Nudge
	wire     *wire
}

// wire is the way to Lever: it remembers the tokens that came over it and can lose or hold up answers.
type wire struct {
	http.RoundTripper
	tokens []string
	before func(r *http.Request) error // an error is returned in place of sending
	after  func(r *http.Request) error // an error is returned in place of the answer
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.before != nil {
		if err := w.before(r); err != nil {
			return nil, err
		}
	}
	response, err := w.RoundTripper.RoundTrip(r)
	if err = w.lost(r, err); err != nil {
		return nil, err
	}
	if r.URL.Path != "/oauth/token" {
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &tokens) == nil && tokens.Access != "" {
		w.tokens = append(w.tokens, tokens.Access, tokens.Refresh)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (w *wire) lost(r *http.Request, err error) error {
	if err == nil && w.after != nil {
		return w.after(r)
	}
	return err
}

// holds says whether a stored item contains a text in any of its values.
func holds(item table.Item, text string) bool {
	raw, err := json.Marshal(item)
	if err != nil {
		panic(err)
	}
	return bytes.Contains(raw, []byte(text)) || bytes.Contains(raw, []byte(base64.StdEncoding.EncodeToString([]byte(text))))
}

func (b *bundle) Nudge(_ context.Context, n work.Nudge, _ time.Duration) error {
	b.nudges = append(b.nudges, n)
	return nil
}

func setup(t *testing.T, rules ...func(*levertest.Rules)) *bundle {
	t.Helper()
	b := &bundle{db: memory.New(), keys: &sealtest.Keys{}, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return b.clock }
	r := levertest.DefaultRules()
	for _, change := range rules {
		change(&r)
	}
	b.lever = levertest.New(levertest.Options{
		Now: now, ClientID: "client", ClientSecret: "shh", RedirectURIs: []string{publicURL + "/oauth/callback"}, Rate: -1, Rules: &r,
	})
	b.wire = &wire{RoundTripper: b.lever.Transport()}
	b.account = b.lever.Seed(levertest.SmallCompany(1, 4, b.clock))
	hosts, err := lever.ParseHosts("https://api.lever.co/v1", "https://auth.lever.co", "https://api.lever.co/v1/")
	if err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	newID := func() string { return strconv.FormatInt(ids.Add(1), 10) }
	b.sessions = &portal.Sessions{DB: b.db, Now: now, Rand: rand.Reader, PublicURL: publicURL, ReturnOrigins: []string{"https://app.example"}}
	b.Service = &connection.Service{
		DB: b.db, Work: &work.List{DB: b.db, Now: now, NewID: newID}, Nudge: b, Box: seal.New(b.keys, now, rand.Reader),
		Mirror: &mirror.Store{DB: b.db, Now: now}, Now: now, Rand: rand.Reader, NewID: newID, PublicURL: publicURL,
		Sleep: func(_ context.Context, d time.Duration) error { b.clock = b.clock.Add(d); return nil },
		OAuth: lever.NewOAuth(lever.OAuthOptions{
			Hosts: hosts, ClientID: "client", ClientSecret: "shh", RedirectURL: publicURL + "/oauth/callback", Transport: b.wire, Now: now,
		}),
		Client: func(auth lever.Authorizer, limit lever.Limiter) *lever.Client {
			return lever.New(lever.Options{Hosts: hosts, Transport: b.wire, Auth: auth, Limit: limit, Now: now})
		},
		Limiter: func(string, budget.Lane) lever.Limiter { return nil },
	}
	return b
}

// session opens the page for a tenant as a user in a role.
func (b *bundle) session(t *testing.T, tenant, user string, role portal.Role) portal.Session {
	t.Helper()
	b.welcome(t, tenant)
	entry, _, err := b.sessions.Create(t.Context(), portal.Entry{
		Tenant: tenant, TenantName: tenant, UserID: user, Role: role, ReturnURL: returnURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, s, err := b.sessions.Enter(t.Context(), parameter(t, entry, "entry"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// welcome makes a tenant known, in a process that does not die.
func (b *bundle) welcome(t *testing.T, tenant string) {
	t.Helper()
	whole := *b.Service
	whole.DB = b.db
	if err := whole.Welcome(t.Context(), tenant, tenant); err != nil {
		t.Fatal(err)
	}
}

// consent begins a connect in a session and accepts at Lever; it returns Lever's answer.
func (b *bundle) consent(t *testing.T, s portal.Session, scopes ...string) url.Values {
	t.Helper()
	authorize, err := b.Begin(t.Context(), s, false)
	if err != nil {
		t.Fatal(err)
	}
	if scopes == nil {
		scopes = connection.Scopes(false)
	}
	code, err := b.account.Code(levertest.AuthorizeRequest{Scopes: scopes, CodeChallenge: parameter(t, authorize, "code_challenge")})
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"state": {parameter(t, authorize, "state")}, "code": {code}}
}

// connect plays the whole connect of a tenant by a user.
func (b *bundle) connect(t *testing.T, tenant string) connection.Connection {
	t.Helper()
	s := b.session(t, tenant, "u1", portal.Admin)
	c, err := b.confirm(t, tenant, s, b.consent(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bundle) confirm(t *testing.T, tenant string, s portal.Session, answer url.Values) (connection.Connection, error) {
	t.Helper()
	back, err := b.Return(t.Context(), s.Key, answer)
	if err != nil {
		t.Fatal(err)
	}
	return b.Confirm(t.Context(), tenant, parameter(t, back, "attempt"), connection.Person{ID: "u1", Name: "One"})
}

func (b *bundle) state(t *testing.T, id string) connection.State {
	t.Helper()
	c, _, err := b.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.State
}

func parameter(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get(name) == "" {
		t.Fatalf("no %s in %s: %v", name, address, err)
	}
	return u.Query().Get(name)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || fault.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// tokenCalls counts the token requests that Lever saw.
func (b *bundle) tokenCalls() int { return b.lever.RequestCount(http.MethodPost + " /oauth/token") }

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the dying processes of these tests have much to complain about
	m.Run()
}

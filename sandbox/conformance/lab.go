package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

// lab is what questions are asked with: one account, what may be written to, and who can lend a hand.
type lab struct {
	set    settings
	http   *http.Client
	client *lever.Client
	oauth  *lever.OAuth
	person person // nil when nobody sits there
	inbox  *inbox // nil without a webhook address
	now    func() time.Time
	wait   func(context.Context, time.Duration) error

	mu        sync.Mutex
	codes     map[int]map[string]bool // of refusals, by status
	grant     lever.Grant
	refreshed time.Time // when grant came
	dead      bool      // the refresh token is used up
	candidate string    // who may be written to; found when first needed
	notes     []string  // made and not yet removed
	hooks     []string  // the same
	switched  bool      // somebody has switched the webhook events on
	refusal   *refusal  // a delivery that was refused to the end
}

// pace keeps below Lever's 10 requests a second.
const pace = 125 * time.Millisecond

// newLab prepares a lab for the account of the settings.
func newLab(ctx context.Context, s settings, terminal *bufio.Reader) (*lab, error) {
	l := &lab{set: s, now: time.Now, wait: sleep, http: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	l.equip(http.DefaultTransport)
	if s.person {
		l.person = &atTerminal{in: terminal, out: os.Stderr}
	}
	if s.listen != "" {
		l.inbox = newInbox(l.now, func(d time.Duration) { time.Sleep(d) })
		if err := l.inbox.listen(ctx, s.listen); err != nil {
			return nil, fmt.Errorf("LEVER_CONFORMANCE_LISTEN: %w", err)
		}
	}
	if s.access != "" {
		l.grant, l.refreshed = lever.Grant{Access: s.access}, l.now()
		return l, nil
	}
	raw, err := os.ReadFile(s.refreshFile)
	if err != nil {
		return nil, fmt.Errorf("LEVER_REFRESH_TOKEN_FILE: %w", err)
	}
	l.grant.Refresh = secret.String(strings.TrimSpace(string(raw)))
	return l, l.refresh(ctx)
}

// equip makes the clients over a transport.
func (l *lab) equip(way http.RoundTripper) {
	l.codes = map[int]map[string]bool{}
	l.client = lever.New(lever.Options{Hosts: l.set.hosts, Transport: way, Auth: l, Limit: l, Now: l.now})
	l.oauth = lever.NewOAuth(lever.OAuthOptions{
		Hosts: l.set.hosts, ClientID: l.set.clientID, ClientSecret: l.set.clientSecret, RedirectURL: l.set.redirect, Transport: way, Now: l.now,
	})
}

// Token implements lever.Authorizer.
func (l *lab) Token(context.Context) (string, error) { return l.grant.Access.Reveal(), nil }

// Rejected implements lever.Authorizer: there is no newer token.
func (l *lab) Rejected(context.Context, string) (string, error) {
	return "", errors.New("lever does not take the access token")
}

// Take implements lever.Limiter.
func (l *lab) Take(ctx context.Context) error { return l.wait(ctx, pace) }

// Throttled implements lever.Limiter; the client itself asks again, after pace.
func (l *lab) Throttled(context.Context, time.Duration) {}

// refresh spends the refresh token and keeps its successor before anything else.
func (l *lab) refresh(ctx context.Context) error {
	grant, err := l.oauth.Refresh(ctx, l.grant.Refresh)
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return l.adopt(grant)
}

// adopt goes on with a grant.
func (l *lab) adopt(grant lever.Grant) error {
	l.grant, l.refreshed, l.dead = grant, l.now(), false
	if l.set.refreshFile == "" || grant.Refresh == "" {
		return nil
	}
	return os.WriteFile(l.set.refreshFile, []byte(grant.Refresh.Reveal()+"\n"), 0o600)
}

// fresh renews an access token that will soon be an hour old, if it can.
func (l *lab) fresh(ctx context.Context) error {
	if l.now().Sub(l.refreshed) < 40*time.Minute || l.grant.Refresh == "" || l.dead {
		return nil
	}
	return l.refresh(ctx)
}

// reply is an answer on the wire.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// object is the answer's data as an object, or nil.
func (r reply) object() map[string]any {
	o, _ := r.body["data"].(map[string]any)
	return o
}

// rows are the answer's data as a list of objects.
func (r reply) rows() (rows []map[string]any) {
	list, _ := r.body["data"].([]any)
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			rows = append(rows, o)
		}
	}
	return rows
}

// said is the status in words.
func (r reply) said() string { return fmt.Sprint(r.status) }

// api sends one request to the API at an easy pace; what was refused for the number of requests is sent again.
func (l *lab) api(ctx context.Context, method, path string, query url.Values, body any) (reply, error) {
	for try := 0; ; try++ {
		if err := l.wait(ctx, pace); err != nil {
			return reply{}, err
		}
		r, err := l.once(ctx, l.grant.Access, method, path, query, body)
		if err != nil || r.status != http.StatusTooManyRequests || try == 5 {
			return r, err
		}
		if err := l.wait(ctx, 2*time.Second); err != nil {
			return r, err
		}
	}
}

// get is api for reading.
func (l *lab) get(ctx context.Context, path string, query ...string) (reply, error) {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Add(query[i], query[i+1])
	}
	return l.api(ctx, http.MethodGet, path, values, nil)
}

// once sends one request under the given token.
func (l *lab) once(ctx context.Context, token secret.String, method, path string, query url.Values, body any) (reply, error) {
	address := strings.TrimSuffix(l.set.hosts.API.String(), "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return l.send(req)
}

// send makes a request. Its errors name no address: that could hold an id.
func (l *lab) send(req *http.Request) (reply, error) {
	resp, err := l.http.Do(req)
	if err != nil {
		if address := (*url.Error)(nil); errors.As(err, &address) {
			err = address.Err
		}
		return reply{}, fmt.Errorf("%s: no answer: %w", req.Method, err)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, lever.MaxBody))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return reply{}, fmt.Errorf("%s: the answer broke off", req.Method)
	}
	r := reply{status: resp.StatusCode, header: resp.Header}
	if len(raw) > 0 && json.Unmarshal(raw, &r.body) != nil && r.status < 300 {
		return r, fmt.Errorf("%s: status %d with something that is not a JSON object", req.Method, r.status)
	}
	if code, ok := r.body["code"].(string); ok && r.status >= 400 {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.codes[r.status] == nil {
			l.codes[r.status] = map[string]bool{}
		}
		l.codes[r.status][code] = true
	}
	return r, nil
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

package lever_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/lever"
)

// prefix is a path before /v1, so that a client that forgets the base path is found out.
const prefix = "/some/base"

const (
	opportunityID = "2e6d0a63-10de-5bcc-9edb-511526a00d7c"
	userID        = "0cd3123b-f565-5a04-9be5-e880ad8c5964"
	postingID     = "84692832-0d82-5339-b9e8-96dceea21a23"
	stageID       = "b14f156c-2e57-5e56-9395-bd33dca13596"
	applicationID = "5e57eb4a-48fb-51dc-a0ea-34707fb06b5a"
)

var clock = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// bench is a client with a server behind it.
type bench struct {
	client *lever.Client
	mux    *http.ServeMux
	auth   *keys
	limit  *meter
}

// setup serves what the test adds to the mux below /some/base/v1.
func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{mux: http.NewServeMux(), auth: &keys{token: "token-1"}, limit: &meter{}}
	server := httptest.NewServer(http.StripPrefix(prefix+"/v1", b.mux))
	t.Cleanup(server.Close)
	b.client = lever.New(lever.Options{
		Hosts: hosts(t, server.URL+prefix+"/v1"), Auth: b.auth, Limit: b.limit,
		Transport: server.Client().Transport, Now: func() time.Time { return clock },
	})
	return b
}

// answer serves one body for a pattern such as "GET /users".
func (b *bench) answer(pattern string, status int, body string) {
	b.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { reply(w, status, body) })
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Date", clock.Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// through makes a client over a transport of the test's own.
func through(t *testing.T, api string, transport roundTrip) (*lever.Client, *keys, *meter) {
	t.Helper()
	auth, limit := &keys{token: "token-1"}, &meter{}
	return lever.New(lever.Options{
		Hosts: hosts(t, api), Auth: auth, Limit: limit, Transport: transport,
		Now: func() time.Time { return clock },
	}), auth, limit
}

func hosts(t *testing.T, api string) lever.Hosts {
	t.Helper()
	parsed, err := lever.ParseHosts(api, "https://auth.lever.co", "https://api.lever.co/v1/")
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// sample reads a body from testdata.
func sample(t testing.TB, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// response makes an HTTP response.
func response(r *http.Request, status int, body io.Reader, header ...string) *http.Response {
	out := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}
	for i := 0; i+1 < len(header); i += 2 {
		out.Header.Set(header[i], header[i+1])
	}
	return out
}

func jsonBody(body string) io.Reader { return strings.NewReader(body) }

// keys is an Authorizer that counts.
type keys struct {
	mu        sync.Mutex
	token     string
	newer     string
	err       error
	rejectErr error
	rejected  []string
}

func (k *keys) Token(context.Context) (string, error) { return k.token, k.err }

func (k *keys) Rejected(_ context.Context, token string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rejected = append(k.rejected, token)
	return k.newer, k.rejectErr
}

// meter is a Limiter that counts.
type meter struct {
	mu        sync.Mutex
	taken     int
	throttled []time.Duration
	err       error
}

func (m *meter) Take(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken++
	return m.err
}

func (m *meter) Throttled(_ context.Context, retryAfter time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.throttled = append(m.throttled, retryAfter)
}

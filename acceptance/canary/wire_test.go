package canary

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evidenced/lever-integration/sandbox/canary"
)

// wire is the way of all browsers and programs of this test. It keeps the secrets that pass by (session cookies,
// anti-forgery tokens, codes, states, one-time addresses) and every answer of the API with an error.
type wire struct {
	inner http.RoundTripper
	api   string

	mu      sync.Mutex
	secrets []canary.Canary
	seen    map[string]bool
	errors  bytes.Buffer
}

func newWire(inner http.RoundTripper, api string) *wire {
	return &wire{inner: inner, api: api, seen: map[string]bool{}}
}

var antiForgery = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range []string{"code", "state", "entry", "attempt"} {
		w.keep(name, r.URL.Query().Get(name))
	}
	if !strings.HasPrefix(r.URL.String(), w.api) {
		return response, nil
	}
	for _, cookie := range response.Cookies() {
		w.keep("session cookie", cookie.Value)
	}
	for _, found := range antiForgery.FindAllSubmatch(body, -1) {
		w.keep("anti-forgery token", string(found[1]))
	}
	if response.StatusCode >= http.StatusBadRequest {
		fmt.Fprintf(&w.errors, "%s %s %d %v\n%s\n", r.Method, r.URL.Path, response.StatusCode, response.Header, body)
	}
	return response, nil
}

func (w *wire) keep(name, value string) {
	if len(value) >= 16 && !w.seen[value] {
		w.seen[value] = true
		w.secrets = append(w.secrets, canary.Canary{Name: fmt.Sprintf("%s %d", name, len(w.secrets)+1), Value: value})
	}
}

// passed lists the secrets so far.
func (w *wire) passed() []canary.Canary {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.secrets)
}

// failed is every answer with an error so far.
func (w *wire) failed() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.errors.Bytes())
}

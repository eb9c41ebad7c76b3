package levertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	appID       = "app-1"
	appSecret   = "app-secret"
	appRedirect = "https://app.example/oauth/callback"
)

// allScopes are those the integration asks for, confidential data included.
var allScopes = []string{
	"offline_access", "opportunities:write:admin", "applications:read:admin", "postings:read:admin", "users:read:admin",
	"interviews:read:admin", "stages:read:admin", "archive_reasons:read:admin", "notes:write:admin", "webhooks:write:admin",
	"contact:read:admin", "confidential:access:admin",
}

// bundle is a simulated Lever with one small company, a clock and a token.
type bundle struct {
	t     *testing.T
	now   time.Time
	lever *Lever
	acct  *Account
	token string
	http  *http.Client
}

type change func(*Options)

func setup(t *testing.T, changes ...change) *bundle {
	t.Helper()
	b := &bundle{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	opts := Options{
		Now: func() time.Time { return b.now }, Seed: 7, ClientID: appID, ClientSecret: appSecret,
		RedirectURIs: []string{appRedirect}, Rate: -1, Control: true,
	}
	for _, c := range changes {
		c(&opts)
	}
	b.lever = New(opts)
	b.acct = b.lever.Seed(SmallCompany(1, 12, b.now))
	b.http = &http.Client{Transport: b.lever.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b.token = b.connect(allScopes...)
	return b
}

func withRules(set func(*Rules)) change {
	return func(o *Options) {
		r := DefaultRules()
		set(&r)
		o.Rules = &r
	}
}

func (b *bundle) connect(scopes ...string) string {
	b.t.Helper()
	pair, err := b.acct.Connect(scopes...)
	if err != nil {
		b.t.Fatalf("connect: %v", err)
	}
	return pair.AccessToken
}

func (b *bundle) advance(d time.Duration) { b.now = b.now.Add(d) }

// answer is a decoded reply.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (a answer) data() map[string]any {
	m, _ := a.body["data"].(map[string]any)
	return m
}

func (a answer) rows() []map[string]any {
	list, _ := a.body["data"].([]any)
	var out []map[string]any
	for _, v := range list {
		out = append(out, v.(map[string]any))
	}
	return out
}

// try sends an API request; a broken connection is an error.
func (b *bundle) try(method, path string, body any) (answer, error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, "https://lever.test"+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	resp, err := b.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	out := answer{status: resp.StatusCode, header: resp.Header, raw: raw}
	_ = json.Unmarshal(raw, &out.body)
	return out, nil
}

// call sends an API request and wants the given status.
func (b *bundle) call(status int, method, path string, body any) answer {
	b.t.Helper()
	a, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.raw)
	}
	return a
}

func (b *bundle) get(path string) answer {
	b.t.Helper()
	return b.call(http.StatusOK, "GET", path, nil)
}

// must stops the test on an error of a deed.
func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// active returns the first active candidacy of the given confidentiality that has an application.
func (b *bundle) active(confidentiality string) Opportunity {
	b.t.Helper()
	for _, o := range b.acct.Opportunities() {
		if o.Archived == nil && o.Confidentiality == confidentiality && len(o.Applications) > 0 && o.UpdatedAt != nil {
			return o
		}
	}
	b.t.Fatalf("no active %s candidacy", confidentiality)
	return Opportunity{}
}

// reason returns the first active archive reason of a type.
func (b *bundle) reason(kind string) string {
	for _, r := range b.acct.ArchiveReasons() {
		if r.Type == kind && r.Status == "active" {
			return r.ID
		}
	}
	return ""
}

func sample(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// shape reduces a value to its keys: objects key by key, lists to the shape of their first element, scalars and
// null to "value".
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, field := range v {
			out[k] = shape(field)
		}
		return out
	case []any:
		return "list"
	}
	return "value"
}

func keys(m map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

func v1(format string, args ...any) string { return fmt.Sprintf("/v1"+format, args...) }
func itoa(n int64) string                  { return strconv.FormatInt(n, 10) }

// otherStage returns a stage in which the opportunity is not.
func otherStage(b *bundle, o Opportunity) string {
	for _, s := range b.acct.Stages() {
		if s.ID != o.Stage {
			return s.ID
		}
	}
	return ""
}

package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Lever is the other side of the simulated Lever: its control routes, which no real Lever has. It does there what a
// person does on Lever's pages, and looks at what no API shows. It is safe for concurrent use.
type Lever struct {
	base string
	http *http.Client
}

// get reads a control route of an account, "" for all.
func (l *Lever) get(ctx context.Context, account, route string, query url.Values, out any) error {
	return l.call(ctx, http.MethodGet, account, route, query, nil, out)
}

// do has something done on a control route of an account.
func (l *Lever) do(ctx context.Context, account, route string, in, out any) error {
	return l.call(ctx, http.MethodPost, account, route, nil, in, out)
}

func (l *Lever) call(ctx context.Context, method, account, route string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode control call: %w", err)
		}
	}
	values := url.Values{}
	if account != "" {
		values.Set("account", account)
	}
	for name, list := range query {
		values[name] = list
	}
	address := strings.TrimSuffix(l.base, "/") + "/control/" + route + "?" + values.Encode()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make control call: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.http.Do(request)
	if err != nil {
		return fmt.Errorf("call control route %q of Lever: %w", route, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read control route %q of Lever: %w", route, err)
	}
	if response.StatusCode > 299 {
		return fmt.Errorf("call control route %q of Lever: status %d: %s", route, response.StatusCode, content)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(content, out); err != nil {
		return fmt.Errorf("decode control route %q of Lever: %w", route, err)
	}
	return nil
}

// Accounts lists the customers of the simulated Lever.
func (l *Lever) Accounts(ctx context.Context) ([]*Account, error) {
	var list []struct{ Account, Name string }
	if err := l.get(ctx, "", "accounts", nil, &list); err != nil {
		return nil, err
	}
	var accounts []*Account
	for _, one := range list {
		accounts = append(accounts, &Account{ID: one.Account, Name: one.Name, lever: l})
	}
	if len(accounts) == 0 {
		return nil, errors.New("the simulated Lever has no account")
	}
	return accounts, nil
}

// Fault is a disturbance that the simulated Lever acts out; the fields are those of levertest.Fault.
type Fault struct {
	Method      string  `json:"method,omitempty"`
	Path        string  `json:"path,omitempty"`
	Event       string  `json:"event,omitempty"`
	Count       int     `json:"count,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Effect      string  `json:"effect"`
	Status      int     `json:"status,omitempty"`
	DelayMillis int64   `json:"delayMillis,omitempty"`
	Account     string  `json:"account,omitempty"` // the id of the only account to meet
	Location    string  `json:"location,omitempty"`
	Bytes       int64   `json:"bytes,omitempty"`
}

// Inject arms a fault. Faults are tried in order; the first that hits wins.
func (l *Lever) Inject(ctx context.Context, fault Fault) error {
	return l.do(ctx, "", "faults", fault, nil)
}

// Request is one line of Lever's log of API and token requests.
type Request struct {
	At                time.Time
	Method, Path, URL string // Path is the template, URL the path as asked
	Status            int
	Account           string // whose token, code or refresh token it carried
	Fault             string // the effect that met it
}

// Requests returns the log of the newest 10,000 requests, newest first.
func (l *Lever) Requests(ctx context.Context) ([]Request, error) {
	var list []Request
	return list, l.get(ctx, "", "requests", nil, &list)
}

// RequestsAbout returns those lines of the log whose URL has a text in it, such as an id; newest first.
func (l *Lever) RequestsAbout(ctx context.Context, text string) ([]Request, error) {
	var list []Request
	return list, l.get(ctx, "", "requests", url.Values{"about": {text}}, &list)
}

// Flooded is how many bytes of its floods the simulated Lever got rid of.
func (l *Lever) Flooded(ctx context.Context) (int64, error) {
	var told struct{ Bytes int64 }
	return told.Bytes, l.get(ctx, "", "flooded", nil, &told)
}

package lever

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
)

// call is one request to be made.
type call struct {
	method string
	// path is a template such as "/opportunities/{opportunity}"; ids fill its places in order.
	path  string
	ids   []string
	query url.Values
	// body is encoded as JSON unless nil.
	body any
	// blind says that a 2xx is all that matters: the body is not read.
	blind bool
}

// answer is a 2xx.
type answer struct {
	body   []byte
	served time.Time
}

// deed names the call for errors.
func (k *call) deed() string { return k.method + " " + k.path }

// write reports whether repeating the request could do something twice.
func (k *call) write() bool { return k.method == http.MethodPost || k.method == http.MethodPut }

// refuse makes an error for an argument that is refused before any request.
func (k *call) refuse(code string) *Error {
	return &Error{Code: code, Deed: k.deed(), kind: fault.Invalid, mark: ErrBadInput}
}

// address fills the path and adds the query.
func (k *call) address(base *url.URL) (*url.URL, error) {
	ids := k.ids
	segments := strings.Split(k.path, "/")
	for i, segment := range segments {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		if !validID(ids[0]) {
			return nil, k.refuse("bad-id")
		}
		segments[i], ids = url.PathEscape(ids[0]), ids[1:]
	}
	address, err := under(base, strings.Join(segments, "/"))
	if err != nil {
		return nil, k.refuse("bad-id")
	}
	address.RawQuery = k.query.Encode()
	return address, nil
}

// patient is how often a GET that Lever answered 429 is sent in all.
const patient = 4

// do makes the call. A read that was refused for the number of requests is made again, each time when the limiter lets
// it through, so that a walk over many pages does not stop for it.
func (c *Client) do(ctx context.Context, k *call) (got answer, err error) {
	for range patient {
		got, err = c.authorised(ctx, k)
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests || k.method != http.MethodGet || c.limit == (unlimited{}) {
			break
		}
	}
	return got, err
}

// authorised makes the call once, with one further try under a newer token after a 401.
func (c *Client) authorised(ctx context.Context, k *call) (answer, error) {
	address, err := k.address(c.hosts.API)
	if err != nil {
		return answer{}, err
	}
	var body []byte
	if k.body != nil {
		if body, err = json.Marshal(k.body); err != nil {
			return answer{}, k.refuse("bad-body")
		}
	}
	token, err := c.auth.Token(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", k.deed(), err)
	}
	got, err := c.attempt(ctx, k, address, body, token)
	var refused *Error
	if !errors.As(err, &refused) || refused.mark != errRejected {
		return got, err
	}
	newer, authErr := c.auth.Rejected(ctx, token)
	if authErr != nil {
		return answer{}, fmt.Errorf("%s: %w", k.deed(), authErr)
	}
	if newer == "" || newer == token {
		return answer{}, err
	}
	return c.attempt(ctx, k, address, body, newer)
}

// errRejected marks a 401 to a request that did carry the token.
var errRejected = errors.New("token rejected")

// attempt sends the request under one token, follows redirects and reads the answer. The time
// limit starts after the limiter has let the first request through.
func (c *Client) attempt(ctx context.Context, k *call, address *url.URL, body []byte, token string) (answer, error) {
	if err := c.limit.Take(ctx); err != nil {
		return answer{}, fmt.Errorf("%s: %w", k.deed(), err)
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for hop := 0; ; hop++ {
		carries := c.carriesToken(address)
		response, err := c.send(limited, k, address, body, token, carries)
		if err != nil {
			return answer{}, lost(limited, k, err)
		}
		if !redirects(k, response) {
			return c.receive(ctx, k, response, carries)
		}
		drain(response)
		if address, err = c.follow(k, response, address, hop); err != nil {
			return answer{}, err
		}
		if err := c.limit.Take(limited); err != nil {
			return answer{}, fmt.Errorf("%s: %w", k.deed(), err)
		}
	}
}

// send makes one HTTP request.
func (c *Client) send(ctx context.Context, k *call, address *url.URL, body []byte, token string, carries bool) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &neverSent{err}
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, k.method, address.String(), content)
	if err != nil {
		return nil, &neverSent{err}
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.agent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if carries {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return c.http.Do(request)
}

// receive turns a final response into an answer or an error.
func (c *Client) receive(ctx context.Context, k *call, response *http.Response, carried bool) (answer, error) {
	defer drain(response)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		err := c.failure(k, response)
		if err.Status == http.StatusUnauthorized && carried {
			err.mark = errRejected
		}
		if err.Status == http.StatusTooManyRequests {
			c.limit.Throttled(ctx, c.retryAfter(response.Header))
		}
		return answer{}, err
	}
	got := answer{served: served(response.Header)}
	if k.blind {
		return got, nil
	}
	body, err := readCapped(response, MaxBody)
	switch {
	case errors.Is(err, ErrTooLarge):
		kind := fault.TooLarge
		if k.write() {
			kind = fault.Unclear
		}
		return answer{}, &Error{
			Status: response.StatusCode, Code: "answer-too-large", Deed: k.deed(),
			kind: kind, mark: ErrTooLarge, cause: err,
		}
	case err != nil:
		lost := lost(response.Request.Context(), k, err)
		lost.Status, lost.kind = response.StatusCode, unsure(k.write())
		return answer{}, lost
	}
	got.body = body
	return got, nil
}

// failure reads what Lever says about an error. Bodies that are empty, cut, huge or HTML are
// tolerated: the status decides (lever/api.md section 2, errors).
func (c *Client) failure(k *call, response *http.Response) *Error {
	var said struct{ Code, Message string }
	if body, err := readCapped(response, 64<<10); err == nil {
		// What is not JSON says nothing.
		_ = json.Unmarshal(body, &said)
	}
	err := &Error{
		Status: response.StatusCode, Code: safeCode(said.Code), Deed: k.deed(), Message: said.Message,
		kind: kindOf(response.StatusCode, k.write()),
	}
	if wait := c.retryAfter(response.Header); wait > 0 {
		err.retryAt = c.now().Add(wait)
	}
	return err
}

// readCapped reads a body of at most limit decoded bytes.
func readCapped(response *http.Response, limit int64) ([]byte, error) {
	if response.ContentLength > limit {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, nil
}

// drain closes a body after reading the little that may be left, so that the connection can be
// used again; a body with more left costs its connection.
func drain(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
	_ = response.Body.Close()
}

// served is the time in the Date header, or zero.
func served(header http.Header) time.Time {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// retryAfter is the wait that a Retry-After header asks for, up to a day; 0 when there is none.
// Lever is not known to send one (lever/api.md section 2, rate limits).
func (c *Client) retryAfter(header http.Header) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		from := served(header)
		if from.IsZero() {
			from = c.now()
		}
		wait = at.Sub(from)
	}
	return min(max(wait, 0), 24*time.Hour)
}

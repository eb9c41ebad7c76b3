// Package lever is the client for version 1 of Lever's REST API (lever.co, an applicant tracking
// system) and for its OAuth login. It has exactly the endpoints this integration needs, one file
// a resource, and speaks Lever's words: opportunity, posting, interview, user, note. The facts it
// rests on are cited as `lever/api.md section N`.
//
// What it promises:
//
//   - One method is one deed at Lever. The client never sleeps and never repeats a request, with
//     three exceptions: a 401 is answered once with a newer token, a GET follows up to three
//     redirects within Lever's own hosts, and a GET that was answered 429 is made up to three
//     times more, unless there is no Limiter. Before each request, those included, it asks the
//     Limiter, which decides about waiting.
//   - Every request has a time limit that includes the reading of its body, and no more than
//     MaxBody decoded bytes of an answer are ever read.
//   - Errors have a kind (package fault). A POST or PUT whose outcome is not known is
//     fault.Unclear and matches ErrUnclear: Lever has no idempotency keys, so look before
//     repeating it (lever/api.md section 0).
//   - Decoding is tolerant: unknown fields are ignored, nearly everything may be null, and an
//     element of a list that cannot be decoded stops only itself (Page.Broken).
//   - No error text holds a token, an id, a query string or anything of a body.
//
// Reads tell when Lever answered (Served). The replies of Lever to changes are never returned
// as objects, because they come back with names blanked (lever/api.md section 3.1).
package lever

import (
	"context"
	"net/http"
	"time"
)

// DefaultTimeout is the time limit of one request when Options.Timeout is zero.
const DefaultTimeout = 10 * time.Second

// MaxBody is the number of decoded bytes of an answer above which it is refused (ErrTooLarge).
const MaxBody = 16 << 20

// PageSize is the number of elements asked for in a page, Lever's maximum (lever/api.md section 2).
const PageSize = 100

// Authorizer gives the access tokens of one connection. It must be safe for concurrent use.
type Authorizer interface {
	// Token gives an access token that is believed to be valid.
	Token(ctx context.Context) (string, error)
	// Rejected is told that Lever answered 401 to a token. It returns a newer token, which is
	// tried once, or an error, which ends the call.
	Rejected(ctx context.Context, token string) (string, error)
}

// Limiter is the rate budget of one connection. It must be safe for concurrent use.
type Limiter interface {
	// Take is called before every request, also for pages, redirects and the one retry after a
	// 401. Its error ends the call and stays reachable for errors.As.
	Take(ctx context.Context) error
	// Throttled is told of each 429, with the wait Lever asked for, or 0 when it named none.
	Throttled(ctx context.Context, retryAfter time.Duration)
}

// Options are what a Client needs.
type Options struct {
	// Hosts says where Lever is; see ParseHosts.
	Hosts Hosts
	// Transport sends the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Auth gives the access tokens; without it every call fails with fault.Unauthorized.
	Auth Authorizer
	// Limit is the rate budget; nil means no limit.
	Limit Limiter
	// Timeout limits one request with its redirects and the reading of its body; zero means
	// DefaultTimeout. A call makes a second request only after a 401, so a call lasts at most
	// twice this, plus what the Authorizer and the Limiter take.
	Timeout time.Duration
	// UserAgent names this program to Lever; empty means "evidenced-lever-integration".
	UserAgent string
	// Now is the clock that a Retry-After is added to; nil means time.Now.
	Now func() time.Time
}

// Client calls Lever on behalf of one connection. It is immutable, starts no goroutines, and is
// safe for concurrent use.
type Client struct {
	hosts   Hosts
	http    *http.Client
	auth    Authorizer
	limit   Limiter
	timeout time.Duration
	agent   string
	now     func() time.Time
}

// New makes a client. It does no input or output.
func New(options Options) *Client {
	c := &Client{
		hosts:   options.Hosts,
		http:    newHTTP(options.Transport),
		auth:    options.Auth,
		limit:   options.Limit,
		timeout: options.Timeout,
		agent:   options.UserAgent,
		now:     options.Now,
	}
	if c.auth == nil {
		c.auth = nobody{}
	}
	if c.limit == nil {
		c.limit = unlimited{}
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.agent == "" {
		c.agent = "evidenced-lever-integration"
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

// newHTTP makes an HTTP client that follows no redirect by itself and keeps no cookies.
func newHTTP(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// unlimited is the Limiter of a client without one.
type unlimited struct{}

func (unlimited) Take(context.Context) error               { return nil }
func (unlimited) Throttled(context.Context, time.Duration) {}

// nobody is the Authorizer of a client without one.
type nobody struct{}

func (nobody) Token(context.Context) (string, error) { return "", errNobody }

func (nobody) Rejected(context.Context, string) (string, error) { return "", errNobody }

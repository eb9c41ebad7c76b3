package lever

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/secret"
)

// tokenDeed names the token request in errors.
const tokenDeed = http.MethodPost + " /oauth/token"

// OAuthOptions are what an OAuth needs.
type OAuthOptions struct {
	// Hosts says where Lever is; see ParseHosts.
	Hosts Hosts
	// ClientID and ClientSecret are this program's registration at Lever.
	ClientID     string
	ClientSecret secret.String
	// RedirectURL is where Lever sends the browser back to, exactly as registered.
	RedirectURL string
	// Transport sends the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout limits one token request; zero means DefaultTimeout.
	Timeout time.Duration
	// Now is the clock that Grant.Expires is counted from; nil means time.Now.
	Now func() time.Time
}

// OAuth is the login of customers and the refreshing of their tokens (lever/api.md section 1).
// It is immutable and safe for concurrent use. It sends each token request once and follows no
// redirect, since a code or refresh token is spent by being sent.
type OAuth struct {
	hosts   Hosts
	config  oauth2.Config
	http    *http.Client
	timeout time.Duration
	now     func() time.Time
}

// NewOAuth makes an OAuth. It does no input or output.
func NewOAuth(options OAuthOptions) *OAuth {
	o := &OAuth{
		hosts: options.Hosts, http: newHTTP(options.Transport),
		timeout: options.Timeout, now: options.Now,
		config: oauth2.Config{
			ClientID: options.ClientID, ClientSecret: options.ClientSecret.Reveal(),
			RedirectURL: options.RedirectURL,
			Endpoint: oauth2.Endpoint{
				AuthURL:  options.Hosts.Auth.JoinPath("authorize").String(),
				TokenURL: options.Hosts.Auth.JoinPath("oauth", "token").String(),
				// Without a fixed style the library tries two, and a code can be sent once only.
				AuthStyle: oauth2.AuthStyleInParams,
			},
		},
	}
	if o.timeout <= 0 {
		o.timeout = DefaultTimeout
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

// AuthorizeURL is where to send the browser. The challenge is the S256 one of PKCE and may be
// empty; Lever is not known to check it. No prompt is asked for, because a forced consent screen
// locks out some customers' single sign-on.
func (o *OAuth) AuthorizeURL(state, challenge string, scopes []string) string {
	config := o.config
	config.Scopes = scopes
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("audience", o.hosts.Audience)}
	if challenge != "" {
		options = append(options,
			oauth2.SetAuthURLParam("code_challenge", challenge),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"))
	}
	return config.AuthCodeURL(state, options...)
}

// Exchange spends a code. The verifier is the one of PKCE and may be empty. Errors match
// ErrInvalidGrant, ErrClient or ErrUnclear where they apply; after any other the code was
// certainly not spent.
func (o *OAuth) Exchange(ctx context.Context, code, verifier string) (Grant, error) {
	if code == "" {
		return Grant{}, &Error{Code: "empty-code", Deed: tokenDeed, kind: fault.Invalid, mark: ErrBadInput}
	}
	var options []oauth2.AuthCodeOption
	if verifier != "" {
		options = append(options, oauth2.VerifierOption(verifier))
	}
	return o.request(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return o.config.Exchange(ctx, code, options...)
	})
}

// Refresh spends a refresh token, which Lever replaces each time: store Grant.Refresh before
// anything else. Errors match as for Exchange.
func (o *OAuth) Refresh(ctx context.Context, refreshToken secret.String) (Grant, error) {
	if refreshToken == "" {
		return Grant{}, &Error{Code: "empty-refresh-token", Deed: tokenDeed, kind: fault.Invalid, mark: ErrBadInput}
	}
	return o.request(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return o.config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken.Reveal()}).Token()
	})
}

// request makes one token request under the time limit. A grant counts from before the request,
// so that a slow answer does not make its token seem fresher than it is.
func (o *OAuth) request(ctx context.Context, send func(context.Context) (*oauth2.Token, error)) (Grant, error) {
	started := o.now()
	limited, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, o.http), o.timeout)
	defer cancel()
	if err := limited.Err(); err != nil {
		return Grant{}, tokenFailure(limited, &neverSent{err})
	}
	token, err := send(limited)
	if err != nil {
		return Grant{}, tokenFailure(limited, err)
	}
	return newGrant(token, started), nil
}

// tokenFailure sorts what went wrong. Nothing of the answer but a clean error code goes into the
// text: the library's own errors quote the body.
func tokenFailure(ctx context.Context, err error) *Error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		// No answer, or a 200 that cannot be understood: what was sent may be spent.
		return lost(ctx, &call{method: http.MethodPost, path: "/oauth/token"}, err)
	}
	status, code := refused.Response.StatusCode, refused.ErrorCode
	if code == "" {
		var said struct{ Error string }
		// What is not JSON says nothing.
		_ = json.Unmarshal(refused.Body, &said)
		code = said.Error
	}
	out := &Error{Status: status, Code: safeCode(code), Deed: tokenDeed, kind: kindOf(status, true)}
	switch {
	case code == "invalid_grant":
		out.kind, out.mark = fault.Unauthorized, ErrInvalidGrant
	case status == http.StatusUnauthorized, code == "invalid_client", code == "unauthorized_client":
		out.kind, out.mark = fault.Internal, ErrClient
	}
	return out
}

// splitScopes reads the scope of an answer; nil when there is none.
func splitScopes(scope any) []string {
	granted, _ := scope.(string)
	if granted == "" {
		return nil
	}
	return strings.Fields(granted)
}

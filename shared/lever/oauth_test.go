package lever_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
)

// login makes an OAuth over a transport.
func login(t *testing.T, auth string, transport http.RoundTripper) *lever.OAuth {
	t.Helper()
	parsed, err := lever.ParseHosts("https://api.lever.co/v1", auth, "https://api.lever.co/v1/")
	if err != nil {
		t.Fatal(err)
	}
	return lever.NewOAuth(lever.OAuthOptions{
		Hosts: parsed, ClientID: "client-1", ClientSecret: "secret-1",
		RedirectURL: "https://here.example/oauth/callback", Transport: transport,
		Now: func() time.Time { return clock },
	})
}

// jwt makes an access token with the given claims.
func jwt(claims string) string {
	return "eyJhbGciOiJIUzUxMiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// tokens answers the token request with one status and body, and keeps the forms it got.
func tokens(forms *[]url.Values, status int, body string, header ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(sent))
		if err != nil {
			return nil, err
		}
		form.Set("at", r.Method+" "+r.URL.String())
		form.Set("basic", r.Header.Get("Authorization"))
		*forms = append(*forms, form)
		if len(header) == 0 {
			header = []string{"Content-Type", "application/json"}
		}
		return response(r, status, jsonBody(body), header...), nil
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	oauth := login(t, "https://auth.lever.co", nil)
	got, err := url.Parse(oauth.AuthorizeURL("state-1", "challenge-1", []string{"offline_access", "notes:write:admin"}))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_id": {"client-1"}, "redirect_uri": {"https://here.example/oauth/callback"}, "response_type": {"code"},
		"state": {"state-1"}, "audience": {"https://api.lever.co/v1/"}, "scope": {"offline_access notes:write:admin"},
		"code_challenge": {"challenge-1"}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, got.Query()); diff != "" || got.Host+got.Path != "auth.lever.co/authorize" {
		t.Errorf("%s\n%s", got.Path, diff)
	}
	bare, err := url.Parse(oauth.AuthorizeURL("s", "", nil))
	if err != nil || bare.Query().Has("code_challenge") || bare.Query().Has("code_challenge_method") || bare.Query().Has("prompt") {
		t.Errorf("%v, %v", bare, err)
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	access := jwt(`{"https://oauth.lever.co/accountId":"acc-1","https://oauth.lever.co/userId":"user-1","sub":"x"}`)
	var forms []url.Values
	oauth := login(t, "http://localhost:4010/login", tokens(&forms, 200,
		`{"access_token":"`+access+`","refresh_token":"refresh-1","expires_in":1800,"token_type":"Bearer","scope":"a b"}`))
	got, err := oauth.Exchange(t.Context(), "code-1", "verifier-1")
	if err != nil {
		t.Fatal(err)
	}
	want := lever.Grant{
		Access: secret.String(access), Refresh: "refresh-1", Scopes: []string{"a", "b"},
		Expires: clock.Add(30 * time.Minute), AccountID: "acc-1", UserID: "user-1",
	}
	if got.Access != want.Access || got.Refresh != want.Refresh {
		t.Error("wrong tokens")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprintf("%v %+v %#v", got, got, got); contains(text, access) || contains(text, "refresh-1") {
		t.Error("a printed grant shows its tokens")
	}
	wantForm := url.Values{
		"grant_type": {"authorization_code"}, "code": {"code-1"}, "code_verifier": {"verifier-1"},
		"redirect_uri": {"https://here.example/oauth/callback"}, "client_id": {"client-1"}, "client_secret": {"secret-1"},
		"at": {"POST http://localhost:4010/login/oauth/token"}, "basic": {""},
	}
	if diff := cmp.Diff([]url.Values{wantForm}, forms); diff != "" {
		t.Error(diff)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body    string
		refresh secret.String
		expires time.Duration
		scopes  []string
	}{
		"recorded": {
			sample(t, "oauth_token_response"), "synthetic-refresh-2", time.Hour,
			[]string{"offline_access", "opportunities:read:admin", "notes:write:admin"},
		},
		"not rotated, nothing said":    {`{"access_token":"a"}`, "refresh-1", time.Hour, nil},
		"lifetime as text":             {`{"access_token":"a","refresh_token":"r","expires_in":"60"}`, "r", time.Minute, nil},
		"lifetime that makes no sense": {`{"access_token":"a","refresh_token":"r","expires_in":-5,"scope":7}`, "r", time.Hour, nil},
	} {
		var forms []url.Values
		got, err := login(t, "https://auth.lever.co", tokens(&forms, 200, c.body)).Refresh(t.Context(), "refresh-1")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Refresh != c.refresh || !got.Expires.Equal(clock.Add(c.expires)) || got.AccountID != "" || got.UserID != "" {
			t.Errorf("%s: %+v", name, got)
		}
		if diff := cmp.Diff(c.scopes, got.Scopes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if forms[0].Get("grant_type") != "refresh_token" || forms[0].Get("refresh_token") != "refresh-1" || len(forms) != 1 {
			t.Errorf("%s: sent %v", name, forms)
		}
	}
}

func TestTokenFailures(t *testing.T) {
	t.Parallel()
	all := []error{lever.ErrInvalidGrant, lever.ErrClient, lever.ErrUnclear}
	for _, c := range []struct {
		name, body string
		status     int
		want       error
		kind       fault.Kind
	}{
		{"used or revoked", sample(t, "oauth_token_error"), 403, lever.ErrInvalidGrant, fault.Unauthorized},
		{"the same as 400", sample(t, "oauth_token_error"), 400, lever.ErrInvalidGrant, fault.Unauthorized},
		{"the same as 200", sample(t, "oauth_token_error"), 200, lever.ErrInvalidGrant, fault.Unauthorized},
		{"wrong secret", `{"error":"access_denied","error_description":"Unauthorized"}`, 401, lever.ErrClient, fault.Internal},
		{"wrong secret without a body", "", 401, lever.ErrClient, fault.Internal},
		{"unknown client", `{"error":"invalid_client"}`, 400, lever.ErrClient, fault.Internal},
		{"malformed", `{"error":"invalid_request"}`, 400, nil, fault.Invalid},
		{"something in between", "<html>", 403, nil, fault.Forbidden},
		{"too many", "{}", 429, nil, fault.RateLimited},
		{"5xx", `{"error":"server_error"}`, 500, lever.ErrUnclear, fault.Unclear},
		{"5xx HTML", "<html>", 502, lever.ErrUnclear, fault.Unclear},
		{"200 HTML", "<html>", 200, lever.ErrUnclear, fault.Unclear},
		{"200 empty", "", 200, lever.ErrUnclear, fault.Unclear},
		{"200 without a token", `{"token_type":"Bearer"}`, 200, lever.ErrUnclear, fault.Unclear},
		{"200 with another error", `{"error":"temporarily_unavailable"}`, 200, lever.ErrUnclear, fault.Unclear},
		{"redirect", "", 307, lever.ErrUnclear, fault.Unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, content := range []string{"application/json", "text/plain; charset=utf-8", ""} {
				if content != "application/json" && c.status == 200 {
					continue
				}
				var forms []url.Values
				oauth := login(t, "https://auth.lever.co", tokens(&forms, c.status, c.body,
					"Content-Type", content, "Location", "https://auth.lever.co/elsewhere"))
				_, err := oauth.Refresh(t.Context(), "refresh-canary")
				for _, mark := range all {
					if errors.Is(err, mark) != (mark == c.want) {
						t.Errorf("%s: matches %v: %v", content, mark, err)
					}
				}
				if fault.KindOf(err) != c.kind || len(forms) != 1 {
					t.Errorf("%s: kind %s after %d requests: %v", content, fault.KindOf(err), len(forms), err)
				}
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); contains(text, "canary") || contains(text, "invalid refresh") || contains(text, "secret-1") {
					t.Errorf("%s: says too much: %s", content, text)
				}
			}
		})
	}
}

func TestTokenRequestsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		kind fault.Kind
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, fault.Unavailable},
		{&net.DNSError{Err: "no such host"}, fault.Unavailable},
		{io.ErrUnexpectedEOF, fault.Unclear},
		{syscall.ECONNRESET, fault.Unclear},
	} {
		oauth := login(t, "https://auth.lever.co", roundTrip(func(*http.Request) (*http.Response, error) { return nil, c.err }))
		_, err := oauth.Exchange(t.Context(), "code", "")
		if fault.KindOf(err) != c.kind || errors.Is(err, lever.ErrUnclear) != (c.kind == fault.Unclear) {
			t.Errorf("%v: kind %s", c.err, fault.KindOf(err))
		}
	}
	oauth := login(t, "https://auth.lever.co", roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("sent after the end")
		return nil, io.EOF
	}))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := oauth.Refresh(done, "r"); fault.KindOf(err) != fault.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("ended before it began: %v", err)
	}
	if _, err := oauth.Refresh(t.Context(), ""); !errors.Is(err, lever.ErrBadInput) {
		t.Errorf("nothing to refresh: %v", err)
	}
	if _, err := oauth.Exchange(t.Context(), "", ""); !errors.Is(err, lever.ErrBadInput) {
		t.Errorf("nothing to exchange: %v", err)
	}
}

func TestTokenRequestsHaveATimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, transport := range map[string]roundTrip{
			"no answer": func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			},
			"no body": func(r *http.Request) (*http.Response, error) {
				return response(r, http.StatusOK, stalled{r.Context()}), nil
			},
		} {
			started := time.Now()
			_, err := login(t, "https://auth.lever.co", transport).Refresh(t.Context(), "r")
			var failed *lever.Error
			if !errors.Is(err, lever.ErrUnclear) || !errors.As(err, &failed) || failed.Code != "timeout" {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(started); took != lever.DefaultTimeout {
				t.Errorf("%s: took %s", name, took)
			}
		}
	})
}

func TestTheSecretGoesNowhereElseOnARedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	if _, err := login(t, server.URL, nil).Refresh(t.Context(), "r"); !errors.Is(err, lever.ErrUnclear) {
		t.Error(err)
	}
}

func TestClaimsAreHintsThatMayBeMissing(t *testing.T) {
	t.Parallel()
	for name, access := range map[string]string{
		"opaque": "opaque", "not base64": "a.!!!.c", "not JSON": "a." + base64.RawURLEncoding.EncodeToString([]byte("x")) + ".c",
		"other types": jwt(`{"https://oauth.lever.co/accountId":7,"https://oauth.lever.co/userId":{}}`),
		"not ids":     jwt(`{"https://oauth.lever.co/accountId":"../x","https://oauth.lever.co/userId":"` + strings.Repeat("x", 200) + `"}`),
		"absent":      jwt(`{}`),
	} {
		var forms []url.Values
		got, err := login(t, "https://auth.lever.co", tokens(&forms, 200, `{"access_token":"`+access+`"}`)).Refresh(t.Context(), "r")
		if err != nil || got.AccountID != "" || got.UserID != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

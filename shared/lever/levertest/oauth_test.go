package levertest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exchange posts to the token endpoint.
func (b *bundle) exchange(form url.Values) (int, map[string]any) {
	b.t.Helper()
	if !form.Has("client_id") {
		form.Set("client_id", appID)
		form.Set("client_secret", appSecret)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), "POST", "https://lever.test/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (b *bundle) redeemCode(code string) (int, map[string]any) {
	return b.exchange(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {appRedirect}})
}

func (b *bundle) refresh(token string) (int, map[string]any) {
	return b.exchange(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (b *bundle) code(req AuthorizeRequest) string {
	b.t.Helper()
	if req.Scopes == nil {
		req.Scopes = allScopes
	}
	value, err := b.acct.Code(req)
	b.must(err)
	return value
}

func TestCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(AuthorizeRequest{})
	status, got := b.redeemCode(code)
	if diff := cmp.Diff(keys(sample(t, "oauth_token_response")), keys(got)); status != 200 || diff != "" {
		t.Errorf("status %d (-sample +got):\n%s", status, diff)
	}
	b.token = got["access_token"].(string)
	b.get("/v1/stages")
	if status, got := b.redeemCode(code); status != 403 || got["error"] != "invalid_grant" {
		t.Errorf("second use: %d %v", status, got)
	}
	late := b.code(AuthorizeRequest{})
	b.advance(11 * time.Minute)
	if status, _ := b.redeemCode(late); status != 403 {
		t.Errorf("late use: %d", status)
	}
	bad := url.Values{"grant_type": {"authorization_code"}, "client_id": {appID}, "client_secret": {"wrong"}, "code": {"x"}}
	if status, got := b.exchange(bad); status != 401 || got["error"] != "access_denied" {
		t.Errorf("wrong secret: %d %v", status, got)
	}
}

func TestPKCEIsEnforcedWhenUsed(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("verifier"))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	for _, c := range []struct {
		ignored bool
		given   string
		want    int
	}{{false, "verifier", 200}, {false, "other", 403}, {false, "", 403}, {true, "other", 200}} {
		b := setup(t, withRules(func(r *Rules) { r.PKCEIgnored = c.ignored }))
		code := b.code(AuthorizeRequest{CodeChallenge: challenge})
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {appRedirect}, "code_verifier": {c.given}}
		if status, _ := b.exchange(form); status != c.want {
			t.Errorf("%+v: status %d", c, status)
		}
	}
}

func TestRefreshRotatesAndReuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reuse             RefreshReuse
		soon, late, after int
	}{{ReuseRevokes, 403, 403, 403}, {ReuseRefused, 403, 403, 200}, {ReuseLeeway, 200, 403, 403}, {ReuseAllowed, 200, 200, 200}} {
		t.Run(string(c.reuse), func(t *testing.T) {
			t.Parallel()
			b := setup(t, withRules(func(r *Rules) { r.RefreshReuse = c.reuse }))
			_, first := b.redeemCode(b.code(AuthorizeRequest{}))
			old := first["refresh_token"].(string)
			status, second := b.refresh(old)
			if status != 200 || second["refresh_token"] == old {
				t.Fatalf("refresh: %d", status)
			}
			soon, _ := b.refresh(old)
			b.advance(2 * RefreshLeeway)
			late, _ := b.refresh(old)
			after, _ := b.refresh(second["refresh_token"].(string))
			if diff := cmp.Diff([]int{c.soon, c.late, c.after}, []int{soon, late, after}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, first := b.redeemCode(b.code(AuthorizeRequest{}))
	b.token = first["access_token"].(string)
	b.advance(AccessTokenLifetime)
	b.call(http.StatusUnauthorized, "GET", "/v1/stages", nil)
	token := first["refresh_token"].(string)
	for range 4 {
		b.advance(89 * 24 * time.Hour)
		status, next := b.refresh(token)
		if status != 200 {
			t.Fatalf("used in time: %d", status)
		}
		token = next["refresh_token"].(string)
	}
	b.advance(20 * 24 * time.Hour)
	if status, _ := b.refresh(token); status != 403 {
		t.Errorf("after a year: %d", status)
	}
	_, idle := b.redeemCode(b.code(AuthorizeRequest{}))
	b.advance(91 * 24 * time.Hour)
	if status, _ := b.refresh(idle["refresh_token"].(string)); status != 403 {
		t.Errorf("after 91 idle days: %d", status)
	}
}

func TestRevocationEndsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, pair := b.redeemCode(b.code(AuthorizeRequest{}))
	b.must(b.acct.Revoke())
	b.call(http.StatusUnauthorized, "GET", "/v1/stages", nil)
	if status, got := b.refresh(pair["refresh_token"].(string)); status != 403 || got["error"] != "invalid_grant" {
		t.Errorf("refresh: %d %v", status, got)
	}
}

// visitor is a browser with cookies that does not leave Lever.
func (b *bundle) visitor() *http.Client {
	jar, err := cookiejar.New(nil)
	b.must(err)
	return &http.Client{Transport: b.lever.Transport(), Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != "lever.test" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// open visits a page, with a form when given, and returns status, text and where a redirect leads away.
func (b *bundle) open(c *http.Client, address string, form url.Values) (int, string, *url.URL) {
	b.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = c.Get("https://lever.test" + address)
	} else {
		resp, err = c.PostForm("https://lever.test"+address, form)
	}
	b.must(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	b.must(err)
	to, _ := resp.Location()
	return resp.StatusCode, string(raw), to
}

func (b *bundle) logIn(role string) *http.Client {
	b.t.Helper()
	for _, u := range b.acct.Users() {
		if u.AccessRole == role && u.DeactivatedAt == nil {
			c := b.visitor()
			b.open(c, "/login", url.Values{"account": {b.acct.ID()}, "user": {u.ID}, "next": {"/candidates"}})
			return c
		}
	}
	b.t.Fatalf("nobody is %s", role)
	return nil
}

func authorizeQuery(changes url.Values) string {
	q := url.Values{
		"client_id": {appID}, "redirect_uri": {appRedirect}, "response_type": {"code"}, "state": {"s1"},
		"audience": {"https://api.lever.co/v1/"}, "scope": {strings.Join(allScopes, " ")},
	}
	for k, v := range changes {
		if q.Del(k); v != nil {
			q[k] = v
		}
	}
	return "/authorize?" + q.Encode()
}

func TestConsentInABrowser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.acct.Revoke())
	if _, page, _ := b.open(b.visitor(), authorizeQuery(nil), nil); !strings.Contains(page, "Log in to Lever") {
		t.Error("a stranger does not see the login")
	}
	c := b.logIn(RoleSuperAdmin)
	_, page, _ := b.open(c, authorizeQuery(nil), nil)
	for _, want := range []string{"View, create and change notes", "notes:write:admin", "Accept", "Deny", "Simulated Lever. For development."} {
		if !strings.Contains(page, want) {
			t.Errorf("consent lacks %q", want)
		}
	}
	_, _, denied := b.open(c, authorizeQuery(nil), url.Values{"decision": {"deny"}})
	if denied.Query().Get("error") != "access_denied" || denied.Query().Get("state") != "s1" {
		t.Errorf("denied: %s", denied)
	}
	_, _, accepted := b.open(c, authorizeQuery(nil), url.Values{"decision": {"accept"}})
	status, pair := b.redeemCode(accepted.Query().Get("code"))
	if status != 200 || accepted.Query().Get("state") != "s1" || !strings.Contains(pair["scope"].(string), "confidential:access:admin") {
		t.Errorf("accepted: %d %v", status, pair["scope"])
	}
	if _, _, again := b.open(c, authorizeQuery(nil), nil); again == nil || again.Query().Get("code") == "" {
		t.Error("a second time consent is asked again")
	}
	if _, page, _ := b.open(c, authorizeQuery(url.Values{"prompt": {"consent"}}), nil); !strings.Contains(page, "Accept") {
		t.Error("prompt=consent is not honoured")
	}
}

func TestOnlySuperAdminsAuthorize(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.logIn("team member")
	status, page, _ := b.open(c, authorizeQuery(nil), nil)
	if status != 403 || !strings.Contains(page, "Only Super Admins can authorize apps") || !strings.Contains(page, "error=access_denied") {
		t.Errorf("status %d", status)
	}
	if status, _, to := b.open(c, authorizeQuery(nil), url.Values{"decision": {"accept"}}); status != 403 || to != nil {
		t.Errorf("accepting all the same: %d to %v", status, to)
	}
}

func TestAuthorizeRefusesWhatDoesNotMatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.logIn(RoleSuperAdmin)
	for name, changes := range map[string]url.Values{
		"client": {"client_id": {"other"}}, "callback": {"redirect_uri": {appRedirect + "/x"}},
	} {
		if status, _, to := b.open(c, authorizeQuery(changes), nil); status != 400 || to != nil {
			t.Errorf("%s: status %d to %v", name, status, to)
		}
	}
	for want, changes := range map[string]url.Values{
		"unsupported_response_type": {"response_type": {"token"}},
		"access_denied":             {"audience": {"https://api.lever.co/v1"}},
		"invalid_request":           {"code_challenge": {"x"}, "code_challenge_method": {"plain"}},
		"invalid_scope":             {"scope": {"everything"}},
	} {
		if _, _, to := b.open(c, authorizeQuery(changes), nil); to == nil || to.Query().Get("error") != want {
			t.Errorf("%s: to %v", want, to)
		}
	}
	_, page, _ := b.open(c, authorizeQuery(url.Values{"audience": nil, "prompt": {"consent"}}), nil)
	if strings.Contains(page, "notes:write") || !strings.Contains(page, "offline_access") {
		t.Error("without an audience consent should show only offline_access")
	}
}

func TestAccessTokenClaims(t *testing.T) {
	t.Parallel()
	claims := func(b *bundle) map[string]any {
		parts := strings.Split(b.token, ".")
		if len(parts) != 3 {
			return nil
		}
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		b.must(err)
		var out map[string]any
		b.must(json.Unmarshal(raw, &out))
		return out
	}
	b := setup(t)
	if got := claims(b)["https://oauth.lever.co/accountId"]; got != b.acct.ID() {
		t.Errorf("account %v", got)
	}
	if got := claims(setup(t, withRules(func(r *Rules) { r.OmitClaims = true })))["https://oauth.lever.co/accountId"]; got != nil {
		t.Errorf("account %v although omitted", got)
	}
	if got := claims(setup(t, withRules(func(r *Rules) { r.OpaqueTokens = true }))); got != nil {
		t.Error("an opaque token can be read")
	}
}

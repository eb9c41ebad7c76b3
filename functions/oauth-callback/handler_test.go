package main

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

type rooms struct {
	returns func(session string, query url.Values) (string, error)
}

func (r *rooms) Load(_ context.Context, cookie string) (portal.Session, error) {
	if cookie != "good-cookie" {
		return portal.Session{}, fault.New(fault.Unauthorized, "session-ended", "ended")
	}
	return pagetest.Session(portal.Admin), nil
}

func (r *rooms) Return(_ context.Context, session string, query url.Values) (string, error) {
	return r.returns(session, query)
}

func setup(t *testing.T, returns func(session string, query url.Values) (string, error)) *handler {
	t.Helper()
	pages, err := page.New("help@evidenced.example", "https://lever.evidenced.example", pagetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := &rooms{returns: returns}
	return &handler{sessions: r, connections: r, pages: pages}
}

func comeBack(t *testing.T, h *handler, method, cookie, query string) response {
	t.Helper()
	req := request{RawPath: "/oauth/callback", RawQueryString: query, Headers: map[string]string{}}
	req.RequestContext.HTTP.Method = method
	if cookie != "" {
		req.Cookies = []string{page.Cookie + "=" + cookie}
	}
	answer, err := h.handle(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range page.Headers() {
		if answer.Headers[name] != want {
			t.Errorf("header %s is %q", name, answer.Headers[name])
		}
	}
	return answer
}

func TestAnAnswerGoesBackToEvidenced(t *testing.T) {
	t.Parallel()
	var got []string
	h := setup(t, func(session string, query url.Values) (string, error) {
		got = []string{session, query.Get("code"), query.Get("state")}
		return "https://app.evidenced.example/integrations?attempt=x", nil
	})
	answer := comeBack(t, h, "GET", "good-cookie", "code=a%2Fb&state=s")
	if diff := cmp.Diff([]string{"session#fixture", "a/b", "s"}, got); diff != "" {
		t.Error(diff)
	}
	if answer.StatusCode != 303 || answer.Headers["Location"] != "https://app.evidenced.example/integrations?attempt=x" {
		t.Errorf("status %d to %q", answer.StatusCode, answer.Headers["Location"])
	}
}

func TestRefusalsSayWhatHappenedAndWhatToPress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   fault.Kind
		code   string
		status int
		words  string
	}{
		{fault.Forbidden, "consent-denied", 403, "You did not accept in Lever"},
		{fault.Forbidden, "not-super-admin", 403, "Lever lets only Super Admins connect apps"},
		{fault.Invalid, "connect-expired", 400, "This step was done already, or took too long"},
		{fault.Forbidden, "connect-other-session", 403, "This was started in another browser"},
		{fault.Unavailable, "lever-refused", 503, "Lever could not finish the login"},
		{fault.Internal, "whatever", 500, "Something went wrong"},
	} {
		h := setup(t, func(string, url.Values) (string, error) {
			return "", fault.New(test.kind, test.code, "inner text")
		})
		answer := comeBack(t, h, "GET", "good-cookie", "state=s")
		if answer.StatusCode != test.status || !strings.Contains(answer.Body, test.words) || strings.Contains(answer.Body, "inner text") {
			t.Errorf("%s: status %d\n%s", test.code, answer.StatusCode, answer.Body)
		}
		if !strings.Contains(answer.Body, `href="/portal"`) || !strings.Contains(answer.Body, "help@evidenced.example") {
			t.Errorf("%s: no way out\n%s", test.code, answer.Body)
		}
	}
}

func TestWithoutItsSessionNothingIsReturned(t *testing.T) {
	t.Parallel()
	h := setup(t, func(string, url.Values) (string, error) {
		t.Error("the answer was taken")
		return "", nil
	})
	for name, test := range map[string]struct {
		method, cookie, query string
		status                int
	}{
		"no cookie":       {"GET", "", "code=c&state=s", 401},
		"ended session":   {"GET", "old", "code=c&state=s", 401},
		"other method":    {"POST", "good-cookie", "code=c&state=s", 405},
		"head":            {"HEAD", "good-cookie", "code=c&state=s", 405},
		"two states":      {"GET", "good-cookie", "code=c&state=s&state=t", 400},
		"broken query":    {"GET", "good-cookie", "code=%zz", 400},
		"endless query":   {"GET", "good-cookie", "code=" + strings.Repeat("c", longestQuery), 400},
		"semicolon query": {"GET", "good-cookie", "code=c;state=s", 400},
	} {
		if answer := comeBack(t, h, test.method, test.cookie, test.query); answer.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", name, answer.StatusCode, test.status)
		}
	}
}

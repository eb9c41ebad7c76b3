package lever_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestStatusBecomesKind(t *testing.T) {
	t.Parallel()
	html := "<html><body>Bad gateway</body></html>"
	for _, c := range []struct {
		name, body  string
		status      int
		code        string
		read, write fault.Kind
	}{
		{"400", sample(t, "error_400_invalid_offset"), 400, "BadRequestError", fault.Invalid, fault.Invalid},
		{"401", sample(t, "error_401"), 401, "UnauthorizedError", fault.Unauthorized, fault.Unauthorized},
		{"403", sample(t, "error_403"), 403, "ForbiddenError", fault.Forbidden, fault.Forbidden},
		{"404", sample(t, "error_404"), 404, "ResourceNotFound", fault.NotFound, fault.NotFound},
		{"409", "", 409, "", fault.Conflict, fault.Conflict},
		{"413", "", 413, "", fault.TooLarge, fault.TooLarge},
		{"422", `{"code":"Free text, not a code"}`, 422, "", fault.Invalid, fault.Invalid},
		{"429", sample(t, "error_429"), 429, "TooManyRequestsError", fault.RateLimited, fault.RateLimited},
		{"408", "", 408, "", fault.Unavailable, fault.Unclear},
		{"500", sample(t, "error_500"), 500, "InternalServerError", fault.Unavailable, fault.Unclear},
		{"503", sample(t, "error_503"), 503, "ServiceUnavailableError", fault.Unavailable, fault.Unclear},
		{"502 HTML", html, 502, "", fault.Unavailable, fault.Unclear},
		{"503 empty", "", 503, "", fault.Unavailable, fault.Unclear},
		{"500 huge", `{"code":"x"}` + strings.Repeat(" ", 1<<20), 500, "", fault.Unavailable, fault.Unclear},
		{"500 wrong types", `{"code":7,"message":{}}`, 500, "", fault.Unavailable, fault.Unclear},
		{"304", "", 304, "", fault.Unavailable, fault.Unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.answer("/", c.status, c.body)
			_, read := b.client.Opportunity(t.Context(), "o")
			_, post := b.client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
			put := b.client.UpdateNote(t.Context(), "o", "n", []lever.NoteValue{{Value: "v"}})
			remove := b.client.DeleteNote(t.Context(), "o", "n")
			for deed, got := range map[string]struct {
				err  error
				kind fault.Kind
			}{
				"GET /opportunities/{opportunity}":                 {read, c.read},
				"POST /opportunities/{opportunity}/notes":          {post, c.write},
				"PUT /opportunities/{opportunity}/notes/{note}":    {put, c.write},
				"DELETE /opportunities/{opportunity}/notes/{note}": {remove, c.read},
			} {
				var failed *lever.Error
				if !errors.As(got.err, &failed) || failed.Status != c.status || failed.Code != c.code || failed.Deed != deed {
					t.Fatalf("%s: %v", deed, got.err)
				}
				if fault.KindOf(got.err) != got.kind || errors.Is(got.err, lever.ErrUnclear) != (got.kind == fault.Unclear) {
					t.Errorf("%s: kind %s, want %s", deed, fault.KindOf(got.err), got.kind)
				}
				if errors.Is(got.err, lever.ErrOffset) != (c.status == 400) {
					t.Errorf("%s: ErrOffset for %v", deed, got.err)
				}
			}
		})
	}
}

func TestRequestsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		err   error
		code  string
		write fault.Kind
	}{
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "connection-refused", fault.Unavailable},
		{"dial timeout", &net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "timeout", fault.Unavailable},
		{"no such host", &net.DNSError{Err: "no such host", Name: "api.lever.co"}, "host-not-found", fault.Unavailable},
		{"not Lever", &tls.CertificateVerificationError{Err: errors.New("x")}, "certificate-not-trusted", fault.Unavailable},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, "connection-reset", fault.Unclear},
		{"end of file", io.ErrUnexpectedEOF, "connection-lost", fault.Unclear},
		{"timeout", context.DeadlineExceeded, "timeout", fault.Unclear},
		{"canceled", context.Canceled, "canceled", fault.Unclear},
		{"unknown", errors.New("secret-canary"), "connection-lost", fault.Unclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, _, _ := through(t, "https://api.lever.co/v1", func(*http.Request) (*http.Response, error) { return nil, c.err })
			_, read := client.Opportunity(t.Context(), "o")
			if fault.KindOf(read) != fault.Unavailable {
				t.Errorf("read: %s", fault.KindOf(read))
			}
			_, write := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
			var failed *lever.Error
			if !errors.As(write, &failed) || failed.Code != c.code || failed.Status != 0 || fault.KindOf(write) != c.write {
				t.Errorf("write: %s, %v", fault.KindOf(write), write)
			}
			if !errors.Is(write, c.err) {
				t.Error("the cause cannot be reached")
			}
		})
	}
}

func TestAnAnswerLostHalfwayIsUnclearWhateverTheCause(t *testing.T) {
	t.Parallel()
	client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusCreated, io.MultiReader(jsonBody(`{"data":`), broken{})), nil
	})
	_, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
	var failed *lever.Error
	if !errors.As(err, &failed) || failed.Status != http.StatusCreated || !errors.Is(err, lever.ErrUnclear) {
		t.Errorf("%v", err)
	}
}

// broken is a body that ends in an error which elsewhere means that nothing was sent.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, &net.DNSError{Err: "no such host"} }

func TestRealConnectionsThatNeverOpenOrBreak(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	client := lever.New(lever.Options{Hosts: hosts(t, closed), Auth: &keys{token: "t"}})
	if _, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("nobody listens: %s, %v", fault.KindOf(err), err)
	}
	b := setup(t)
	b.mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := b.client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"}); fault.KindOf(err) != fault.Unclear {
		t.Errorf("answer lost: %s, %v", fault.KindOf(err), err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.client.CreateNote(done, "o", lever.NewNote{Value: "v"}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("ended before it began: %s, %v", fault.KindOf(err), err)
	}
}

func TestErrorsHoldNothingOfWhatWasSentOrReceived(t *testing.T) {
	t.Parallel()
	const canary = "canary-77"
	quoting := &url.Error{Op: "Get", URL: "https://api.lever.co/v1?offset=" + canary, Err: errors.New("malformed " + canary)}
	for name, transport := range map[string]roundTrip{
		"transport": func(*http.Request) (*http.Response, error) { return nil, quoting },
		"status": func(r *http.Request) (*http.Response, error) {
			return response(r, 404, jsonBody(`{"code":"`+canary+` was not found","message":"`+canary+`"}`)), nil
		},
		"undecodable": func(r *http.Request) (*http.Response, error) {
			return response(r, 200, jsonBody(`{"data":"`+canary+`"}`)), nil
		},
		"not JSON": func(r *http.Request) (*http.Response, error) { return response(r, 200, jsonBody(canary)), nil },
		"redirect": func(r *http.Request) (*http.Response, error) {
			return response(r, 302, jsonBody(""), "Location", "https://"+canary+".example/?"+canary), nil
		},
		"wrong type": func(r *http.Request) (*http.Response, error) {
			return response(r, 200, jsonBody(`{"data":{"noteId":["`+canary+`"],"name":["`+canary+`"],"event":["`+canary+`"]}}`)), nil
		},
	} {
		client, auth, _ := through(t, "https://api.lever.co/v1", transport)
		auth.token = canary
		_, listErr := client.Opportunities(t.Context(), lever.OpportunityQuery{}, canary)
		_, oneErr := client.Opportunity(t.Context(), canary)
		_, postErr := client.CreateNote(t.Context(), canary, lever.NewNote{Value: canary, PerformAs: canary})
		_, hookErr := client.CreateWebhook(t.Context(), "https://a.example/"+canary, canary)
		for _, err := range []error{listErr, oneErr, postErr, hookErr} {
			var out bytes.Buffer
			slog.New(slog.NewJSONHandler(&out, nil)).Info("a", "err", err)
			_, _ = fmt.Fprintf(&out, "%v %+v %#v %s", err, err, err, fmt.Errorf("sync: %w", err))
			if err == nil || contains(out.String(), canary) {
				t.Errorf("%s: %s", name, out.String())
			}
		}
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"7", 7 * time.Second},
		{"-7", 0},
		{"soon", 0},
		{"99999999", 24 * time.Hour},
		{"999999999999999999999", 0},
		{clock.Add(9 * time.Second).Format(http.TimeFormat), 9 * time.Second},
		{clock.Add(-time.Hour).Format(http.TimeFormat), 0},
	} {
		b := setup(t)
		b.mux.HandleFunc("GET /stages", func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			reply(w, http.StatusTooManyRequests, sample(t, "error_429"))
		})
		_, err := b.client.Stages(t.Context(), "")
		want := time.Time{}
		if c.want > 0 {
			want = clock.Add(c.want)
		}
		if fault.KindOf(err) != fault.RateLimited || !fault.RetryAt(err).Equal(want) {
			t.Errorf("Retry-After %q: %v, at %s", c.header, err, fault.RetryAt(err))
		}
		if len(b.limit.throttled) != 4 || b.limit.throttled[0] != c.want || b.limit.taken != 4 {
			t.Errorf("Retry-After %q: limiter %v, %d permits", c.header, b.limit.throttled, b.limit.taken)
		}
	}
}

func TestThrottledReadIsMadeAgainAndAThrottledWriteIsNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reads, writes := 0, 0
	b.mux.HandleFunc("GET /stages", func(w http.ResponseWriter, _ *http.Request) {
		if reads++; reads == 1 {
			reply(w, http.StatusTooManyRequests, sample(t, "error_429"))
			return
		}
		reply(w, http.StatusOK, `{"data":[]}`)
	})
	b.mux.HandleFunc("POST /webhooks", func(w http.ResponseWriter, _ *http.Request) {
		writes++
		reply(w, http.StatusTooManyRequests, sample(t, "error_429"))
	})
	if _, err := b.client.Stages(t.Context(), ""); err != nil || reads != 2 {
		t.Errorf("%d reads, %v", reads, err)
	}
	if _, err := b.client.CreateWebhook(t.Context(), "https://a.example", "candidateHired"); fault.KindOf(err) != fault.RateLimited || writes != 1 {
		t.Errorf("%d writes, %v", writes, err)
	}
}

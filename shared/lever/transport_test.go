package lever_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
)

// endless is a body of two gigabytes that counts what was read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.read.Load() >= 2<<30 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestTwoGigabytesAreRefusedAfterTheLimit(t *testing.T) {
	t.Parallel()
	body := &endless{}
	client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, body), nil
	})
	_, err := client.Stages(t.Context(), "")
	if !errors.Is(err, lever.ErrTooLarge) || fault.KindOf(err) != fault.TooLarge {
		t.Errorf("%v", err)
	}
	if read := body.read.Load(); read > lever.MaxBody+1<<20 {
		t.Errorf("read %d bytes", read)
	}
	if err.Error() != "GET /stages: status 200 answer-too-large" {
		t.Error(err)
	}
	if _, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"}); !errors.Is(err, lever.ErrUnclear) || !errors.Is(err, lever.ErrTooLarge) {
		t.Errorf("write: %v", err)
	}
}

func TestAnnouncedSizeIsRefusedUnread(t *testing.T) {
	t.Parallel()
	body := &endless{}
	client, _, _ := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
		out := response(r, http.StatusOK, body)
		out.ContentLength = 2 << 30
		return out, nil
	})
	if _, err := client.Stages(t.Context(), ""); !errors.Is(err, lever.ErrTooLarge) || body.read.Load() > 64<<10 {
		t.Errorf("read %d bytes: %v", body.read.Load(), err)
	}
}

func TestBodiesThatGrowOverTheWireAreRefused(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	squeeze, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(squeeze, &endless{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := squeeze.Close(); err != nil {
		t.Fatal(err)
	}
	b := setup(t)
	b.mux.HandleFunc("GET /users", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	sent := make(chan int64, 1)
	b.mux.HandleFunc("GET /stages", func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.Copy(w, &endless{}) // ends when the client hangs up
		sent <- n
	})
	if _, err := b.client.Users(t.Context(), false, ""); !errors.Is(err, lever.ErrTooLarge) {
		t.Errorf("gzip: %v", err)
	}
	if _, err := b.client.Stages(t.Context(), ""); !errors.Is(err, lever.ErrTooLarge) {
		t.Errorf("chunked: %v", err)
	}
	if n := <-sent; n > 256<<20 {
		t.Errorf("took %d bytes over the wire", n)
	}
}

func TestBodyOfExactlyTheLimitIsRead(t *testing.T) {
	t.Parallel()
	empty := `{"data":[],"hasNext":false}`
	full := empty + strings.Repeat(" ", lever.MaxBody-len(empty))
	client, _ := recorder(t, full)
	if _, err := client.Stages(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// stalled is a body that never comes.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func TestTheTimeLimitCoversTheWholeCall(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]roundTrip{
		"no answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"no body": func(r *http.Request) (*http.Response, error) {
			return response(r, http.StatusOK, stalled{r.Context()}), nil
		},
		"no body after an error": func(r *http.Request) (*http.Response, error) {
			return response(r, http.StatusServiceUnavailable, stalled{r.Context()}), nil
		},
		"redirects": func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(4 * time.Second):
				return response(r, http.StatusFound, jsonBody(""), "Location", "/v1/again"), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _, _ := through(t, "https://api.lever.co/v1", transport)
				started := time.Now()
				_, err := client.Stages(t.Context(), "")
				if took := time.Since(started); took != lever.DefaultTimeout || fault.KindOf(err) != fault.Unavailable {
					t.Errorf("read: %s, %v", took, err)
				}
				if name == "redirects" {
					return
				}
				_, err = client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
				if took := time.Since(started); took != 2*lever.DefaultTimeout || !errors.Is(err, lever.ErrUnclear) {
					t.Errorf("write: %s, %v", took, err)
				}
			})
		})
	}
}

func TestTimeSpentOnTheLimiterIsNotTakenFromTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := lever.New(lever.Options{
			Hosts: hosts(t, "https://api.lever.co/v1"), Auth: &keys{token: "t"}, Limit: slowLimit{}, Timeout: time.Second,
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if deadline, ok := r.Context().Deadline(); !ok || time.Until(deadline) != time.Second {
					t.Errorf("deadline in %s", time.Until(deadline))
				}
				return response(r, http.StatusOK, jsonBody(`{"data":[]}`)), nil
			}),
		})
		if _, err := client.Stages(t.Context(), ""); err != nil {
			t.Error(err)
		}
	})
}

type slowLimit struct{}

func (slowLimit) Take(context.Context) error {
	<-time.After(5 * time.Second)
	return nil
}

func (slowLimit) Throttled(context.Context, time.Duration) {}

type limitError struct{ until time.Time }

func (*limitError) Error() string        { return "out of budget" }
func (*limitError) Kind() fault.Kind     { return fault.RateLimited }
func (e *limitError) RetryAt() time.Time { return e.until }

func TestErrorsOfLimiterAndAuthorizerStayReachable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.limit.err = &limitError{clock}
	_, err := b.client.Stages(t.Context(), "")
	var over *limitError
	if !errors.As(err, &over) || fault.KindOf(err) != fault.RateLimited || !fault.RetryAt(err).Equal(clock) {
		t.Errorf("limiter: %v", err)
	}
	b.auth.err = fault.New(fault.Unauthorized, "revoked", "Connect again.")
	if _, err := b.client.Stages(t.Context(), ""); !errors.Is(err, b.auth.err) || b.limit.taken != 1 {
		t.Errorf("authorizer: %v, taken %d", err, b.limit.taken)
	}
	bare := lever.New(lever.Options{Hosts: hosts(t, "https://api.lever.co/v1")})
	if _, err := bare.Stages(t.Context(), ""); fault.KindOf(err) != fault.Unauthorized {
		t.Errorf("without an authorizer: %v", err)
	}
}

func TestA401IsAnsweredOnceWithANewerToken(t *testing.T) {
	t.Parallel()
	revoked := fault.New(fault.Unauthorized, "revoked", "Connect again.")
	for _, c := range []struct {
		name, accepted, newer string
		err                   error
		requests              int
		ok                    bool
	}{
		{"newer token works", "token-2", "token-2", nil, 2, true},
		{"newer token refused too", "token-9", "token-2", nil, 2, false},
		{"same token again", "token-9", "token-1", nil, 1, false},
		{"no newer token", "token-9", "", nil, 1, false},
		{"authorizer gives up", "token-9", "token-2", revoked, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requests, bodies := 0, []string(nil)
			client, auth, limit := through(t, "https://api.lever.co/v1", func(r *http.Request) (*http.Response, error) {
				requests++
				sent, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				bodies = append(bodies, string(sent))
				if r.Header.Get("Authorization") == "Bearer "+c.accepted {
					return response(r, http.StatusCreated, jsonBody(sample(t, "note_create_response"))), nil
				}
				return response(r, http.StatusUnauthorized, jsonBody(sample(t, "error_401"))), nil
			})
			auth.newer, auth.rejectErr = c.newer, c.err
			_, err := client.CreateNote(t.Context(), "o", lever.NewNote{Value: "v"})
			if (err == nil) != c.ok || requests != c.requests || limit.taken != c.requests {
				t.Errorf("%d requests, %d taken: %v", requests, limit.taken, err)
			}
			if !c.ok && fault.KindOf(err) != fault.Unauthorized {
				t.Errorf("kind %s", fault.KindOf(err))
			}
			if len(auth.rejected) != 1 || auth.rejected[0] != "token-1" {
				t.Errorf("told of %v", auth.rejected)
			}
			if c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("the authorizer's error is lost: %v", err)
			}
			for _, body := range bodies {
				if !contains(body, `"value":"v"`) {
					t.Errorf("sent %q", body)
				}
			}
		})
	}
}

package intruder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/story"
)

const fileRedirect = "shared/lever/redirect.go"

// elsewhere is a host that is not Lever's and keeps what it is sent.
type elsewhere struct {
	server *http.Server
	url    string

	mu     sync.Mutex
	visits []string
}

func newElsewhere() (*elsewhere, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	e := &elsewhere{url: "http://" + listener.Addr().String()}
	e.server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := "a visit"
		if _, _, basic := r.BasicAuth(); basic || r.Header.Get("Authorization") != "" {
			what = "the token"
		} else if r.FormValue("client_secret") != "" {
			what = "the client secret"
		}
		e.mu.Lock()
		e.visits = append(e.visits, what)
		e.mu.Unlock()
		w.WriteHeader(http.StatusTeapot)
	})}
	go func() { _ = e.server.Serve(listener) }() // ends with close
	return e, nil
}

func (e *elsewhere) close() { _ = e.server.Close() }

// got says the most valuable thing that came.
func (e *elsewhere) got() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	most := "nothing"
	for _, visit := range e.visits {
		if most == "nothing" || visit != "a visit" {
			most = visit
		}
	}
	return most
}

// struck waits until a fault has met a request.
func (s *scene) struck(ctx context.Context, effect, url string, before int) error {
	_, err := story.Eventually(ctx, limit, "a request that meets the fault", func(ctx context.Context) (bool, string, error) {
		met, err := s.met(ctx, effect, url)
		return met > before, "none", err
	})
	return err
}

func (s *scene) met(ctx context.Context, effect, url string) (int, error) {
	return s.requests(ctx, url, func(r story.Request) bool { return r.Fault == effect && r.URL == url })
}

// led arms a redirect to elsewhere, has something done that meets it, and says what elsewhere got.
func led(account, path func(*scene) string, method string, status int, do func(context.Context, *scene) (string, error)) func(context.Context, *scene) (string, error) {
	return func(ctx context.Context, s *scene) (string, error) {
		e, err := newElsewhere()
		if err != nil {
			return "", err
		}
		defer e.close()
		before, err := s.met(ctx, "redirect", path(s))
		if err != nil {
			return "", err
		}
		if err := s.World.Lever.Inject(ctx, story.Fault{
			Account: account(s), Method: method, Path: path(s), Count: 1, Effect: "redirect", Status: status, Location: e.url + path(s),
		}); err != nil {
			return "", err
		}
		got, err := do(ctx, s)
		if err != nil {
			return "", err
		}
		if err := s.struck(ctx, "redirect", path(s), before); err != nil {
			return "", err
		}
		if err := s.settle(ctx, s.victim); err != nil {
			return "", err
		}
		return got + "elsewhere got " + e.got(), nil
	}
}

func victims(s *scene) string { return s.victim.account.ID }

func spares(s *scene) string { return s.spare.ID }

// answering are the answers of a Lever that somebody else has taken over, or that has gone mad.
func answering() []Attack {
	candidate := func(s *scene) string { return "/v1/opportunities/" + s.victim.candidates[0].ID }
	return []Attack{
		{
			Name: "Lever: a read led to another host", Sends: "302 to another host in answer to a fetch of a candidate", Want: "elsewhere got nothing",
			Defence: "redirects are followed only within Lever's own hosts", File: fileRedirect, watch: unharmed(),
			try: led(victims, candidate, http.MethodGet, http.StatusFound, func(ctx context.Context, s *scene) (string, error) { return "", s.point(ctx) }),
		},
		{
			Name: "Lever: a note led to another host", Sends: "307 to another host in answer to the writing of a note", Want: "elsewhere got nothing",
			Defence: "redirects are followed only within Lever's own hosts", File: fileRedirect, watch: unharmed(),
			try: led(victims, func(s *scene) string { return "/v1/opportunities/" + s.victim.candidates[2].ID + "/notes" }, http.MethodPost, http.StatusTemporaryRedirect,
				func(ctx context.Context, s *scene) (string, error) {
					return "", s.decide(ctx, s.victim, "d-"+uuid.NewString(), s.victim.candidates[2].ID)
				}),
		},
		{
			Name: "Lever: the exchange of a code led to another host", Sends: "307 to another host in answer to the token call of a connect", Want: "502 lever-exchange, elsewhere got nothing",
			Defence: "a token call follows no redirect", File: "shared/lever/oauth.go", watch: unconnected(),
			try: led(spares, func(*scene) string { return tokens }, http.MethodPost, http.StatusTemporaryRedirect, func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.returned(ctx, s.mine)
				if err != nil {
					return "", err
				}
				got, err := s.confirm(ctx, s.mine.Tenant, samePerson, attempt)
				return got + ", ", err
			}),
		},
		{
			Name: "Lever: an answer of 2 GB", Sends: "2 GB of white space in answer to a fetch of a candidate", Want: "at most 64 MB of it taken",
			Defence: "an answer is read up to 16 MB", File: "shared/lever/transport.go", watch: unharmed(),
			try: func(ctx context.Context, s *scene) (string, error) {
				return s.flooded(ctx, candidate(s), 2<<30)
			},
		},
		{
			Name: "Lever: a web page in place of JSON", Sends: "an HTML page with status 200 in answer to a fetch of a candidate", Want: "taken for a failure",
			Defence: "what cannot be decoded changes nothing", File: "shared/lever/decode.go", watch: unharmed(),
			try: func(ctx context.Context, s *scene) (string, error) {
				before, err := s.met(ctx, "html", candidate(s))
				if err != nil {
					return "", err
				}
				if err := s.World.Lever.Inject(ctx, story.Fault{Method: http.MethodGet, Path: candidate(s), Count: 1, Effect: "html", Status: http.StatusOK}); err != nil {
					return "", err
				}
				if err := s.point(ctx); err != nil {
					return "", err
				}
				return "taken for a failure", s.struck(ctx, "html", candidate(s), before)
			},
		},
	}
}

// point delivers a genuine webhook about the watched candidate.
func (s *scene) point(ctx context.Context) error {
	r, err := s.deliver(ctx, s.victim.hooks["candidateStageChange"].URL, s.genuine("candidateStageChange").body())
	if err == nil && r.Status != http.StatusOK {
		err = errors.New("a good delivery got " + r.String())
	}
	return err
}

// flooded lets Lever answer a fetch with so many bytes and says how many were taken.
func (s *scene) flooded(ctx context.Context, path string, bytes int64) (string, error) {
	struck, err := s.met(ctx, "flood", path)
	if err != nil {
		return "", err
	}
	before, err := s.World.Lever.Flooded(ctx)
	if err != nil {
		return "", err
	}
	if err := s.World.Lever.Inject(ctx, story.Fault{Method: http.MethodGet, Path: path, Count: 1, Effect: "flood", Bytes: bytes}); err != nil {
		return "", err
	}
	if err := s.point(ctx); err != nil {
		return "", err
	}
	if err := s.struck(ctx, "flood", path, struck); err != nil {
		return "", err
	}
	// What is taken grows until the fetch has been given up.
	after, last := before, int64(-1)
	if _, err := story.Eventually(ctx, limit, "the end of the flooded fetch", func(ctx context.Context) (bool, string, error) {
		last = after
		after, err = s.World.Lever.Flooded(ctx)
		return after > before && after == last, fmt.Sprintf("%d MB", (after-before)>>20), err
	}); err != nil {
		return "", err
	}
	if taken := after - before; taken > 64<<20 || taken < 1<<20 {
		return fmt.Sprintf("%d MB of it taken", taken>>20), nil
	}
	return "at most 64 MB of it taken", nil
}

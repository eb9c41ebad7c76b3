package contract

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// Door is a second address of the API for programs that bring an HTTP client of their own, such as curl: it passes every
// call on as it came and holds the reply against the description. A program that would get a reply that does not fit
// gets 502, and the breach is kept. It is safe for concurrent use.
type Door struct {
	URL    string // what to use in place of the API's address
	server *httptest.Server

	mu       sync.Mutex
	passed   int
	breaches []error
}

// Open opens a door to an API on this machine, under the API's own name and another port; its user must close it. To an API
// elsewhere there is none: the URL is then the API's own, its signature and certificate being for that name, and Close says
// that nothing passed.
func Open(api string, d *Description, base http.RoundTripper) (*Door, error) {
	target, err := url.Parse(api)
	if err != nil {
		return nil, err
	}
	if !local(target.Hostname()) {
		return &Door{URL: api}, nil
	}
	door := &Door{}
	transport := Transport{API: api, Description: d, Base: base}
	proxy := &httputil.ReverseProxy{
		// The signature covers the host that the caller used, so it stays; only the connection goes elsewhere.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
		},
		ModifyResponse: func(*http.Response) error { door.count(nil); return nil },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			door.count(err)
			w.WriteHeader(http.StatusBadGateway)
		},
		Transport: transport,
	}
	door.server = httptest.NewServer(proxy)
	_, port, err := net.SplitHostPort(door.server.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	door.URL = "http://" + net.JoinHostPort(target.Hostname(), port) + target.Path
	return door, nil
}

func local(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// Held says whether replies are held against the description here.
func (d *Door) Held() bool { return d.server != nil }

func (d *Door) count(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.passed++
	if err != nil {
		d.breaches = append(d.breaches, err)
	}
}

// Close closes the door and returns how many replies came through it, and what was wrong with any.
func (d *Door) Close() (passed int, breaches error) {
	if d.server != nil {
		d.server.Close()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed, errors.Join(d.breaches...)
}

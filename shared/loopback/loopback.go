// Package loopback gives leverctl and the programs of the sandbox an HTTP transport that finds every name under .localhost on
// this machine, as browsers do. Go's own resolver asks DNS for such names, which knows none of them. Addresses elsewhere are
// left alone, so the same programs also work against a real account. Everything here is safe for concurrent use.
package loopback

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// Transport returns a new transport that dials names under .localhost at 127.0.0.1.
func Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // names under .localhost are never a proxy's business
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, Address(address))
	}
	return transport
}

// Client returns a client over Transport that gives up on a call after the given time.
func Client(timeout time.Duration) *http.Client {
	return &http.Client{Transport: Transport(), Timeout: timeout}
}

// Address replaces a host under .localhost in host:port by 127.0.0.1 and leaves every other address as it is.
func Address(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

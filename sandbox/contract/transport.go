package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// ErrBreach is in the error of a reply that does not fit.
var ErrBreach = errors.New("the reply breaks the contract")

// Transport holds every reply of the platform API that passes through it against the description, and returns an error
// in place of one that does not fit. Requests to other hosts and paths pass unseen.
type Transport struct {
	API         string // address of the deployed API, without /v1
	Description *Description
	Base        http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.Base.RoundTrip(request)
	if err != nil || !t.ours(request) {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read reply: %w", err)
	}
	reply := Reply{Status: response.StatusCode, Header: response.Header, Body: body}
	if err := t.Description.Check(request.Method, request.URL.EscapedPath(), reply); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBreach, err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (t Transport) ours(request *http.Request) bool {
	return strings.HasPrefix(request.URL.Scheme+"://"+request.URL.Host+request.URL.EscapedPath(), strings.TrimSuffix(t.API, "/")+"/v1/")
}

// Recorder is a Transport that also keeps the breaches, for the case that a caller takes no notice of an error. It is safe
// for concurrent use.
type Recorder struct {
	Transport
	mu    sync.Mutex
	found []error
}

// Record holds every reply of the API at an address against docs/api.
func Record(api string, base http.RoundTripper) (*Recorder, error) {
	d, err := Read()
	if err != nil {
		return nil, err
	}
	return &Recorder{Transport: Transport{API: api, Description: d, Base: base}}, nil
}

// RoundTrip implements http.RoundTripper.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.Transport.RoundTrip(request)
	if errors.Is(err, ErrBreach) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.found = append(r.found, err)
	}
	return response, err
}

// Err is all breaches so far; nil when there was none.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.found...)
}

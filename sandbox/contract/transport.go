package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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

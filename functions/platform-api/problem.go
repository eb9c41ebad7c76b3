package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/evidenced/lever-integration/shared/fault"
)

// problem is a problem document of RFC 9457. Code is stable; consumers match on it and on nothing else.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Reference string `json:"reference,omitempty"` // to quote to support: the id of the request
}

// refusal is an error of HTTP itself, for which package fault has no kind.
type refusal struct {
	status       int
	code, detail string
	allow        string
}

func (r refusal) Error() string { return r.code + ": " + r.detail }

func refuse(status int, code, detail string) error {
	return refusal{status: status, code: code, detail: detail}
}

func notAllowed(methods []string) error {
	slices.Sort(methods)
	allow := strings.Join(slices.Compact(methods), ", ")
	return refusal{
		http.StatusMethodNotAllowed, "method-not-allowed",
		"This path answers " + allow + " only. What comes from Lever is read-only here; change it in Lever.", allow,
	}
}

func unknownTenant() error {
	return fault.New(fault.NotFound, "unknown-tenant", "No portal session was ever opened for this tenant; create one first.")
}

// problemOf says to an outsider what an error means. Errors without a kind, and internal ones, say nothing but the
// reference under which the log has the rest.
func problemOf(err error, reference string) problem {
	p := problem{Reference: reference}
	var refused refusal
	var known *fault.Error
	switch kind := fault.KindOf(err); {
	case errors.As(err, &refused):
		p.Status, p.Code, p.Detail = refused.status, refused.code, refused.detail
	case kind == fault.Internal:
		p.Status, p.Code = kind.Status(), "internal"
		p.Detail = "Something went wrong here. Try again; if it stays, quote the reference to support."
	case errors.As(err, &known):
		p.Status, p.Code, p.Detail = kind.Status(), known.Code, known.Detail
	default:
		p.Status, p.Code = kind.Status(), kind.String()
		p.Detail = "This cannot be answered at the moment. Try again in a moment."
	}
	if p.Status == http.StatusUnauthorized {
		p.Status = http.StatusBadGateway // the caller was let in by IAM: it is Lever who refused us
	}
	p.Type = "urn:evidenced:lever-integration:problem:" + p.Code
	p.Title = http.StatusText(p.Status)
	return p
}

func (p problem) response(err error, now time.Time) events.APIGatewayV2HTTPResponse {
	body, _ := json.Marshal(p) // strings and a number always encode
	out := events.APIGatewayV2HTTPResponse{
		StatusCode: p.Status, Headers: headers("application/problem+json"), Body: string(body),
	}
	var refused refusal
	if errors.As(err, &refused) && refused.allow != "" {
		out.Headers["Allow"] = refused.allow
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		wait := max(1, int(fault.RetryAt(err).Sub(now).Round(time.Second)/time.Second))
		out.Headers["Retry-After"] = strconv.Itoa(wait)
	}
	return out
}

func headers(contentType string) map[string]string {
	return map[string]string{
		"Content-Type": contentType, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	}
}

package lever

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
)

// The errors that callers tell apart with errors.Is. All others are told apart by kind.
var (
	// ErrOffset says that Lever no longer knows a page token: start that list again
	// (lever/api.md section 2).
	ErrOffset = errors.New("page token not accepted")
	// ErrBrokenPage says that a list claims to go on but does not say where; it is never taken
	// for the end.
	ErrBrokenPage = errors.New("page without a way on")
	// ErrUndecodable says that an answer is not what the API promises.
	ErrUndecodable = errors.New("answer cannot be decoded")
	// ErrTooLarge says that an answer is larger than MaxBody.
	ErrTooLarge = errors.New("answer too large")
	// ErrBadInput says that an argument was refused before any request.
	ErrBadInput = errors.New("argument refused")
	// ErrUnclear says that a write, or the spending of a code or a refresh token, may or may not
	// have happened.
	ErrUnclear = errors.New("outcome not known")
	// ErrInvalidGrant says that a code or refresh token is used up, expired or revoked.
	ErrInvalidGrant = errors.New("grant not valid")
	// ErrClient says that Lever does not accept this program's own client id or secret.
	ErrClient = errors.New("client credentials not accepted")
)

// errNobody is what a client without an Authorizer answers.
var errNobody = fault.New(fault.Unauthorized, "not-connected", "Connect to Lever first.")

// Error is a call to Lever that did not succeed. Its text holds the deed, the status and the
// code, and nothing of what was sent or received.
type Error struct {
	// Status is the HTTP status, or 0 when there was no answer.
	Status int
	// Code is Lever's own code, reduced to letters, digits and -_., or, when there was no usable
	// answer, this package's word for what happened, such as "timeout".
	Code string
	// Deed is the method and the path with names in place of ids, without the query.
	Deed string
	// Message is Lever's text, for matching only: it can hold ids or personal data.
	Message string

	kind    fault.Kind
	retryAt time.Time
	mark    error
	cause   error
}

// Error gives the deed, the status and the code.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.Deed)
	text.WriteString(":")
	if e.Status != 0 {
		fmt.Fprintf(&text, " status %d", e.Status)
	}
	if e.Code != "" {
		text.WriteString(" " + e.Code)
	}
	var decode *DecodeError
	if errors.As(e.cause, &decode) {
		text.WriteString(": " + decode.Error())
	}
	if e.Status == 0 && e.Code == "" {
		text.WriteString(" " + e.kind.String())
	}
	return text.String()
}

// GoString keeps Message out of %#v.
func (e *Error) GoString() string { return "&lever.Error{" + e.Error() + "}" }

// Kind is the class of the error.
func (e *Error) Kind() fault.Kind { return e.kind }

// RetryAt is when Lever said to come back; zero when it did not say.
func (e *Error) RetryAt() time.Time { return e.retryAt }

// Unwrap gives the cause, such as context.DeadlineExceeded. Its text may hold parts of an
// answer, so it is for errors.Is and errors.As and not for printing.
func (e *Error) Unwrap() error { return e.cause }

// Is tells the errors of this package apart.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnclear:
		return e.kind == fault.Unclear
	case ErrOffset:
		return e.Status >= 400 && e.Status < 500 && strings.Contains(strings.ToLower(e.Message), "invalid offset token")
	}
	return e.mark != nil && e.mark == target
}

// kindOf maps an HTTP status to a kind. A write is a POST or PUT: Lever may have carried it out
// before it failed.
func kindOf(status int, write bool) fault.Kind {
	switch {
	case status >= 500, status == http.StatusRequestTimeout, status < 400:
		return unsure(write)
	case status == http.StatusUnauthorized:
		return fault.Unauthorized
	case status == http.StatusForbidden:
		return fault.Forbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return fault.NotFound
	case status == http.StatusConflict:
		return fault.Conflict
	case status == http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case status == http.StatusTooManyRequests:
		return fault.RateLimited
	}
	return fault.Invalid
}

// unsure is the kind of a request that may or may not have been carried out.
func unsure(write bool) fault.Kind {
	if write {
		return fault.Unclear
	}
	return fault.Unavailable
}

// safeCode keeps a code that looks like one and drops everything else.
func safeCode(code string) string {
	if len(code) > 64 {
		return ""
	}
	for _, r := range code {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.", r):
		default:
			return ""
		}
	}
	return code
}

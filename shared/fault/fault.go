package fault

import (
	"context"
	"errors"
	"time"
)

// Error is an error with a kind, a code for machines and a sentence for people.
type Error struct {
	// Kind is the class of the error.
	Kind Kind
	// Code is stable and in kebab case; outsiders may match on it.
	Code string
	// Detail is a sentence for people that says what to do next. It holds no personal data and
	// no secret.
	Detail string
	// RetryAt is the time before which a repetition is useless; zero when unknown.
	RetryAt time.Time
	// Err is the cause; nil when there is none. It is for the log and never shown to outsiders.
	Err error
}

// New makes an error without a cause.
func New(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Wrap makes an error with a cause, which stays reachable for errors.Is and errors.As.
func Wrap(err error, kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail, Err: err}
}

// At gives a copy of the error that says when to come back.
func (e *Error) At(retryAt time.Time) *Error {
	later := *e
	later.RetryAt = retryAt
	return &later
}

// Error is the code with the cause, or with the detail when there is no cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Code + ": " + e.Err.Error()
	}
	if e.Detail != "" {
		return e.Code + ": " + e.Detail
	}
	return e.Code
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the outermost error in the chain that has one. A context that ended
// counts as Unavailable; everything else without a kind, and nil, as Internal.
func KindOf(err error) Kind {
	kind, found := Internal, false
	walk(err, func(err error) bool {
		switch err := err.(type) {
		case *Error:
			kind, found = err.Kind, true
		case interface{ Kind() Kind }:
			kind, found = err.Kind(), true
		}
		return found
	})
	if !found && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return Unavailable
	}
	return kind
}

// RetryAt gives the first time in the chain at which a repetition makes sense, or zero when no
// error in it knows one.
func RetryAt(err error) time.Time {
	var at time.Time
	walk(err, func(err error) bool {
		switch err := err.(type) {
		case *Error:
			at = err.RetryAt
		case interface{ RetryAt() time.Time }:
			at = err.RetryAt()
		}
		return !at.IsZero()
	})
	return at
}

// walk visits err and what it wraps, outermost first, until visit says that it has enough.
func walk(err error, visit func(error) bool) bool {
	if err == nil {
		return false
	}
	if visit(err) {
		return true
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return walk(err.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range err.Unwrap() {
			if walk(inner, visit) {
				return true
			}
		}
	}
	return false
}

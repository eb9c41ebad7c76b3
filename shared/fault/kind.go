// Package fault says what kind of thing went wrong, so that each layer can decide without
// reading texts: retry or not, which HTTP status, which sentence for a person.
//
// Every package may use it and it knows none of them. An error takes part either by being an
// *Error or by having a method Kind() Kind (and, if it knows when to come back, RetryAt()
// time.Time). Values are immutable once made and safe for concurrent use.
package fault

import "net/http"

// Kind is the class of an error. The zero value is Internal, so that a kind nobody set is never
// mistaken for a harmless one.
type Kind int

// The kinds, each with what it says about a repetition of the same request.
const (
	// Internal is a defect or an unknown error. It is retried a bounded number of times by
	// whoever counts attempts, because an unknown error is more often passing than not.
	Internal Kind = iota
	// Invalid is a request that can never succeed as it stands.
	Invalid
	// Unauthorized is a missing, expired or revoked proof of identity.
	Unauthorized
	// Forbidden is a known identity without the permission.
	Forbidden
	// NotFound is a target that does not exist, or that must not be seen.
	NotFound
	// Conflict is a request that contradicts the present state.
	Conflict
	// TooLarge is a request or an answer above a stated limit.
	TooLarge
	// RateLimited is a request that came too early; RetryAt may say when to come back.
	RateLimited
	// Unavailable is a passing failure in which the request certainly had no effect, or may be
	// repeated without harm.
	Unavailable
	// Unclear is a write whose outcome is not known: it may have been carried out. It must be
	// looked up before it is repeated.
	Unclear
)

// facts is the one table of what a kind means.
var facts = [...]struct {
	name   string
	status int
	retry  bool
}{
	Internal:     {"internal", http.StatusInternalServerError, true},
	Invalid:      {"invalid", http.StatusBadRequest, false},
	Unauthorized: {"unauthorized", http.StatusUnauthorized, false},
	Forbidden:    {"forbidden", http.StatusForbidden, false},
	NotFound:     {"not-found", http.StatusNotFound, false},
	Conflict:     {"conflict", http.StatusConflict, false},
	TooLarge:     {"too-large", http.StatusRequestEntityTooLarge, false},
	RateLimited:  {"rate-limited", http.StatusTooManyRequests, true},
	Unavailable:  {"unavailable", http.StatusServiceUnavailable, true},
	Unclear:      {"unclear", http.StatusBadGateway, false},
}

// known maps a number that is no kind to Internal.
func (k Kind) known() Kind {
	if k < 0 || int(k) >= len(facts) {
		return Internal
	}
	return k
}

// Retry reports whether the same request may be sent again later, unchanged and without looking
// first. It is false for Unclear, which wants a look.
func (k Kind) Retry() bool { return facts[k.known()].retry }

// Status is the HTTP status with which this project answers an error of this kind.
func (k Kind) Status() int { return facts[k.known()].status }

// String is the stable name of the kind, in kebab case, for logs and metrics.
func (k Kind) String() string { return facts[k.known()].name }

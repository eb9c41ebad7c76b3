package fault_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
)

type foreign struct{ at time.Time }

func (foreign) Error() string        { return "foreign" }
func (foreign) Kind() fault.Kind     { return fault.Unclear }
func (f foreign) RetryAt() time.Time { return f.at }

func TestKindTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   fault.Kind
		name   string
		status int
		retry  bool
	}{
		{fault.Internal, "internal", http.StatusInternalServerError, true},
		{fault.Invalid, "invalid", http.StatusBadRequest, false},
		{fault.Unauthorized, "unauthorized", http.StatusUnauthorized, false},
		{fault.Forbidden, "forbidden", http.StatusForbidden, false},
		{fault.NotFound, "not-found", http.StatusNotFound, false},
		{fault.Conflict, "conflict", http.StatusConflict, false},
		{fault.TooLarge, "too-large", http.StatusRequestEntityTooLarge, false},
		{fault.RateLimited, "rate-limited", http.StatusTooManyRequests, true},
		{fault.Unavailable, "unavailable", http.StatusServiceUnavailable, true},
		{fault.Unclear, "unclear", http.StatusBadGateway, false},
		{fault.Kind(-1), "internal", http.StatusInternalServerError, true},
		{fault.Kind(99), "internal", http.StatusInternalServerError, true},
	} {
		if c.kind.String() != c.name || c.kind.Status() != c.status || c.kind.Retry() != c.retry {
			t.Errorf("%s: status %d, retry %t", c.kind, c.kind.Status(), c.kind.Retry())
		}
	}
}

func TestKindOfTakesTheOutermostKind(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	inner := fault.New(fault.NotFound, "no-job", "The job is gone.")
	for _, c := range []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"nil", nil, fault.Internal},
		{"plain", plain, fault.Internal},
		{"direct", inner, fault.NotFound},
		{"wrapped", fmt.Errorf("get job: %w", inner), fault.NotFound},
		{"outer wins", fault.Wrap(inner, fault.Conflict, "busy", "Try again."), fault.Conflict},
		{"foreign", fmt.Errorf("send: %w", foreign{}), fault.Unclear},
		{"joined", errors.Join(plain, inner), fault.NotFound},
		{"deadline", fmt.Errorf("get: %w", context.DeadlineExceeded), fault.Unavailable},
		{"canceled", context.Canceled, fault.Unavailable},
		{"kind before context", fault.Wrap(context.Canceled, fault.Unclear, "lost", ""), fault.Unclear},
	} {
		if got := fault.KindOf(c.err); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRetryAtIsFoundBehindAnErrorWithoutOne(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	timed := fault.New(fault.RateLimited, "slow-down", "Wait.").At(at)
	for name, err := range map[string]error{
		"direct":  timed,
		"wrapped": fault.Wrap(timed, fault.Unavailable, "outer", ""),
		"foreign": fmt.Errorf("send: %w", foreign{at}),
	} {
		if got := fault.RetryAt(err); !got.Equal(at) {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if !fault.RetryAt(errors.New("plain")).IsZero() || !fault.RetryAt(nil).IsZero() {
		t.Error("a time was invented")
	}
}

func TestErrorTextAndChain(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	wrapped := fault.Wrap(cause, fault.Invalid, "bad-id", "Check the id.")
	if !errors.Is(wrapped, cause) || wrapped.Error() != "bad-id: cause" {
		t.Errorf("wrapped: %v", wrapped)
	}
	if got := fault.New(fault.Invalid, "bad-id", "Check the id.").Error(); got != "bad-id: Check the id." {
		t.Error(got)
	}
	if got := fault.New(fault.Invalid, "bad-id", "").Error(); got != "bad-id" {
		t.Error(got)
	}
}

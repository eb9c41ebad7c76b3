package lever

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"

	"github.com/evidenced/lever-integration/shared/fault"
)

// neverSent wraps an error that happened before the first byte of a request could leave.
type neverSent struct{ error }

func (e *neverSent) Unwrap() error { return e.error }

// lost makes the error for a request without an answer. Unless it certainly never left, a write
// is Unclear.
func lost(ctx context.Context, k *call, err error) *Error {
	out := &Error{Code: reason(ctx, err), Deed: k.deed(), kind: unsure(k.write()), cause: err}
	if neverLeft(err) {
		out.kind = fault.Unavailable
	}
	return out
}

// neverLeft reports whether a request certainly did not reach anybody: its name did not resolve,
// nobody took the connection, or the other side could not prove who it is. It judges by the
// error alone, so that it also holds for transports that are not net/http's.
func neverLeft(err error) bool {
	var (
		unsent      *neverSent
		lookup      *net.DNSError
		operation   *net.OpError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unsent), errors.As(err, &lookup), errors.As(err, &certificate), errors.As(err, &record):
		return true
	case errors.As(err, &operation):
		return operation.Op == "dial"
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// reason is one word for a request without an answer. The error's own text is not used: it can
// quote the address with its query, or parts of an answer.
func reason(ctx context.Context, err error) string {
	var (
		lookup      *net.DNSError
		certificate *tls.CertificateVerificationError
		timeout     interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(ctx.Err(), context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), ctx.Err() != nil:
		return "timeout"
	case errors.As(err, &lookup):
		return "host-not-found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection-refused"
	case errors.As(err, &certificate):
		return "certificate-not-trusted"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection-reset"
	}
	return "connection-lost"
}

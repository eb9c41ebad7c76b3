// Package secret holds text that must never be printed: tokens, client secrets, signing keys.
//
// Every usual way out of the process (fmt, slog, encoding/json, any encoder that honours
// encoding.TextMarshaler) writes Redacted instead of the value. Only Reveal gives the value, so
// a search for Reveal finds each place where a secret is used. Values are immutable and safe for
// concurrent use.
//
// Two things do not redact, on purpose or by nature: decoding works as for any string, and
// reflection (a comparison library's report, a DynamoDB encoder) sees the plain kind. Seal a
// secret before it is stored.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what is written in place of every secret, whatever its length or content.
const Redacted = "[redacted]"

// String is a secret text. The zero value is an absent secret; it is printed like any other, so
// that output does not tell whether a secret is set.
type String string

// Reveal gives the value itself, for the one place that must send or compare it.
func (s String) Reveal() string { return string(s) }

// String implements fmt.Stringer and gives Redacted.
func (String) String() string { return Redacted }

// GoString implements fmt.GoStringer and gives Redacted, also for %#v.
func (String) GoString() string { return Redacted }

// Format implements fmt.Formatter: every verb and flag writes Redacted.
func (String) Format(state fmt.State, _ rune) {
	// A fmt.State cannot fail in a way that its caller could act on.
	_, _ = io.WriteString(state, Redacted)
}

// LogValue implements slog.LogValuer and gives Redacted.
func (String) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON implements json.Marshaler and writes Redacted. It never fails.
func (String) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler and writes Redacted. It never fails.
func (String) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

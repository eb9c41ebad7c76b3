package simulation

import (
	"context"
	"log/slog"
	"strings"
)

// Log is a handler that holds what processes log against invariant I4 and keeps nothing.
func Log() slog.Handler { return logged{} }

type logged struct{}

// Enabled implements slog.Handler.
func (logged) Enabled(ctx context.Context, _ slog.Level) bool { return processOf(ctx) != nil }

// WithAttrs implements slog.Handler.
func (l logged) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l logged) WithGroup(string) slog.Handler { return l }

// Handle implements slog.Handler.
func (logged) Handle(ctx context.Context, r slog.Record) error {
	pr := processOf(ctx)
	p := pr.play
	r.Attrs(func(a slog.Attr) bool {
		text := a.Value.String()
		p.trace(pr, "logged", r.Message, text)
		if personal(text) {
			p.violate("I4", "personal data in the log: %s", text)
		}
		if a.Key == "error" && strings.Contains(text, "grant-replaced") {
			pr.spoiled = true // what it fetched is thrown away, and fetched again with the new grant
		}
		p.guards(pr.tenant, text, func() string { return "the log of " + pr.name })
		return true
	})
	return nil
}

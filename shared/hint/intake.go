package hint

import (
	"context"
	"log/slog"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/secret"
)

// sender stores a verified delivery for hint-worker.
type sender interface {
	Arrived(ctx context.Context, a Arrival) error
}

// Intake takes deliveries: verify, enqueue, nothing else. It is safe for concurrent use.
type Intake struct {
	Secret func(ctx context.Context, address string) (connection.HookSecret, secret.String, bool, error)
	Queue  sender
	Now    func() time.Time
}

// maxAddress bounds the last part of a webhook's URL.
const maxAddress = 100

// believedFor is how old a delivery may be. Lever's page lets a person send one again for two weeks (lever/api.md section
// 4); after that a delivery can only be a captured one, and no longer makes us look.
const believedFor = 30 * 24 * time.Hour

// ahead is how far Lever's clock may be ahead of ours.
const ahead = 24 * time.Hour

// errRefused is the one answer to an unknown address, a wrong signature and an outdated delivery, so that nobody can find
// out by asking which addresses there are.
var errRefused = fault.New(fault.Unauthorized, "not-verified", "")

// Take handles the delivery of a body to the webhook at an address. Without an error it is stored and Lever may be
// answered 2xx. Unauthorized, Invalid and TooLarge mean that it will never be taken, any other kind that Lever should send
// it again. A delivery that comes twice is answered 2xx twice; hint-worker looks once. Nothing of the body is logged or quoted.
func (i *Intake) Take(ctx context.Context, address string, body []byte) error {
	arrived := i.Now()
	if address == "" || len(address) > maxAddress {
		return errRefused
	}
	envelope, err := Parse(body)
	if err != nil {
		return err
	}
	hook, token, found, err := i.Secret(ctx, address)
	if err != nil {
		slog.ErrorContext(ctx, "webhook not verified", "error", err.Error())
		return err
	}
	// An unknown address has no token, with which nothing verifies: it costs what a wrong signature costs.
	if !envelope.Verify(token) || !found || !envelope.timely(arrived) {
		slog.WarnContext(ctx, "webhook refused", "known", found, "connection", hook.Connection, "event", hook.Event)
		return errRefused
	}
	if err := i.Queue.Arrived(ctx, From(envelope, hook.Connection, hook.Event, arrived)); err != nil {
		slog.ErrorContext(ctx, "webhook not stored", "connection", hook.Connection, "error", err.Error())
		return err
	}
	return nil
}

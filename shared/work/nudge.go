package work

import (
	"context"
	"time"
)

// Nudge is the body of a queue message: which item may be worth a look. Hops counts how often one nudge led to the
// next without a pause, so that a mistake cannot run in a circle for ever.
type Nudge struct {
	Ref
	Hops int `json:"hops,omitempty"`
}

// MaxHops bounds a chain of nudges; whatever is left then waits for sync-dispatch, at most a minute.
const MaxHops = 200

// Next returns the nudge that follows n towards ref.
func (n Nudge) Next(ref Ref) Nudge { return Nudge{Ref: ref, Hops: n.Hops + 1} }

// followed says whether another nudge may follow this one.
func (n Nudge) followed() bool { return n.Hops < MaxHops }

// Nudger sends nudges. delay is at most 15 minutes. A failure is harmless, because the item is overdue for sync-dispatch soon.
type Nudger interface {
	Nudge(ctx context.Context, n Nudge, delay time.Duration) error
}

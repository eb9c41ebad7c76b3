// Package budget shares Lever's rate limit among everything that calls Lever for one connection. Lever allows 10
// requests a second with bursts of 20 per installation and answers 429 without saying when to come back (lever/api.md
// section 2, Rate limits). One item a connection holds a GCRA clock; each lane may run it ahead of real time by its own
// tolerance, so what is left above a lower lane's tolerance is the reserve of the higher ones. A 429 stops everyone of
// that connection for a moment and lowers the rate, which then recovers, because another program may use the same
// account.
//
// Callers take permits in small leases, so that a sweep does not write the item once a request.
package budget

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/telemetry"
)

// Limits are what Lever allows; see the package comment.
type Limits struct {
	PerSecond float64
	Burst     int
}

// Lever returns the documented limits.
func Lever() Limits { return Limits{PerSecond: 10, Burst: 20} }

type state struct {
	table.Meta
	Ahead   int64   `dynamodbav:"ahead"`            // microseconds since the epoch up to which the rate is spent
	Rate    float64 `dynamodbav:"rate,omitempty"`   // requests a second now; 0 = the full rate
	RateAt  int64   `dynamodbav:"rateAt,omitempty"` // when Rate was set, microseconds since the epoch
	Blocked int64   `dynamodbav:"blocked,omitempty"`
	Refused int     `dynamodbav:"refused,omitempty"` // 429s in a row
	Pressed int64   `dynamodbav:"pressed,omitempty"` // since when 429s keep coming, microseconds since the epoch
	Line    int64   `dynamodbav:"line,omitempty"`    // end of the line of hints that were put off, microseconds since the epoch
}

// Budget gives out permits. It is safe for concurrent use by any number of processes.
type Budget struct {
	DB     table.DB
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Limits Limits

	mu    sync.Mutex
	lines map[string]*line // of hints, by connection: what this process knows of them
}

// reserve is the share of the burst that a lane leaves to the lanes above it.
func (b *Budget) reserve(lane Lane) float64 {
	return [...]float64{DecisionLane: 0, PromisedLane: 0.1, HintLane: 0.1, DeltaLane: 0.3, ResyncLane: 0.4, PatrolLane: 0.7}[lane]
}

// tolerance is how far a lane may run ahead of real time, in microseconds.
func (b *Budget) tolerance(lane Lane, gap int64) int64 {
	return int64(float64(b.Limits.Burst) * (1 - b.reserve(lane)) * float64(gap))
}

// How the rate answers a 429: it falls to a share of what it was and recovers by a share of the full rate each second.
// Falling further and rising faster both cost more of what the other program leaves to us (see docs/service-levels.md).
const (
	fall  = 0.7
	rise  = 0.02
	apart = 3 * time.Second // refusals further apart than this are no series, so the pause does not grow
)

// rate is how many requests a second are spent now.
func (b *Budget) rate(s *state, now int64) float64 {
	full := b.Limits.PerSecond
	if s.Rate == 0 {
		return full
	}
	return min(full, s.Rate+full*rise*float64(now-s.RateAt)/1e6)
}

// Throttled tells everybody of the connection to stop for a moment after Lever answered 429. retryAfter is what Lever
// asked for, 0 when it named no time. Lever's bucket is empty then, so the lanes below the hints wait until some of it has
// filled again.
func (l *Lease) Throttled(ctx context.Context, retryAfter time.Duration) {
	b := l.budget
	telemetry.Measure(telemetry.LeverThrottled, 1)
	slog.InfoContext(ctx, "stopped by 429", "connection", l.connection)
	select {
	case <-l.turn:
		l.left = 0
		l.turn <- struct{}{}
	default: // somebody is waiting for a permit, so none is left
	}
	// A failure is harmless: the next request meets the next 429.
	_, _ = table.Update(ctx, b.DB, table.Work, key(l.connection), func(s *state) error {
		now := b.Now().UnixMicro()
		if s.Blocked > now && retryAfter == 0 {
			return table.ErrKeep // one 429 among several in flight counts once
		}
		if now-s.Blocked > apart.Microseconds() {
			s.Refused = 0
		}
		if s.Pressed == 0 || now-s.Blocked > lull.Microseconds() {
			s.Pressed = now
		}
		s.Rate, s.RateAt = max(1, b.rate(s, now)*fall), now
		pause := max(retryAfter, min(500*time.Millisecond<<min(s.Refused, 6), 20*time.Second))
		s.Refused++
		s.Blocked = now + pause.Microseconds()
		s.Ahead = max(s.Ahead, s.Blocked+b.tolerance(ResyncLane, int64(1e6/s.Rate)))
		return nil
	})
}

// lull is how long no 429 must come until the pressure counts as over.
const lull = 2 * time.Minute

// Pressed says since when Lever has kept answering 429 although we stay within its limit, which means that another
// program uses the same account; the zero time when it does not.
func (b *Budget) Pressed(ctx context.Context, connection string) (since time.Time, err error) {
	s, found, err := table.Get[state](ctx, b.DB, table.Work, key(connection))
	if err != nil || !found || s.Pressed == 0 || b.Now().UnixMicro()-s.Blocked > lull.Microseconds() {
		return time.Time{}, err
	}
	return time.UnixMicro(s.Pressed), nil
}

func key(connection string) table.Key {
	return table.Key{PK: "budget#" + connection, SK: "budget"}
}

// Forget removes what is stored for a connection that has ended.
func (b *Budget) Forget(ctx context.Context, connection string) error {
	s, found, err := table.Get[state](ctx, b.DB, table.Work, key(connection))
	if err != nil || !found {
		return err
	}
	return b.DB.Write(ctx, table.Remove(table.Work, s.Meta))
}

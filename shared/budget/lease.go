package budget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// patience is how long a call in a lane may wait for its permit inside a Lambda before the work is put off instead. For
// the lanes whose workers are shared by all connections it bounds all waits of a lease together, so that no worker keeps
// its slot for the sake of one busy connection.
func patience(lane Lane) (most time.Duration, together bool) {
	switch lane {
	case DecisionLane:
		return time.Second, true
	case HintLane, PromisedLane:
		return 500 * time.Millisecond, true
	}
	return 2 * time.Second, false
}

// inLine says whether calls of a lane that are put off stand in the line of their connection.
func (l Lane) inLine() bool { return l == HintLane || l == PromisedLane }

// Lease is one caller's way to the budget of one connection in one lane; it implements lever.Limiter. It is safe for
// concurrent use.
type Lease struct {
	budget     *Budget
	connection string
	lane       Lane
	batch      int

	turn   chan struct{} // holds one token; whoever has it may ask the budget and use what is below
	left   int
	till   time.Time
	waited time.Duration
}

// Lease returns a caller's access. Sweeps and patrols, which use what they took at once, take permits by threes. Hints of one
// connection ask one after the other within a process, so that a flood of them does not contend for the item.
func (b *Budget) Lease(connection string, lane Lane) *Lease {
	l := &Lease{budget: b, connection: connection, lane: lane, batch: 1}
	if lane == ResyncLane || lane == PatrolLane {
		l.batch = 3
	}
	if lane.inLine() {
		l.turn = b.line(connection).turn
		return l
	}
	l.turn = make(chan struct{}, 1)
	l.turn <- struct{}{}
	return l
}

// Together takes the permits of the next n calls in one go, if there are as many at this moment; it waits for none. The calls
// are to be made at once: what is left after a second is lost.
func (l *Lease) Together(ctx context.Context, n int) (ok bool, err error) {
	if err := l.wait(ctx); err != nil {
		return false, err
	}
	defer func() { l.turn <- struct{}{} }()
	wait, err := l.ask(ctx, n, l.budget.Now(), 0)
	if err != nil || wait > 0 {
		return false, err
	}
	l.left, l.till = n, l.budget.Now().Add(time.Second)
	return true, nil
}

// Take waits for a permit to make one request to Lever, no longer than the patience of its lane. When none is to be had
// in that time the error is fault.RateLimited and says when to come back.
func (l *Lease) Take(ctx context.Context) error {
	if l.lane == HintLane {
		if at, ok := l.budget.line(l.connection).place(l.budget.Now()); ok {
			return busy(at) // others of this process were put off a moment ago
		}
	}
	began := l.budget.Now()
	if err := l.wait(ctx); err != nil {
		return err
	}
	defer func() { l.turn <- struct{}{} }()
	if now := l.budget.Now(); l.left > 0 && now.Before(l.till) {
		l.left--
		return nil
	}
	most, together := patience(l.lane)
	if !together {
		began, l.waited = l.budget.Now(), 0
	}
	earlier := l.waited
	for {
		l.waited = earlier + l.budget.Now().Sub(began)
		wait, err := l.ask(ctx, l.batch, began.Add(most-earlier), most-l.waited)
		if err != nil {
			return err
		}
		if wait == 0 {
			l.left, l.till = l.batch-1, l.budget.Now().Add(time.Second)
			return nil
		}
		if l.waited = earlier + l.budget.Now().Sub(began); l.waited+wait > most {
			return busy(l.budget.Now().Add(wait))
		}
		if err := l.budget.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func busy(until time.Time) error {
	return fault.New(fault.RateLimited, "lever-busy", "Lever's request limit is used up for the moment; this continues by itself.").At(until)
}

// wait takes the turn, or says when to come back where others of this process keep it too long.
func (l *Lease) wait(ctx context.Context) error {
	select {
	case <-l.turn:
		return nil
	default:
	}
	if !l.lane.inLine() {
		select {
		case <-l.turn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	most, _ := patience(l.lane)
	timer := time.NewTimer(most - most/10)
	defer timer.Stop()
	select {
	case <-l.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		if at, ok := l.budget.line(l.connection).place(l.budget.Now()); ok {
			return busy(at)
		}
		return busy(l.budget.Now().Add(most))
	}
}

// ask spends the permits of a batch of the given size and returns 0, or how long to wait before it makes sense to ask again.
// A hint that would have to wait longer than most is given a place in the line, and the wait for it. It gives up contending
// for the item at the given time.
func (l *Lease) ask(ctx context.Context, batch int, until time.Time, most time.Duration) (wait time.Duration, err error) {
	b, booked := l.budget, int64(0)
	wanted := b.line(l.connection).wanted(b.Now())
	var first, gap int64
	for {
		_, err = table.Try(ctx, b.DB, table.Work, key(l.connection), func(s *state) error {
			now := b.Now().UnixMicro()
			gap = int64(1e6 / b.rate(s, now))
			ahead := max(s.Ahead, now) + gap*int64(batch)
			over := max(s.Blocked-now, ahead-now-b.tolerance(l.lane, gap))
			if l.lane == HintLane && s.Line-now > most.Microseconds() {
				over = max(over, s.Line-now)
			}
			if booked = 0; over <= 0 {
				wait, s.Ahead = 0, ahead
				return nil
			}
			wait = time.Duration(over) * time.Microsecond
			if wait <= most || !l.lane.inLine() {
				return table.ErrKeep
			}
			gap = gap * lineNumerator / lineDenominator
			first, booked = max(s.Line, now+over)+gap, wanted
			s.Line = first + gap*(booked-1)
			wait = time.Duration(first-now) * time.Microsecond
			return nil
		})
		if !errors.Is(err, table.ErrConflict) {
			break
		}
		if !b.Now().Before(until) {
			return patienceLost, nil // everybody wants it at once
		}
	}
	if err != nil {
		return 0, fmt.Errorf("take from budget: %w", err)
	}
	if booked > 0 {
		b.line(l.connection).book(first+gap, gap, booked-1, b.Now())
	}
	return wait, nil
}

// patienceLost is the wait of somebody who did not even get to ask.
const patienceLost = 2 * time.Second

// Places in the line of hints that were put off are a quarter further apart than the rate would allow: the rest is for
// the lanes below, which would starve behind a long line. A process that used up in time what it had booked books twice as
// many the next time, so that a flood does not contend for the item; places that nobody takes would only make the line longer.
const (
	lineNumerator, lineDenominator = 5, 4

	places  = 20              // most at once
	bookFor = 2 * time.Second // a place that is not given out in this time stays empty
)

// line is what a process knows of the hints of one connection that were put off.
type line struct {
	turn chan struct{}

	budget *Budget // whose lock guards what follows
	next   int64   // the next free place, microseconds since the epoch
	gap    int64
	free   int64
	booked int64 // how many the last time
	until  time.Time
}

// linesKept bounds what a process remembers.
const linesKept = 1000

func (b *Budget) line(connection string) *line {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.lines[connection]
	if n == nil {
		if b.lines == nil || len(b.lines) >= linesKept {
			b.lines = map[string]*line{}
		}
		n = &line{turn: make(chan struct{}, 1), budget: b}
		n.turn <- struct{}{}
		b.lines[connection] = n
	}
	return n
}

// place gives out a booked place, if there is one.
func (n *line) place(now time.Time) (time.Time, bool) {
	n.budget.mu.Lock()
	defer n.budget.mu.Unlock()
	if n.free == 0 || now.After(n.until) {
		return time.Time{}, false
	}
	at := n.next
	n.free--
	n.next += n.gap
	return time.UnixMicro(at), true
}

// wanted is how many places to book at once.
func (n *line) wanted(now time.Time) int64 {
	n.budget.mu.Lock()
	defer n.budget.mu.Unlock()
	if n.free > 0 || n.booked == 0 || now.After(n.until) {
		return 1
	}
	return min(2*n.booked, places)
}

// book keeps the places that were booked besides the one in hand.
func (n *line) book(next, gap, free int64, now time.Time) {
	n.budget.mu.Lock()
	defer n.budget.mu.Unlock()
	n.next, n.gap, n.free, n.until, n.booked = next, gap, free, now.Add(bookFor), free+1
}

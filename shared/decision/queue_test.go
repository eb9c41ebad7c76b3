package decision

import (
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/work"
)

// Nudge implements work.Nudger as a queue that loses, doubles, delays and reorders.
func (c *chaos) Nudge(_ context.Context, n work.Nudge, delay time.Duration) error {
	at := time.Now().Add(delay)
	if c.calm {
		c.queue = append(c.queue, message{at: at, n: n})
		return nil
	}
	c.history = append(c.history, n)
	if c.odds(12) {
		c.counts["messages lost"]++
		return []error{nil, io.ErrUnexpectedEOF}[c.rng.IntN(2)]
	}
	for copies := 0; copies == 0 || c.odds(6); copies++ {
		late := c.upTo(200 * time.Millisecond)
		if c.odds(8) {
			late = c.upTo(2 * time.Minute)
		}
		c.queue = append(c.queue, message{at: at.Add(late), n: n})
		c.counts["messages"]++
	}
	return nil
}

// until lets the world run until a moment.
func (c *chaos) until(end time.Time) {
	for {
		now := time.Now()
		if !now.Before(c.tick) {
			c.dispatch(now)
			continue
		}
		var ready []int
		next := c.tick
		for i, m := range c.queue {
			if !m.at.After(now) {
				ready = append(ready, i)
			} else if m.at.Before(next) {
				next = m.at
			}
		}
		if len(ready) > 0 {
			i := ready[c.rng.IntN(len(ready))]
			m := c.queue[i]
			c.queue = slices.Delete(c.queue, i, i+1)
			c.handle(m)
			continue
		}
		if !now.Before(end) {
			return
		}
		if end.Before(next) {
			next = end
		}
		time.Sleep(next.Sub(now))
	}
}

// dispatch does what sync-dispatch does every minute.
func (c *chaos) dispatch(now time.Time) {
	c.tick = now.Add(time.Minute)
	list := &work.List{DB: c.store, Now: time.Now}
	for shard := range work.Shards {
		items, err := list.Overdue(c.t.Context(), shard, now.Add(55*time.Second), 1000)
		must(c.t, err)
		for _, item := range items {
			_ = c.Nudge(c.t.Context(), work.Nudge{Ref: item.Ref()}, max(0, time.UnixMilli(item.Due).Sub(now))) // lost: the next minute's
		}
	}
}

// handle gives a message to a worker. One that fails comes again; after five times it is dead.
func (c *chaos) handle(m message) {
	before := c.serving
	c.serving = m.n.Target
	err := alive(func() error { return c.deliver.Handle(c.t.Context(), m.n) })
	if c.serving = before; err == nil {
		return
	}
	m.tries++
	m.at = time.Now().Add(6 * time.Minute)
	if m.tries == 5 {
		c.counts["messages dead"]++
		c.dead = append(c.dead, m)
		return
	}
	c.queue = append(c.queue, m)
}

// spring is the trap of this world: before and after each call to a table or to Lever.
func (c *chaos) spring(what string, after bool) error {
	if c.calm {
		return nil
	}
	point := place() + " before " + what
	if after {
		point = place() + " after " + what
	}
	c.points[point]++
	rarely := 150
	switch c.points[point] { // so that points that are seldom passed are not spared
	case 1:
		rarely = 10
	case 2:
		rarely = 30
	}
	if point == c.fatal && c.kills[point] == 0 {
		rarely = 1
	}
	switch c.rng.IntN(rarely) {
	case 0:
		c.kills[point]++
		c.counts["kills"]++
		panic(killed{})
	case 1:
		c.counts["calls failed"]++
		return io.ErrUnexpectedEOF
	case 2:
		if c.depth < 2 {
			c.counts["stalls"]++
			c.depth++
			limit := []time.Duration{5 * time.Second, 20 * time.Second, time.Minute, 4 * time.Minute}[c.rng.IntN(4)]
			c.until(time.Now().Add(c.upTo(limit)))
			if c.odds(2) { // the platform does not wait
				c.decide()
			}
			c.depth--
		}
	}
	return nil
}

// place is the function of this package that makes the call.
func place() string {
	var stack [40]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(3, stack[:])])
	for {
		frame, more := frames.Next()
		_, name, ours := strings.Cut(frame.Function, "shared/decision.")
		if ours && !strings.HasSuffix(frame.File, "_test.go") {
			return name
		}
		if !more {
			return "elsewhere"
		}
	}
}

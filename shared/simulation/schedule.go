package simulation

import (
	"time"
)

// step makes one choice: a process goes on, a message is taken, a webhook is delivered, or time passes, at most until.
func (p *Play) step(until time.Time) {
	p.Result.Steps++
	now := time.Now()
	if !now.Before(p.tick) {
		p.tick = p.tick.Add(time.Minute)
		p.spawn(&process{name: "dispatch", kind: "dispatch", run: p.dispatch}, time.Minute)
		return
	}
	if p.Lever.Pending() > 0 {
		p.inbox = append(p.inbox, p.Lever.Due(now)...)
	}
	ready, next := p.ready(now, until)
	if len(ready) == 0 {
		if next.After(now) {
			time.Sleep(next.Sub(now))
		} else {
			time.Sleep(time.Microsecond)
		}
		return
	}
	ready[p.rng.IntN(len(ready))]()
}

// ready lists what can happen now, and when the next thing can.
func (p *Play) ready(now, until time.Time) (choices []func(), next time.Time) {
	next = earliest(until, p.tick)
	for _, pr := range p.running {
		if deadline, _ := pr.ctx.Deadline(); !now.Before(deadline) {
			pr.dead = true // its function was stopped at the time limit
		}
		switch {
		case pr.dead || !pr.wake.After(now) || pr.ctx.Err() != nil:
			choices = append(choices, func() { p.goOn(pr) })
		default:
			next = earliest(next, pr.wake)
		}
	}
	for _, m := range p.messages {
		switch {
		case m.due.After(now):
			next = earliest(next, m.due)
		case len(p.running) < workers:
			choices = append(choices, func() { p.take(m) })
		}
	}
	for i := range p.inbox {
		choices = append(choices, func() { p.deliver(i) })
	}
	if due := p.Lever.NextDue(); len(p.inbox) == 0 && due.After(now) {
		next = earliest(next, due)
	}
	return choices, next
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.Before(first) {
			first = t
		}
	}
	return first
}

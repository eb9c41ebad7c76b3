package simulation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// process is one run of a function: a message being handled, a webhook being taken, a request of the platform. Its calls
// to tables, keys, queues and Lever are where it can be stopped: there it waits until the scheduler goes on with it, so
// exactly one process runs at a time and any two interleave call by call.
type process struct {
	name    string // for the trace
	kind    string // of its work, for kill points
	play    *Play
	tenant  *tenant // whose work it does; nil for nobody's
	account *levertest.Account
	run     func(ctx context.Context) error
	end     func(err error) // nil when it ended well; not called when it was killed
	died    func()

	ctx     context.Context
	cancel  context.CancelFunc
	resume  chan struct{}
	wake    time.Time // it goes on no earlier
	began   time.Time
	dead    bool
	over    bool
	spoiled bool // something failed on its way
	hurt    bool // a store or key failed it, or its time was over
	seen    []sighting
	looked  bool     // it asked for an opportunity on its own
	shown   []string // mirror keys of the records that its looks advanced
	err     error
}

// Point is a kill point: a kind of work, and a kind of call about to be made in it. Killed there, the process has made
// every call before it and none from it on.
type Point struct {
	Work string // kind of work: hint, delta, resync, api, intake, ...
	Call string // get, put, remove, query, call, answer, send, unwrap, ...
	On   string // table, method, queue
	What string // kind of item, address at Lever, kind of message
}

// String names the point for people and for replays.
func (p Point) String() string { return p.Work + ":" + p.Call + ":" + p.On + ":" + p.What }

// ParsePoint reads what String wrote; "" is no point.
func ParsePoint(s string) (p Point, err error) {
	if s == "" {
		return p, nil
	}
	parts := strings.Split(s, ":")
	if len(parts) != 4 {
		return p, fmt.Errorf("kill point %q: want work:call:on:what", s)
	}
	return Point{Work: parts[0], Call: parts[1], On: parts[2], What: parts[3]}, nil
}

// errDead is what every call of a killed process gets. Nothing of it has an effect any more, so running out is as good
// as being gone, and holds for the goroutines that it began, too.
var errDead = errors.New("this process was killed")

type processKey struct{}

func processOf(ctx context.Context) *process {
	p, _ := ctx.Value(processKey{}).(*process)
	return p
}

// spawn starts a process, which waits at once for its turn. limit is the time limit of its function.
func (p *Play) spawn(pr *process, limit time.Duration) {
	pr.play, pr.resume, pr.began = p, make(chan struct{}), p.clock()
	pr.ctx, pr.cancel = context.WithTimeout(context.WithValue(p.ctx, processKey{}, pr), limit)
	p.running = append(p.running, pr)
	go func() {
		<-pr.resume
		pr.err = pr.run(pr.ctx)
		pr.over = true
		p.parked <- struct{}{}
	}()
}

// goOn lets a process run until its next stop and cleans up behind it when it is over.
func (p *Play) goOn(pr *process) {
	p.current = pr
	pr.resume <- struct{}{}
	<-p.parked
	p.current = nil
	if !pr.over {
		return
	}
	pr.cancel()
	for i, other := range p.running {
		if other == pr {
			p.running = append(p.running[:i], p.running[i+1:]...)
			break
		}
	}
	switch {
	case pr.dead:
		p.trace(pr, "killed")
		if pr.died != nil {
			pr.died()
		}
	default:
		p.trace(pr, "ended", "error", pr.err)
		if pr.end != nil {
			pr.end(pr.err)
		}
		if pr.err == nil && !pr.spoiled {
			p.confirmed(pr)
		}
	}
}

// at is a stop: the process in ctx waits here for its turn, and for wait of simulated time. The error is that of a dead
// process or of a context that is over; then the call must not be made.
func (p *Play) at(ctx context.Context, point Point, wait time.Duration) error {
	pr := processOf(ctx)
	if pr == nil {
		return nil // the world being set up, or looked at
	}
	if pr.dead {
		return errDead
	}
	point.Work = pr.kind
	p.Result.Calls++
	p.trace(pr, "before", "point", point)
	if p.strikes(point) {
		pr.dead = true
		return errDead
	}
	if wait > 0 || p.rng.Float64() >= p.stickiness {
		pr.wake = time.Now().Add(wait)
		if limit, ok := ctx.Deadline(); ok && limit.Before(pr.wake) {
			pr.wake = limit.Add(time.Microsecond) // by then the context is over for sure
		}
		p.parked <- struct{}{}
		<-pr.resume
		if pr.dead {
			return errDead
		}
	}
	if err := ctx.Err(); err != nil {
		pr.spoiled, pr.hurt = true, true
		return err
	}
	return nil
}

// strikes says whether the process is killed at this point, and keeps the count.
func (p *Play) strikes(point Point) bool {
	hits := p.Result.Points[point]
	first := hits == nil
	if first {
		hits = new(Hits)
		p.Result.Points[point] = hits
	}
	hits.Seen++
	wanted := p.KillAt == point && hits.Killed == 0
	if !p.killing && !wanted {
		return false
	}
	chance := 0.0005
	if first {
		chance = 0.015
	}
	if !wanted && p.rng.Float64() >= chance {
		return false
	}
	hits.Killed++
	return true
}

// Hits counts how often a kill point was met and how often a process was killed there.
type Hits struct{ Seen, Killed int }

package simulation

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/seal/sealtest"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

// Options says what to play.
type Options struct {
	Seed   uint64
	KillAt Point     // kill the first process that comes here, besides those that the seed kills
	Trace  io.Writer // nil for none
}

// Result is what came of a play.
type Result struct {
	Seed      uint64
	Steps     int // choices of the scheduler
	Calls     int // calls at which a process could have been stopped
	Acts      int // things that people did
	Kills     int
	Removals  int // records that left the mirror, each held against Lever
	Points    map[Point]*Hits
	Violation string // empty when every invariant held; begins with its name
	At        time.Duration
	Print     string // differs unless everything went the same way
}

// Play is one run of a small world from a seed: functions run as processes whose calls interleave one by one, people act
// in Lever and in Evidenced, faults come and go, processes are killed between any two calls, and the invariants are
// checked all the while. It must run in a bubble of testing/synctest, whose clock is the simulated one.
type Play struct {
	*World
	Options
	Result Result

	ctx        context.Context
	rng        *rand.Rand
	stickiness float64 // how likely a process makes its next call without another coming in between
	slow       float64 // how likely a request is slow in a storm
	spoilt     bool    // pages of lists come spoilt in this play
	parked     chan struct{}
	started    time.Time
	last       time.Time // newest reading of the clock

	running  []*process
	messages []*message
	letters  []*message // the dead-letter queues
	inbox    []levertest.Delivery

	stormy, killing    bool
	weather, act, tick time.Time // when each comes next
	tenants            []*tenant
	decisions          map[string]*decided
	people             int
	hurried            bool   // the next thing that happens in Lever follows at once and concerns the same candidate
	same               string // that candidate
	truths             map[string]*fact
	owners             map[string]*tenant    // by id of a Lever object
	fetched            map[string]int64      // newest applied fetch, by mirror key
	shown              map[string]table.Item // records, by mirror key
	looker             map[string]*process   // whose look they show
	current            *process              // the one that runs
	obligations        []*obligation
	refreshes          map[string]*spending
	quietSince         time.Time
	secrets            []string
	links              map[string]*link // by connection
}

// Times of a play.
const (
	chaosFor  = 160 * time.Second
	quietMost = 80 * time.Minute
	visible   = 6 * time.Minute // until a message that nobody finished is seen again
	receives  = 5               // of a message, before it goes to the dead-letter queue
	workers   = 6               // processes at once
	// leastSteps is how many choices a play makes at least before it becomes quiet.
	leastSteps = 400
)

// Run plays a seed from beginning to end.
func Run(ctx context.Context, o Options) Result {
	p := &Play{
		Options: o, ctx: ctx, rng: rand.New(rand.NewPCG(o.Seed, 0x9107)), parked: make(chan struct{}), started: time.Now(),
		decisions: map[string]*decided{}, truths: map[string]*fact{}, owners: map[string]*tenant{},
		fetched: map[string]int64{}, shown: map[string]table.Item{}, looker: map[string]*process{}, refreshes: map[string]*spending{}, links: map[string]*link{},
		Result: Result{Seed: o.Seed, Points: map[Point]*Hits{}},
	}
	p.build()
	p.chaos()
	p.quiet()
	p.finish()
	return p.Result
}

// build makes the world: two tenants, of which the first owns two Lever accounts.
func (p *Play) build() {
	w := &World{DB: memory.New(), rng: rand.New(rand.NewPCG(p.Seed, 0x51)), now: time.Now()}
	p.World = w
	w.seams = seams{
		clock: p.tickTock, pause: p.pause, store: trapped{w.DB, p}, keys: keys{&sealtest.Keys{}, p}, mail: p,
		way: func(lever http.RoundTripper) http.RoundTripper { return way{lever, p} },
	}
	variants := levertest.AllVariants()
	rules := levertest.DefaultRules()
	if p.rng.IntN(2) == 0 {
		rules = variants[p.rng.IntN(len(variants))].Rules
	}
	w.wire(p.Seed, &rules)
	w.DB.Watch(p.written)
	p.stickiness = []float64{0, 0.5, 0.8, 0.9}[p.rng.IntN(4)]
	p.slow = []float64{0, 0.02, 0.1}[p.rng.IntN(3)]
	p.spoilt = p.rng.IntN(2) == 0
	sizes := [][]int{{3, 3}, {5}}
	for i, accounts := range sizes {
		t := &tenant{name: fmt.Sprintf("tenant-%d", i+1)}
		for j, n := range accounts {
			a := w.Lever.Seed(levertest.SmallCompany(p.Seed*8+uint64(i*2+j), n, time.Now()))
			if err := a.SetToggle("all", true); err != nil {
				panic(err)
			}
			t.accounts = append(t.accounts, a)
			p.observe(t, a)
		}
		p.tenants = append(p.tenants, t)
	}
	p.tick, p.weather, p.act = time.Now(), time.Now().Add(20*time.Second), time.Now().Add(time.Second)
	for _, t := range p.tenants {
		p.connects(t, t.accounts[0], p.rng.IntN(2) == 0)
	}
}

// tickTock reads the clock of the rooms: the simulated time, but as on a real machine no two readings are the same.
func (p *Play) tickTock() time.Time {
	p.last = p.last.Add(time.Microsecond)
	if now := time.Now(); now.After(p.last) {
		p.last = now
	}
	return p.last
}

func (p *Play) upTo(d time.Duration) time.Duration { return time.Duration(p.rng.Int64N(int64(d))) }

// chaos is the part with faults, kills and people.
func (p *Play) chaos() {
	p.killing = true
	for end := p.started.Add(chaosFor); p.Result.Violation == ""; {
		if !time.Now().Before(end) {
			if p.Result.Steps >= leastSteps {
				return
			}
			end = end.Add(time.Minute)
		}
		if now := time.Now(); !now.Before(p.act) {
			p.act, p.hurried = now.Add(p.upTo(7*time.Second)), p.rng.IntN(4) == 0
			if p.hurried {
				p.act = now.Add(p.upTo(300 * time.Millisecond))
			}
			p.somebodyActs()
			continue
		} else if !now.Before(p.weather) {
			p.weather = now.Add(10*time.Second + p.upTo(50*time.Second))
			p.changeWeather()
			continue
		}
		p.step(earliest(end, p.act, p.weather))
	}
}

// lucky says, in a storm, whether something of a small chance happens to the process in ctx.
func (p *Play) lucky(ctx context.Context, chance float64) bool {
	pr := processOf(ctx)
	if pr == nil || !p.stormy || p.rng.Float64() >= chance {
		return false
	}
	pr.spoiled, pr.hurt = true, true
	return true
}

// trace writes a line for people.
func (p *Play) trace(pr *process, what string, args ...any) {
	if p.Trace == nil {
		return
	}
	who := "-"
	if pr != nil {
		who = pr.name
	}
	fmt.Fprintf(p.Trace, "%10.6f  %-70.70s  %s", time.Since(p.started).Seconds(), who, what)
	for i := 0; i+1 < len(args); i += 2 {
		fmt.Fprintf(p.Trace, "  %v=%v", args[i], args[i+1])
	}
	fmt.Fprintln(p.Trace)
}

// violate ends the play with a violation.
func (p *Play) violate(invariant, format string, args ...any) {
	if p.Result.Violation == "" {
		p.Result.Violation = invariant + ": " + fmt.Sprintf(format, args...)
		p.Result.At = time.Since(p.started)
		p.trace(nil, "VIOLATION", "of", p.Result.Violation)
	}
}

// finish lets every process run out, so that none outlives the play.
func (p *Play) finish() {
	for len(p.running) > 0 {
		p.running[0].dead = true
		p.goOn(p.running[0])
	}
	for _, h := range p.Result.Points {
		p.Result.Kills += h.Killed
	}
	p.Result.Print = fmt.Sprintf("%d steps, %d calls until %s, then %x", p.Result.Steps, p.Result.Calls, p.last, p.rng.Uint64())
}

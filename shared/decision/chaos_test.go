package decision

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/work"
)

// chaos is a world in which everything goes wrong by seed. It runs in a synctest bubble, so that time limits hold in
// simulated time, and on one goroutine: a process that stands still lets the others run inside of its call.
type chaos struct {
	fatal string // a place at which the process is killed when it comes there first
	*world
	*tally
	seed    uint64
	rng     *rand.Rand
	calm    bool // nothing goes wrong any more
	depth   int  // how many processes stand still
	queue   []message
	dead    []message // the dead-letter queue
	history []work.Nudge
	tick    time.Time // next run of sync-dispatch
	wanted  map[string]*want
	listed  map[string]time.Time // by decision, when the notes were last looked through for it
	serving string               // the decision whose worker runs
	opps    []string
	links   int
	last    int  // the decision that was handed over last
	refuses bool // Lever refuses now and then whom it knows
}

type message struct {
	at    time.Time
	n     work.Nudge
	tries int
}

// want is what a decision should come to.
type want struct {
	versions map[int64]Submission
	newest   int64
	removed  time.Time // when a person removed its note
	replies  []string
}

// simulate runs one world to its end and says what happened.
func simulate(t *testing.T, seed uint64, fatal string) *tally {
	c := &chaos{
		world: &world{}, seed: seed, fatal: fatal, rng: rand.New(rand.NewPCG(seed, 6)), wanted: map[string]*want{}, listed: map[string]time.Time{},
		tally: newTally(),
	}
	c.build(t, time.Now, seed, func(r *levertest.Rules) {
		r.NoteReplyIDOnly, r.DeletedNotesVanish, r.RetryAfter = c.odds(2), c.odds(3), c.odds(2)
		r.PerformAsStatus, r.UINoteStatus = []int{400, 403}[c.rng.IntN(2)], []int{400, 403}[c.rng.IntN(2)]
	})
	c.svc.Nudge, c.deliver.Nudge, c.deliver.Lever, c.trap, c.tick = c, c, c, c.spring, time.Now()
	c.link.settings = connection.Settings{SecretNotes: c.odds(3), NotifyFollowers: c.odds(2)}
	c.furnish()
	c.disturb()
	for n := range perWorld {
		id := fmt.Sprintf("d%d-%d", seed, n)
		c.wanted[id] = &want{versions: map[int64]Submission{}}
		c.forge(id)
	}
	for range perWorld * 3 {
		c.decide()
		c.until(time.Now().Add(c.upTo(20 * time.Second)))
		c.happen()
	}
	c.until(time.Now().Add(c.upTo(10 * time.Minute)))
	c.settleDown()
	c.judge()
	return c.tally
}

func (c *chaos) odds(n int) bool { return c.rng.IntN(n) == 0 }

func (c *chaos) upTo(d time.Duration) time.Duration { return time.Duration(c.rng.Int64N(int64(d))) }

// furnish makes candidates, one with more notes than fit on a page, and people who decide: some are users of Lever, one
// is deactivated, one is unknown.
func (c *chaos) furnish() {
	for n := range 5 {
		opp, err := c.acct.CreateOpportunity(levertest.NewCandidate{Name: fmt.Sprint("Candidate ", n)})
		must(c.t, err)
		c.opps = append(c.opps, opp)
	}
	if c.odds(4) {
		for range 130 {
			_, err := c.acct.AddNoteUI(c.opps[0], "A note of a person.", false)
			must(c.t, err)
		}
	}
	for n, user := range c.acct.Users()[:4] {
		c.people[fmt.Sprintf("p%d@customer.example", n)] = user.ID
		if n == 3 {
			must(c.t, c.acct.DeactivateUser(user.ID))
		}
	}
}

// disturb arms what Lever does wrong, each in some worlds only and as often as the seed says.
func (c *chaos) disturb() {
	notes := "/v1/opportunities/{id}/notes"
	for _, f := range []levertest.Fault{
		{Method: "POST", Effect: levertest.LostReply, Probability: 0.3},
		{Method: "POST", Effect: levertest.LostReply, Status: 504, Probability: 0.1},
		{Method: "POST", Effect: levertest.LateCommit, Delay: c.upTo(time.Minute), Probability: 0.2},
		{Method: "POST", Effect: levertest.LateCommit, Status: 500, Delay: time.Minute, Probability: 0.2},
		{Method: "PUT", Effect: levertest.LateCommit, Delay: c.upTo(time.Minute), Probability: 0.2},
		{Method: "PUT", Effect: levertest.LostReply, Probability: 0.3},
		{Method: "DELETE", Effect: levertest.LostReply, Probability: 0.3},
		{Method: "DELETE", Effect: levertest.LateCommit, Delay: c.upTo(time.Minute), Probability: 0.2},
		{Method: "GET", Path: notes, Effect: levertest.StaleRead, Delay: time.Minute, Probability: 0.5},
		{Method: "GET", Path: notes, Effect: levertest.StaleRead, Delay: c.upTo(time.Minute), Probability: 0.5},
		{Method: "GET", Path: notes, Effect: levertest.ExpiredOffset, Probability: 0.3},
		{Method: "GET", Path: notes, Effect: levertest.TruncatedBody, Probability: 0.1},
		{Method: "GET", Path: notes, Effect: levertest.StatusReply, Status: 404, Probability: 0.1},
		{Effect: levertest.StatusReply, Status: 403, Probability: 0.1},
		{Effect: levertest.ResetConnection, Probability: 0.1},
		{Effect: levertest.StatusReply, Status: 401, Probability: 0.1},
		{Effect: levertest.StatusReply, Status: 429, Probability: 0.2},
		{Effect: levertest.HTMLReply, Status: 503, Probability: 0.2},
	} {
		f.Probability *= c.rng.Float64()
		if !c.odds(3) {
			c.refuses = c.refuses || f.Status == 403
			must(c.t, c.lever.Inject(f))
		}
	}
	if c.alone() {
		must(c.t, c.lever.Inject(levertest.Fault{Method: "GET", Effect: levertest.StaleRead, Delay: c.upTo(time.Minute), Probability: 0.3}))
	}
}

// alone says that nobody replies in this world. What Lever shows of a single note may then be old as well: were it old
// beside people who reply, an edit could not know of their replies.
func (c *chaos) alone() bool { return c.seed%3 == 0 }

// forge pastes what looks like the note of a decision.
func (c *chaos) forge(id string) {
	if !c.odds(4) {
		return
	}
	opp := c.opps[c.rng.IntN(len(c.opps))]
	d := Decision{Opportunity: opp}
	d.PK, d.SK = tenant, id
	key, version := Marker{Key: "not the key"}, c.rng.Int64N(4)+1
	if c.odds(2) { // genuine, but of another candidate
		key, d.Opportunity = c.deliver.Marker, "another-opportunity"
	}
	_, err := c.acct.AddNoteUI(opp, "pasted\n"+key.line(&d, version), false)
	must(c.t, err)
	c.counts["markers forged"]++
}

// pick is the number of the decision to hand over next: the one before once more, one that never was, or any.
func (c *chaos) pick() int {
	if c.odds(3) {
		return c.last
	}
	for n := range perWorld {
		if c.wanted[fmt.Sprintf("d%d-%d", c.seed, n)].newest == 0 {
			return n
		}
	}
	return c.rng.IntN(perWorld)
}

// decide hands over some version of some decision, again until it is answered.
func (c *chaos) decide() {
	n := c.pick()
	c.last = n
	id := fmt.Sprintf("d%d-%d", c.seed, n)
	w, version := c.wanted[id], c.rng.Int64N(4)+1
	s, known := w.versions[version]
	if !known {
		person := c.rng.IntN(6)
		s = c.submission(version, Outcomes()[c.rng.IntN(len(Outcomes()))])
		s.Opportunity = c.opps[n%len(c.opps)]
		s.By = Decider{Name: fmt.Sprint("Person ", person), Email: fmt.Sprintf("p%d@customer.example", person)}
		w.versions[version] = s
	}
	c.accept(id, s)
	w.newest = max(w.newest, version)
	if s.Version, s.Opportunity = 9, c.opp; c.odds(10) { // of another candidate: must be refused
		_ = alive(func() error { _, err := c.svc.Accept(c.t.Context(), tenant, id, s); return err })
	}
}

// Open implements opener.
func (c *chaos) Open(ctx context.Context, id string) (notes, connection.Settings, error) {
	way, settings, err := c.world.Open(ctx, id)
	return watched{way, c}, settings, err
}

// watched sees what is sent.
type watched struct {
	notes
	c *chaos
}

// Notes implements notes.
func (w watched) Notes(ctx context.Context, opportunity, offset string) (lever.Page[lever.Note], error) {
	w.c.listed[w.c.serving] = time.Now()
	return w.notes.Notes(ctx, opportunity, offset)
}

// CreateNote implements notes. A note may be sent again only if the one that was sent before cannot have been listed when
// the notes were last looked through.
func (w watched) CreateNote(ctx context.Context, opportunity string, note lever.NewNote) (string, error) {
	id, _, _ := strings.Cut(note.Value[strings.LastIndex(note.Value, markerWord)+len(markerWord):], "/")
	looked, ever := w.c.listed[id]
	if !ever {
		looked = time.Now()
	}
	seen := looked.Add(-w.c.deliver.Limits.visible())
	for _, n := range w.c.notesOf(id) {
		w.c.blame(id, again, ctx.Err() == nil && note.Parent == "" && n.DeletedAt == nil && n.CreatedAt < seen.UnixMilli())
	}
	return w.notes.CreateNote(ctx, opportunity, note)
}

package simulation_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/table"
)

// troubles are what Lever may do in the middle of a first sync.
func troubles() map[string]levertest.Fault {
	return map[string]levertest.Fault{
		"429":                    {Effect: levertest.StatusReply, Status: 429, Count: 5, Skip: 10},
		"500":                    {Effect: levertest.StatusReply, Status: 500, Count: 5, Skip: 10},
		"503 for all":            {Effect: levertest.StatusReply, Status: 503, Count: 40},
		"HTML":                   {Effect: levertest.HTMLReply, Status: 502, Count: 5, Skip: 10},
		"reset":                  {Effect: levertest.ResetConnection, Count: 5, Skip: 10},
		"cut bodies":             {Effect: levertest.TruncatedBody, Count: 5, Skip: 10},
		"expired page tokens":    {Effect: levertest.ExpiredOffset, Count: 2},
		"pages without a way on": {Effect: levertest.NextMissing, Count: 2},
		"shortened pages":        {Path: "/v1/opportunities", Effect: levertest.TruncatedPage, Count: 1},
		"emptied pages":          {Path: "/v1/opportunities", Effect: levertest.EmptiedPage, Count: 1},
		"filtered pages":         {Effect: levertest.FilteredPage, Count: 3},
		"repeated pages":         {Path: "/v1/opportunities", Effect: levertest.RepeatedPage, Count: 1},
		"unknown fields":         {Effect: levertest.UnknownFields},
	}
}

func TestSimulatedTroubleInASweepHealsAndRemovesNothing(t *testing.T) {
	t.Parallel()
	for name, f := range troubles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := simulation.New(3, nil)
			account := w.Lever.Seed(levertest.SmallCompany(5, 150, w.Now()))
			c, err := w.Connect(t.Context(), "tenant-1", account, true)
			if err != nil {
				t.Fatal(err)
			}
			run(t, w, 3*time.Minute)
			compare(t, w, account, c)
			if err := w.Lever.Inject(f); err != nil {
				t.Fatal(err)
			}
			if err := w.Connections.Resync(t.Context(), "tenant-1"); err != nil {
				t.Fatal(err)
			}
			run(t, w, 5*time.Minute)
			w.Lever.ClearFaults()
			compare(t, w, account, c)
		})
	}
}

func TestSimulatedStoryHoldsOnBothSidesOfEachGuess(t *testing.T) {
	t.Parallel()
	for _, variant := range levertest.AllVariants() {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			w := simulation.New(4, &variant.Rules)
			account := w.Lever.Seed(levertest.SmallCompany(7, 8, w.Now()))
			c, err := w.Connect(t.Context(), "tenant-1", account, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := account.SetToggle("all", true); err != nil {
				t.Fatal(err)
			}
			b := &bundle{World: w, account: account, connection: c}
			for _, o := range account.Opportunities() {
				if list := account.Interviews(o.ID); o.Archived == nil && o.Confidentiality != "confidential" && len(list) > 0 {
					b.candidate, b.interview = o, list[0]
				}
			}
			run(t, w, time.Minute)
			compare(t, w, account, c)
			for _, h := range happenings() {
				_ = h.do(b) // the later ones meet a candidate who has left
				run(t, w, 5*time.Second)
			}
			run(t, w, 3*time.Minute)
			compare(t, w, account, c)
			if err := w.Connections.Disconnect(t.Context(), "tenant-1", simulation.Admin()); err != nil {
				t.Fatal(err)
			}
			run(t, w, time.Minute)
			if c, _, err = w.Connections.Load(t.Context(), c.ID()); err != nil || c.State != connection.Disconnected || len(account.Webhooks()) != 0 {
				t.Errorf("state %s, %d webhooks, %v", c.State, len(account.Webhooks()), err)
			}
		})
	}
}

func TestSimulatedUnreadableInterviewStopsOnlyItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Tamper = func(path string, body []byte) []byte {
		if strings.HasSuffix(path, "/"+b.candidate.ID+"/interviews") {
			return bytes.Replace(body, []byte(`"subject":`), []byte(`"date":{"odd":1},"subjects":`), 1)
		}
		return body
	}
	if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, 2*time.Minute)
	compare(t, b.World, b.account, b.connection)
	p, err := b.Connections.Progress(t.Context(), b.connection.ID())
	if err != nil || p.Running || p.Broken != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, d := range p.Drift {
		if want := map[bool]int{true: 1}[d.Kind == "interview"]; d.Broken != want {
			t.Errorf("%d of kind %s set aside, want %d", d.Broken, d.Kind, want)
		}
	}
}

func TestSimulatedPatrolSaysHowLongARoundTakes(t *testing.T) {
	t.Parallel()
	w := simulation.New(8, nil)
	account := w.Lever.Seed(levertest.SmallCompany(7, 60, w.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account, true)
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, 6*time.Minute)
	active := 0
	for _, o := range account.Opportunities() {
		if o.Archived == nil {
			active++
		}
	}
	// Twenty candidates a leg, and a rest of 20 seconds after each leg but the last.
	least := time.Duration((active-1)/20) * 20 * time.Second
	p, err := w.Connections.Progress(t.Context(), c.ID())
	if took := time.Duration(p.PatrolTook) * time.Millisecond; err != nil || active <= 20 || took < least || took > least+time.Minute {
		t.Errorf("a round over %d candidates took %s, want about %s; %v", active, took, least, err)
	}
}

// A circle over a mirror that the first sync still fills read a part of it or nothing: it is no reading of all interviews.
func TestSimulatedPatrolCountsNoRoundBeforeTheFirstSyncEnded(t *testing.T) {
	t.Parallel()
	w := simulation.New(8, nil)
	c, err := w.Connect(t.Context(), "tenant-1", w.Lever.Seed(levertest.SmallCompany(7, 20, w.Now())), true)
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, time.Minute)
	for _, ended := range []int64{0, w.Now().UnixMilli()} {
		err := w.Connections.SaveProgress(t.Context(), c.ID(), func(p *connection.Progress) { p.EndedAt, p.PatrolAt = ended, 0 })
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, 3*time.Minute)
		p, err := w.Connections.Progress(t.Context(), c.ID())
		if err != nil || (p.PatrolAt > 0) != (ended > 0) {
			t.Errorf("the first sync ended at %d, the last round at %d; %v", ended, p.PatrolAt, err)
		}
	}
}

func TestSimulatedCandidateTurnedConfidentialLeavesAndHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404} {
		rules := levertest.DefaultRules()
		rules.ConfidentialStatus = status
		w := simulation.New(6, &rules)
		b := &bundle{World: w, account: w.Lever.Seed(levertest.SmallCompany(7, 12, w.Now()))}
		c, err := w.Connect(t.Context(), "tenant-1", b.account, false)
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, time.Minute)
		for _, o := range b.account.Opportunities() {
			if o.Archived == nil && o.Confidentiality != "confidential" {
				if err := b.account.SetConfidential(o.ID, true); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		run(t, w, 5*time.Minute)
		compare(t, w, b.account, c)
		before, err := w.Connections.Progress(t.Context(), c.ID())
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, 3*time.Minute)
		if after, err := w.Connections.Progress(t.Context(), c.ID()); err != nil || after.PatrolAt <= before.PatrolAt {
			t.Errorf("the patrol does not go round any more: %v", err)
		}
	}
}

func TestSimulatedSickCandidateAndRefusedWebhooksHoldNoSweepUp(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]levertest.Fault{
		"one candidate's interviews answer 500": {Method: "GET", Path: "/v1/opportunities/%s/interviews", Effect: levertest.StatusReply, Status: 500},
		"one candidate's interviews answer 403": {Method: "GET", Path: "/v1/opportunities/%s/interviews", Effect: levertest.StatusReply, Status: 403},
		"webhooks are refused":                  {Path: "/v1/webhooks", Effect: levertest.StatusReply, Status: 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if strings.Contains(f.Path, "%s") {
				f.Path = fmt.Sprintf(f.Path, b.candidate.ID)
			}
			if err := b.Lever.Inject(f); err != nil {
				t.Fatal(err)
			}
			asked := b.Now()
			if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
				t.Fatal(err)
			}
			run(t, b.World, 3*time.Minute)
			p, err := b.Connections.Progress(t.Context(), b.connection.ID())
			if err != nil || p.Running || p.EndedAt < asked.UnixMilli() {
				t.Errorf("the sweep has not ended: %+v, %v", p, err)
			}
			patrolled := p.PatrolAt
			run(t, b.World, 3*time.Minute)
			if p, err = b.Connections.Progress(t.Context(), b.connection.ID()); err != nil || p.PatrolAt <= patrolled {
				t.Errorf("the patrol does not go round: %+v, %v", p, err)
			}
		})
	}
}

func TestSimulatedReconnectWithMoreAccessInTheMiddleOfASweepShowsAll(t *testing.T) {
	t.Parallel()
	w := simulation.New(8, nil)
	account := w.Lever.Seed(levertest.SmallCompany(5, 150, w.Now()))
	if _, err := w.Connect(t.Context(), "tenant-1", account, false); err != nil {
		t.Fatal(err)
	}
	run(t, w, 5*time.Second) // the lists are done, the interviews are not
	c, err := w.Connect(t.Context(), "tenant-1", account, true)
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, 2*time.Minute)
	compare(t, w, account, c)
}

func TestSimulatedResyncAskedForInTheMiddleOfOneBeginsAgain(t *testing.T) {
	t.Parallel()
	w := simulation.New(8, nil)
	account := w.Lever.Seed(levertest.SmallCompany(5, 150, w.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account, false)
	if err != nil {
		t.Fatal(err)
	}
	run(t, w, 5*time.Second)
	if err := w.Connections.Resync(t.Context(), "tenant-1"); err != nil {
		t.Fatal(err)
	}
	before := w.Lever.RequestCount("GET /v1/archive_reasons") // read by sweeps only, once each
	run(t, w, 2*time.Minute)
	compare(t, w, account, c)
	if n := w.Lever.RequestCount("GET /v1/archive_reasons") - before; n != 1 {
		t.Errorf("%d sweeps began since", n)
	}
}

func TestSimulatedInterviewThatCouldNotLeaveWithItsCandidateLeavesLater(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(b *bundle) error{
		"a webhook told": func(b *bundle) error { return b.account.Hire(b.candidate.ID) },
		"the patrol saw": func(b *bundle) error { return b.account.SetConfidential(b.candidate.ID, true) },
	} {
		b, refused := setup(t), 0
		b.Refuse = func(changes []table.Change) error {
			if changes[0].Key.SK == b.interview.ID && refused == 0 {
				refused++
				return errors.New("throttled")
			}
			return nil
		}
		if err := leave(b); err != nil {
			t.Fatal(err)
		}
		run(t, b.World, 5*time.Minute)
		compare(t, b.World, b.account, b.connection)
		if refused == 0 {
			t.Errorf("%s: nothing was refused", name)
		}
	}
}

package operation_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/operation"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
	"github.com/evidenced/lever-integration/shared/work"
)

// company is a number of connections that remember what was done to them.
type company struct {
	db    table.DB // roster rows stand here
	state map[string]connection.State
	ended int64 // when the last one was told to end
	done  map[string]int
	fail  map[string]error
}

func (c *company) Current(_ context.Context, tenant string) (connection.Connection, bool, error) {
	return c.Load(context.Background(), "c-"+tenant)
}

func (c *company) Load(_ context.Context, id string) (connection.Connection, bool, error) {
	state, found := c.state[id]
	return connection.Connection{Meta: table.Meta{PK: id}, State: state, EndedAt: c.ended}, found, nil
}

func (c *company) Roster(ctx context.Context, start string, limit int) (ids []string, next string, err error) {
	list, next, err := table.List[table.Meta](ctx, c.db, table.Query{Table: table.Connections, Index: table.Roster, PK: "roster", Start: start, Limit: limit})
	for _, m := range list {
		ids = append(ids, m.PK)
	}
	return ids, next, err
}

func (c *company) Reseal(_ context.Context, id string) error {
	if err := c.fail[id]; err != nil {
		return err
	}
	c.done[id]++
	return nil
}

func (c *company) End(_ context.Context, id string) error {
	c.state[id] = connection.Disconnecting
	c.done[id]++
	return nil
}

// bundle is a service over a company, whose work is done one nudge after the other under a clock that stands still.
type bundle struct {
	*operation.Service
	company *company
	db      *memory.DB
	mortal  *tabletest.Mortal
	clock   time.Time
	nudges  []work.Nudge
}

func (b *bundle) Nudge(_ context.Context, n work.Nudge, _ time.Duration) error {
	b.nudges = append(b.nudges, n)
	return nil
}

func setup(t *testing.T, connections int) *bundle {
	t.Helper()
	b := &bundle{db: memory.New(), clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	b.mortal = &tabletest.Mortal{DB: b.db}
	ids := 0
	newID := func() string { ids++; return strconv.Itoa(ids) }
	now := func() time.Time { return b.clock }
	b.company = &company{db: b.db, state: map[string]connection.State{}, done: map[string]int{}, fail: map[string]error{}}
	for i := range connections {
		id := fmt.Sprintf("c-%04d", i)
		c := connection.Connection{Meta: table.Meta{PK: id, SK: "state"}, RosterPk: "roster", RosterSk: id}
		if err := table.Save(t.Context(), b.db, table.Connections, &c); err != nil {
			t.Fatal(err)
		}
		b.company.state[id] = connection.Connected
	}
	b.Service = &operation.Service{
		DB: b.mortal, Work: &work.List{DB: b.mortal, Now: now, NewID: newID}, Nudge: b, Connections: b.company,
		Now: now, NewID: newID, Slice: time.Minute,
	}
	return b
}

// work does what is due of a run, as full-resync would, for so many rounds of ten seconds; nudges are lost.
func (b *bundle) work(t *testing.T, id string, rounds int) {
	t.Helper()
	a := &work.Attendant{List: b.Work, Nudge: b, Hold: 100 * time.Second, Limit: 1 << 30}
	do := map[work.Kind]func(context.Context, work.Item) (work.Verdict, error){
		work.Walk: b.AttendWalk, work.Reseal: b.AttendReseal, work.End: b.AttendEnd,
	}
	for range rounds {
		items, err := (&work.List{DB: b.db}).Of(t.Context(), "operation#"+id)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if err := a.Attend(t.Context(), work.Nudge{Ref: i.Ref()}, do[i.Ref().Kind]); err != nil && !errors.Is(err, tabletest.ErrKilled) {
				t.Fatal(err)
			}
		}
		b.clock = b.clock.Add(10 * time.Second)
	}
}

func (b *bundle) progress(t *testing.T, id string) operation.Progress {
	t.Helper()
	p, err := b.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRunReachesEveryConnectionOnceAndSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	b := setup(t, 260)
	r, err := b.Start(t.Context(), operation.Reseal, "", "arn:operator")
	if err != nil {
		t.Fatal(err)
	}
	if p := b.progress(t, r.ID()); p.Over || p.Done != 0 {
		t.Errorf("before its first step: %+v", p)
	}
	b.work(t, r.ID(), 1)
	if p := b.progress(t, r.ID()); p.Over || p.Total != 260 || p.Asked != 100 || p.Done != 0 {
		t.Errorf("after the first slice: done %d of %d, asked for %d", p.Done, p.Total, p.Asked)
	}
	b.work(t, r.ID(), 2)
	if p := b.progress(t, r.ID()); p.Done < 100 || p.Over {
		t.Errorf("then: done %d of %d", p.Done, p.Total)
	}
	b.work(t, r.ID(), 10)
	if p := b.progress(t, r.ID()); !p.Over || p.Done != 260 || p.Total != 260 || len(p.Waiting) != 0 {
		t.Errorf("at the end: %+v", p)
	}
	b.once(t, 260)
}

func TestRosterIsCountedPageByPage(t *testing.T) {
	t.Parallel()
	b := setup(t, 1001)
	r, err := b.Start(t.Context(), operation.Reseal, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b.work(t, r.ID(), 1)
	if p := b.progress(t, r.ID()); p.Total != 1001 || p.Asked != 100 {
		t.Errorf("asked for %d of %d", p.Asked, p.Total)
	}
}

// once fails unless each connection was worked on exactly once.
func (b *bundle) once(t *testing.T, connections int) {
	t.Helper()
	for id, n := range b.company.done {
		if n != 1 {
			t.Errorf("%s: %d times", id, n)
		}
	}
	if len(b.company.done) != connections {
		t.Errorf("%d of %d connections reached", len(b.company.done), connections)
	}
}

func TestStuckConnectionHoldsNobodyUpAndIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t, 150)
	for i := range 120 {
		b.company.fail[fmt.Sprintf("c-%04d", i)] = fault.New(fault.Internal, "store-refused", "x")
	}
	r, err := b.Start(t.Context(), operation.Reseal, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b.work(t, r.ID(), 40)
	p := b.progress(t, r.ID())
	if p.Over || p.Done != 30 || p.Total != 150 || len(p.Waiting) != 20 || p.Waiting[0].Cause != "store-refused" {
		t.Errorf("done %d of %d, waiting %+v", p.Done, p.Total, p.Waiting)
	}
	clear(b.company.fail)
	b.work(t, r.ID(), 60)
	if p := b.progress(t, r.ID()); !p.Over {
		t.Errorf("done %d of %d", p.Done, p.Total)
	}
}

func TestEndStaysUntilNothingIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t, 130)
	b.company.ended = b.clock.UnixMilli()
	r, err := b.Start(t.Context(), operation.End, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b.work(t, r.ID(), 20)
	if p := b.progress(t, r.ID()); p.Over || p.Done != 0 || p.Asked != 130 {
		t.Errorf("while Lever does not answer: done %d, asked for %d", p.Done, p.Asked)
	}
	b.once(t, 130)
	for id := range b.company.state {
		b.company.state[id] = connection.Disconnected
	}
	b.work(t, r.ID(), 100)
	if p := b.progress(t, r.ID()); !p.Over || p.Done != 130 {
		t.Errorf("at the end: done %d, left %d", p.Done, len(p.Waiting))
	}
}

func TestRunOfOneTenant(t *testing.T) {
	t.Parallel()
	b := setup(t, 3)
	r, err := b.Start(t.Context(), operation.Reseal, "0001", "")
	if err != nil {
		t.Fatal(err)
	}
	b.work(t, r.ID(), 2)
	if p := b.progress(t, r.ID()); !p.Over || p.Done != 1 || p.Total != 1 {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff(map[string]int{"c-0001": 1}, b.company.done); diff != "" {
		t.Error(diff)
	}
	b.company.state["c-0002"] = connection.Disconnected
	for _, tenant := range []string{"0002", "nobody"} {
		if _, err := b.Start(t.Context(), operation.End, tenant, ""); fault.CodeOf(err) != "not-connected" {
			t.Errorf("%s: %v", tenant, err)
		}
	}
	if _, err := b.Start(t.Context(), "delete", "", ""); fault.CodeOf(err) != "bad-operation" {
		t.Error(err)
	}
	if _, err := b.Find(t.Context(), "nothing"); fault.CodeOf(err) != "not-found" {
		t.Error(err)
	}
}

func TestRecentRunsComeNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	var want []string
	for range 3 {
		r, err := b.Start(t.Context(), operation.Reseal, "", "")
		if err != nil {
			t.Fatal(err)
		}
		want = append([]string{r.ID()}, want...)
		b.clock = b.clock.Add(time.Second)
	}
	runs, err := b.Recent(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, r.ID())
	}
	if diff := cmp.Diff(want[:2], got); diff != "" {
		t.Error(diff)
	}
}

func TestRunKilledAtEachCallGoesOn(t *testing.T) {
	t.Parallel()
	points := 0
	for at := 1; ; at++ {
		over := false
		for _, after := range []bool{false, true} {
			b := setup(t, 30)
			b.company.db = b.mortal
			r, err := b.Start(t.Context(), operation.Reseal, "", "")
			if err != nil {
				t.Fatal(err)
			}
			b.mortal.At, b.mortal.After = at, after
			b.work(t, r.ID(), 1)
			over = b.mortal.Calls < at
			b.mortal.At = 0
			b.clock = b.clock.Add(10 * time.Minute) // claims of the dead run out, and what failed is due again
			b.work(t, r.ID(), 5)
			if p := b.progress(t, r.ID()); !p.Over || p.Done != 30 || p.Total != 30 {
				t.Errorf("killed at call %d, after %t: %+v", at, after, p)
			}
			if len(b.company.done) != 30 {
				t.Errorf("killed at call %d, after %t: %d connections reached", at, after, len(b.company.done))
			}
		}
		if over {
			break
		}
		points++
	}
	if points < 50 {
		t.Errorf("only %d points to die at", points)
	}
}

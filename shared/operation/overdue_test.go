package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

func TestWhatNobodyTookUpIsOverdue(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	for id, due := range map[string]time.Duration{"a": -3 * time.Minute, "b": -time.Hour, "c": -time.Minute, "d": time.Minute, "e": -4 * time.Minute} {
		if err := list.Ask(t.Context(), work.Ref{Connection: id, Kind: work.Delta, Target: "all"}, clock.Add(due), nil); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[int][]string{10: {"b", "e", "a"}, 2: {"b", "e"}} {
		tasks, err := d.Overdue(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, task := range tasks {
			got = append(got, task.Connection)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// What fails is due again within minutes, so that it is never due for long; whoever is paged because it waits has to see it, also
// behind more work of the same connection that goes on or is put off than the list may have.
func TestWhatFailsAgainAndAgainIsOverdue(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	deeds := map[string]func(work.Item) error{
		"slices":  func(i work.Item) error { return list.Later(t.Context(), i, clock.Add(time.Second), "") },
		"limited": func(i work.Item) error { return list.Wait(t.Context(), i, clock.Add(time.Second), "") },
		"fails":   func(i work.Item) error { _, err := list.Failed(t.Context(), i, "unavailable", "", 60); return err },
	}
	var refs []work.Ref
	for _, target := range []string{"slices/1", "slices/2", "slices/3", "limited/1", "limited/2", "limited/3", "fails/first", "fails/second"} {
		ref := work.Ref{Connection: "c1", Kind: work.Hint, Target: target}
		if err := list.Ask(t.Context(), ref, *clock, nil); err != nil {
			t.Fatal(err)
		}
		refs, *clock = append(refs, ref), clock.Add(time.Second)
	}
	for range 7 {
		*clock = clock.Add(30 * time.Second)
		for _, ref := range refs {
			item, ok, err := list.Claim(t.Context(), ref, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue // its wait after a failure is not over
			}
			kind, _, _ := strings.Cut(ref.Target, "/")
			if err := deeds[kind](item); err != nil {
				t.Fatal(err)
			}
		}
	}
	overdue, err := d.Overdue(t.Context(), 2)
	if err != nil || len(overdue) != 2 || overdue[0].Target != "fails/first" || overdue[1].Target != "fails/second" {
		t.Fatalf("%+v, %v", overdue, err)
	}
	if o := overdue[1]; o.Attempts < 5 || o.Cause != "unavailable" || o.DueAt <= clock.UnixMilli() || o.Since != clock.Add(-3*time.Minute-31*time.Second).UnixMilli() {
		t.Errorf("%+v at %d", o, clock.UnixMilli())
	}
	*clock = clock.Add(5 * time.Minute) // now the alarm on hints rings, whatever the cause
	if overdue, err = d.Overdue(t.Context(), 20); err != nil || len(overdue) != len(refs) {
		t.Errorf("%d of %d, %v", len(overdue), len(refs), err)
	}
}

// The index trails: what was done, repeated or set aside since is not shown.
func TestWhatIsDoneSinceIsNotOverdue(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	real := list.DB
	ref := func(id string) work.Ref { return work.Ref{Connection: id, Kind: work.Delta, Target: "all"} }
	for _, id := range []string{"repeated", "set aside", "late"} {
		if err := list.Ask(t.Context(), ref(id), clock.Add(-5*time.Minute), nil); err != nil {
			t.Fatal(err)
		}
	}
	list.DB = &behind{DB: real, do: func() {
		list.DB = real
		for _, id := range []string{"repeated", "set aside"} {
			item, ok, err := list.Claim(t.Context(), ref(id), time.Minute)
			if err == nil && ok && id == "repeated" {
				_, err = list.Repeat(t.Context(), item, clock.Add(time.Minute), "")
			} else if err == nil && ok {
				_, err = list.Failed(t.Context(), item, "invalid", "", 1)
			}
			if err != nil || !ok {
				t.Fatalf("%s: %t, %v", id, ok, err)
			}
		}
	}}
	overdue, err := d.Overdue(t.Context(), 10)
	if err != nil || len(overdue) != 1 || overdue[0].Connection != "late" {
		t.Errorf("%+v, %v", overdue, err)
	}
}

// behind does something between the last reading of the index and the first of an item.
type behind struct {
	table.DB
	do func()
}

// Get implements table.DB.
func (b *behind) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	if b.do != nil {
		do := b.do
		b.do = nil
		do()
	}
	return b.DB.Get(ctx, name, key)
}

// offices are rooms in which each connection is of a tenant of its own, nothing is known of one that is gone, and the
// reads of connections are counted.
type offices struct {
	rooms
	reads map[string]int
	err   error
}

func (o *offices) Load(_ context.Context, id string) (connection.Connection, bool, error) {
	o.reads[id]++
	if id == "gone" || o.err != nil {
		return connection.Connection{}, false, o.err
	}
	return connection.Connection{Tenant: "of-" + id}, true, nil
}

// asked are overdue items, the oldest first, of everything that can be asked for.
func asked(t *testing.T, list *work.List, clock time.Time) {
	t.Helper()
	for i, ref := range []work.Ref{
		{Connection: "c1", Kind: work.Delta, Target: "all"},
		{Connection: "gone", Kind: work.Hint, Target: "opportunity/o1"},
		{Connection: "decisions#acme", Kind: work.Decision, Target: "d1"},
		{Connection: "c2", Kind: work.Decision, Target: "d1"},
		{Connection: "operation#r1", Kind: work.Walk, Target: "all"},
		{Connection: "operation#r1", Kind: work.Reseal, Target: "c3"},
		{Connection: "operation#r2", Kind: work.End, Target: "c1"},
		{Connection: "gone", Kind: work.Delta, Target: "all"},
		{Connection: "c1", Kind: work.Hint, Target: "opportunity/o1"},
	} {
		if err := list.Ask(t.Context(), ref, clock.Add(time.Duration(i-60)*time.Minute), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOverdueWorkNamesItsTenant(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	asked(t, list, *clock)
	for n, want := range map[int]struct {
		tenants []string
		reads   map[string]int // one a connection, and none of what is not shown
	}{
		200: {[]string{"of-c1", "", "acme", "of-c2", "", "of-c3", "of-c1", "", "of-c1"}, map[string]int{"c1": 1, "gone": 1, "c2": 1, "c3": 1}},
		1:   {[]string{"of-c1"}, map[string]int{"c1": 1}},
	} {
		o := &offices{reads: map[string]int{}}
		d.Connections = o
		overdue, err := d.Overdue(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, l := range overdue {
			got = append(got, l.Tenant)
			if raw, err := json.Marshal(l); err != nil || strings.Contains(string(raw), `"tenant"`) != (l.Tenant != "") {
				t.Errorf("%s, %v", raw, err)
			}
		}
		if diff := cmp.Diff(want.tenants, got); diff != "" {
			t.Errorf("at most %d: %s", n, diff)
		}
		if diff := cmp.Diff(want.reads, o.reads); diff != "" {
			t.Errorf("reads for at most %d: %s", n, diff)
		}
	}
}

// A list that named nobody because the store failed would pass for one of connections that are gone.
func TestOverdueFailsWhenAConnectionCannotBeRead(t *testing.T) {
	t.Parallel()
	d, list, clock := desk(t)
	asked(t, list, *clock)
	down := errors.New("down")
	d.Connections = &offices{reads: map[string]int{}, err: down}
	if overdue, err := d.Overdue(t.Context(), 10); !errors.Is(err, down) || overdue != nil {
		t.Errorf("%+v, %v", overdue, err)
	}
}

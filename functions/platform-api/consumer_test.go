package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/evidenced/lever-integration/docs/consumer"
	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

// followed is a mirror that changes, the events that it makes, and the sample consumer, which has only these and the API.
type followed struct {
	*bundle
	t       *testing.T
	store   *mirror.Store
	db      *memory.DB
	now     time.Time
	current string // the connection, "" for none
	made    int    // connections so far
	sent    []consumer.Event
	copied  *consumer.Copy
}

func follow(t *testing.T) *followed {
	f := &followed{bundle: setup(t), t: t, db: memory.New(), now: noon, current: "c1", made: 1}
	f.store = &mirror.Store{DB: f.db, Now: func() time.Time { return f.now }, Retention: time.Hour}
	f.bundle.mirror = f.store
	f.bundle.connections.current = func(string) (connection.Connection, bool, error) {
		c := connection.Connection{State: connection.Connected}
		c.PK = f.current
		return c, f.current != "", nil
	}
	f.db.Watch(func(name table.Name, before, after table.Item) {
		events, err := change.From(name, before, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events {
			f.send(event)
		}
	})
	f.copied = &consumer.Copy{Tenant: "acme", Get: f.get}
	return f
}

func (f *followed) send(event change.Event) {
	raw, err := json.Marshal(map[string]any{"detail-type": event.Type, "detail": event.Detail})
	if err != nil {
		f.t.Fatal(err)
	}
	var e consumer.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		f.t.Fatal(err)
	}
	f.sent = append(f.sent, e)
}

// get is the API as the consumer sees it; its report names the present connection.
func (f *followed) get(_ context.Context, path string) (int, []byte, error) {
	if strings.HasSuffix(path, "/connection") {
		state := "connected"
		if f.current == "" {
			state = "disconnected"
		}
		return 200, fmt.Appendf(nil, `{"connectionId":%q,"state":%q}`, f.current, state), nil
	}
	out := f.do(f.t, "GET", path, "")
	return out.StatusCode, []byte(out.Body), nil
}

// step changes something at random: mostly a record, at times the connection or the hour.
func (f *followed) step(rt *rapid.T) {
	f.now = f.now.Add(time.Second)
	switch deed := rapid.IntRange(0, 19).Draw(rt, "deed"); {
	case deed == 0:
		f.disconnect()
	case f.current == "": // a connect after a disconnect makes a connection of its own
		f.made++
		f.current = fmt.Sprint("c", f.made)
		f.connectionChanged()
	case deed == 1:
		f.now = f.now.Add(2 * time.Hour)
		if f.current != "" {
			if _, err := f.store.Erase(f.t.Context(), f.current); err != nil {
				rt.Fatal(err)
			}
		}
	default:
		f.observe(rt)
	}
}

func (f *followed) observe(rt *rapid.T) {
	o := mirror.Observation{
		Kind: rapid.SampledFrom(mirror.Kinds()).Draw(rt, "kind"), ID: rapid.SampledFrom([]string{"r1", "r2", "r3"}).Draw(rt, "id"), Fetched: f.now,
		State:        rapid.SampledFrom([]mirror.State{mirror.Active, mirror.Active, mirror.Inactive, mirror.Removed}).Draw(rt, "state"),
		Confidential: rapid.Bool().Draw(rt, "confidential"),
	}
	if o.State == mirror.Inactive && (o.Kind == mirror.Job || o.Kind == mirror.User) {
		o.State = mirror.Active // those are never archived: closed and deactivated ones stay
	}
	switch o.State {
	case mirror.Removed:
		o.Reason = rapid.SampledFrom([]string{"deleted", "unreadable"}).Draw(rt, "reason")
	case mirror.Inactive:
		o.Reason, o.LeftAt = "archived", f.now
	}
	if o.State != mirror.Removed {
		o.Doc = fmt.Sprintf(`{"name":"N%d"}`, rapid.IntRange(0, 2).Draw(rt, "content"))
	}
	if _, err := f.store.Apply(f.t.Context(), "acme", f.current, o); err != nil {
		rt.Fatal(err)
	}
}

func (f *followed) disconnect() {
	if f.current == "" {
		return
	}
	if err := f.store.Purge(f.t.Context(), f.current); err != nil {
		f.t.Fatal(err)
	}
	f.connectionChanged()
	f.current = ""
}

func (f *followed) connectionChanged() {
	f.send(change.Event{Type: change.ConnectionChanged, Detail: change.Detail{Tenant: "acme", ID: f.current, Version: 1}})
}

// stored is what the mirror shows of the present connection.
func (f *followed) stored(rt *rapid.T) map[string]consumer.Record {
	all := map[string]consumer.Record{}
	for _, item := range f.db.Dump(table.Mirror) {
		r, err := table.Decode[mirror.Record](item)
		if err != nil {
			rt.Fatal(err)
		}
		if r, shown, err := f.store.Get(f.t.Context(), r.Connection, r.Kind, r.ID); err != nil {
			rt.Fatal(err)
		} else if shown && r.Connection == f.current {
			v := view(r)
			all[string(r.Kind)+"s/"+r.ID] = consumer.Record{
				ID: v.ID, Kind: string(v.Kind), Version: v.Version, State: string(v.State), Reason: v.Reason,
				Confidential: v.Confidential, CandidateID: v.Candidate, Data: v.Data,
			}
		}
	}
	return all
}

// take hands an event to the consumer.
func (f *followed) take(rt *rapid.T, e consumer.Event) {
	if err := f.copied.Take(f.t.Context(), e); err != nil {
		rt.Fatal(err)
	}
}

func (f *followed) same(rt *rapid.T) {
	if f.copied.Records == nil {
		f.copied.Records = map[string]consumer.Record{}
	}
	if diff := cmp.Diff(f.stored(rt), f.copied.Records); diff != "" {
		rt.Fatalf("-mirror +copy\n%s", diff)
	}
}

// Every event arrives, some twice, in any order, while the mirror goes on changing: the copy equals the mirror.
func TestTheSampleConsumerFollowsByEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := follow(t)
		if err := f.copied.CatchUp(t.Context()); err != nil {
			rt.Fatal(err)
		}
		waiting := 0
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			f.step(rt)
			for waiting < len(f.sent) && rapid.Bool().Draw(rt, "deliver") {
				at := rapid.IntRange(waiting, len(f.sent)-1).Draw(rt, "which")
				f.sent[waiting], f.sent[at] = f.sent[at], f.sent[waiting]
				f.take(rt, f.sent[waiting])
				if waiting++; rapid.Bool().Draw(rt, "twice") {
					f.sent = append(f.sent, f.sent[waiting-1])
				}
			}
		}
		for _, e := range rapid.Permutation(f.sent[waiting:]).Draw(rt, "rest") {
			f.take(rt, e)
		}
		f.same(rt)
	})
}

// Any events are lost, all of them too: after the change feed the copy equals the mirror.
func TestTheSampleConsumerCatchesUpAfterAnyLoss(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := follow(t)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			f.step(rt)
			switch rapid.IntRange(0, 9).Draw(rt, "what arrives") {
			case 0:
				if err := f.copied.CatchUp(t.Context()); err != nil {
					rt.Fatal(err)
				}
			case 1, 2, 3:
				if len(f.sent) > 0 {
					f.take(rt, rapid.SampledFrom(f.sent).Draw(rt, "event"))
				}
			}
		}
		if err := f.copied.CatchUp(t.Context()); err != nil {
			rt.Fatal(err)
		}
		f.same(rt)
	})
}

package simulation_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// known is what a consumer knows, or the mirror holds: version and state by kind and id.
type known map[string]struct {
	Version int64
	State   mirror.State
}

// held lists what consumers should know.
func held(t *testing.T, b *bundle) known {
	t.Helper()
	all := known{}
	for _, r := range backup(t, b) {
		if r.Version > 0 {
			all.learn(r)
		}
	}
	return all
}

func (k known) learn(r mirror.Record) {
	now := k[string(r.Kind)+" "+r.ID]
	if r.Version >= now.Version {
		now.Version, now.State = r.Version, r.State
		k[string(r.Kind)+" "+r.ID] = now
	}
}

// catchUp reads the change feed from a cursor until it gives nothing new.
func catchUp(t *testing.T, b *bundle, k known, cursor string) string {
	t.Helper()
	for {
		records, next, err := b.Mirror.Changes(t.Context(), b.connection.ID(), cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		before := maps.Clone(k)
		for _, r := range records {
			k.learn(r)
		}
		if next == cursor || len(records) == 0 || cmp.Equal(before, k) && len(records) < 7 {
			return next
		}
		cursor = next
	}
}

func TestSimulatedConsumerThatLostAllEventsCatchesUpFromTheFeed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	often, cursor := known{}, ""
	for i, h := range happenings() {
		_ = h.do(b) // the later ones meet a candidate who has left
		run(t, b.World, 3*time.Second)
		if i%3 == 1 {
			cursor = catchUp(t, b, often, cursor)
		}
	}
	run(t, b.World, 2*time.Minute)
	catchUp(t, b, often, cursor)
	if diff := cmp.Diff(held(t, b), often); diff != "" {
		t.Errorf("a consumer that looks now and then: %s", diff)
	}
	once := known{}
	catchUp(t, b, once, "")
	if diff := cmp.Diff(held(t, b), once); diff != "" {
		t.Errorf("a consumer that begins: %s", diff)
	}
	for _, h := range happenings() {
		if h.event == "candidateDeleted" && once["candidate "+b.candidate.ID].State != mirror.Removed {
			t.Error("the feed has no tombstone of the deleted candidate")
		}
	}
}

func TestSimulatedReplayChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	replay := func() {
		if err := b.Connections.ResyncOne(t.Context(), "tenant-1", b.candidate.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
			t.Fatal(err)
		}
		run(t, b.World, time.Minute)
	}
	replay()
	before, written := held(t, b), 0
	b.DB.Watch(func(name table.Name, was, is table.Item) {
		if name == table.Mirror {
			written++
		}
	})
	replay()
	if diff := cmp.Diff(before, held(t, b)); diff != "" || written == 0 {
		t.Errorf("%d writes, %s", written, diff)
	}
}

func TestSimulatedPermissionNarrowedInASweepRemovesNothingAndHeals(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/opportunities", "/v1/opportunities/{id}/interviews", "/v1/postings", "/v1/users"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			before := held(t, b)
			if err := b.Lever.Inject(refusal(path)); err != nil {
				t.Fatal(err)
			}
			if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
				t.Fatal(err)
			}
			run(t, b.World, 3*time.Minute)
			if diff := cmp.Diff(before, held(t, b)); diff != "" {
				t.Errorf("while refused: %s", diff)
			}
			b.Lever.ClearFaults()
			asked := b.Now()
			run(t, b.World, 10*time.Minute)
			p, err := b.Connections.Progress(t.Context(), b.connection.ID())
			if err != nil || p.Running || p.EndedAt < asked.UnixMilli() {
				t.Errorf("the sweep has not ended: %+v, %v", p, err)
			}
			compare(t, b.World, b.account, b.connection)
		})
	}
}

// refusal is what Lever answers to a path after the permission for it was taken away in the middle.
func refusal(path string) levertest.Fault {
	f := levertest.Fault{Method: "GET", Path: path, Effect: levertest.StatusReply, Status: 403}
	if path == "/v1/opportunities/{id}/interviews" {
		f.Skip = 3
	}
	return f
}

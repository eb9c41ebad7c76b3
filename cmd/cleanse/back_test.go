package main

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
)

// backup is a restored table with the records of a mirror as it was once.
type backup struct {
	mu    sync.Mutex
	items map[string]table.Item
}

func (b *backup) Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	out := &dynamodb.ScanOutput{}
	for _, item := range b.items {
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func (b *backup) DeleteItem(_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.items, in.Key["sk"].(*types.AttributeValueMemberS).Value)
	return &dynamodb.DeleteItemOutput{}, nil
}

// world is a mirror of one connection, and its backup.
type world struct {
	db      *memory.DB
	mirror  *mirror.Store
	service *connection.Service
	state   connection.Connection
	backup  *backup
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{db: memory.New(), backup: &backup{items: map[string]table.Item{}}}
	w.mirror = &mirror.Store{DB: w.db, Now: time.Now, Retention: time.Hour}
	w.service = &connection.Service{DB: w.db, Now: time.Now}
	w.state = connection.Connection{Meta: table.Meta{PK: "c", SK: "state"}, State: connection.Connected}
	w.save(t)
	return w
}

func (w *world) save(t *testing.T) {
	t.Helper()
	if err := table.Save(t.Context(), w.db, table.Connections, &w.state); err != nil {
		t.Fatal(err)
	}
}

func (w *world) shows(t *testing.T, kind mirror.Kind, id, doc string) {
	t.Helper()
	o := mirror.Observation{Kind: kind, ID: id, Fetched: time.Now(), State: mirror.Active, Doc: doc}
	if _, err := w.mirror.Apply(t.Context(), "t", "c", o); err != nil {
		t.Fatal(err)
	}
}

// keep copies a record to the backup, and lose removes it from the table in use.
func (w *world) keep(t *testing.T, kind mirror.Kind, id string, lose bool) {
	t.Helper()
	key := table.Key{PK: "c#" + string(kind), SK: id}
	item, err := w.db.Get(t.Context(), table.Mirror, key)
	if err != nil {
		t.Fatal(err)
	}
	w.backup.items[id] = item
	if lose {
		r, err := table.Decode[mirror.Record](item)
		if err == nil {
			err = w.db.Write(t.Context(), table.Remove(table.Mirror, r.Meta))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) doc(t *testing.T, kind mirror.Kind, id string) string {
	t.Helper()
	r, _, err := w.mirror.Known(t.Context(), "c", kind, id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Doc
}

func (w *world) clean(t *testing.T, j judge) count {
	t.Helper()
	back := &returner{mirror: w.mirror, connections: w.service}
	n, err := cleaner{w.backup, j, aws.String("copy"), back, time.Now, t.Output()}.clean(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// erases names what has been erased since the backup.
type erases []string

func (e erases) MustErase(_ context.Context, r mirror.Record) (bool, error) {
	return slices.Contains(e, r.ID), nil
}

func TestOnlyWhatIsLostAndMayComeBackIsPutBack(t *testing.T) {
	t.Parallel()
	w := open(t)
	for _, id := range []string{"erased", "lost", "changed", "past"} {
		w.shows(t, mirror.Candidate, id, "old")
		w.keep(t, mirror.Candidate, id, id != "changed")
	}
	users := []string{"u-1", "u-2", "u-3", "u-4", "u-5"}
	for _, id := range users {
		w.shows(t, mirror.User, id, "old")
		w.keep(t, mirror.User, id, true)
	}
	w.backup.items["past"]["ttl"] = &types.AttributeValueMemberN{Value: "1"}
	w.shows(t, mirror.Candidate, "changed", "new")
	want := count{read: 9, removed: 1, back: [3]int{mirror.PutBack: 1 + len(users), mirror.Stands: 1, mirror.LeftOut: 1}}
	if n := w.clean(t, erases{"erased"}); n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
	for id, doc := range map[string]string{"erased": "", "lost": "old", "changed": "new", "past": ""} {
		if got := w.doc(t, mirror.Candidate, id); got != doc {
			t.Errorf("%s shows %q, want %q", id, got, doc)
		}
	}
	for _, id := range users {
		if got := w.doc(t, mirror.User, id); got != "old" {
			t.Errorf("%s shows %q", id, got)
		}
	}
	want = count{read: 8, back: [3]int{mirror.Stands: 2 + len(users), mirror.LeftOut: 1}}
	if n := w.clean(t, erases{"erased"}); n != want {
		t.Errorf("again: %+v, want %+v", n, want)
	}
}

// ending is a judge beside whom the connection ends just after the first judgement.
type ending struct {
	t *testing.T
	w *world
}

func (e ending) MustErase(context.Context, mirror.Record) (bool, error) {
	if e.w.state.State == connection.Disconnecting {
		return true, nil
	}
	e.w.state.State = connection.Disconnecting
	e.w.save(e.t)
	return false, nil
}

func TestNothingComesBackBehindTheEndOfAConnection(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.shows(t, mirror.Candidate, "a", "old")
	w.keep(t, mirror.Candidate, "a", true)
	n := w.clean(t, ending{t, w})
	if n.removed != 1 || len(w.backup.items) != 0 || w.doc(t, mirror.Candidate, "a") != "" {
		t.Errorf("%+v, %d left in the restored table, %q in the one in use", n, len(w.backup.items), w.doc(t, mirror.Candidate, "a"))
	}
}

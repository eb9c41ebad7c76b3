package bench

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/slice"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/memory"
	"github.com/evidenced/lever-integration/shared/work"
)

// vast is a Lever account and its mirror that are too large to be held: both make up what they are asked for, after the
// pattern of one candidate with one interview. What is written to the mirror is only counted.
type vast struct {
	table.DB
	people    int
	way       http.RoundTripper
	pattern   []byte // an opportunity
	interview []byte
	candidate table.Item // as stored
	meeting   table.Item

	mu    sync.Mutex
	met   bool // the records were met by the sweep
	calls int
	peak  uint64
}

const patternID = "00000000-0000-4000-8000-000000000000"

func personID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// sample notes how much memory the process holds from the system.
func (v *vast) sample() {
	read := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(read)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.peak = max(v.peak, read[0].Value.Uint64()-read[1].Value.Uint64())
}

// item makes up the record of a kind and number as a night ago, or as this sweep has confirmed it.
func (v *vast) item(kind mirror.Kind, id string) table.Item {
	item := maps.Clone(v.candidate)
	if kind == mirror.Interview {
		item = maps.Clone(v.meeting)
		item["parent"] = text(id)
		item["doc"] = text(strings.ReplaceAll(item["doc"].(*types.AttributeValueMemberS).Value, patternID, id))
	}
	item["sk"], item["id"] = text(id), text(id)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.met {
		item["fetched"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(time.Hour).UnixMicro(), 10)}
	}
	return item
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Get implements table.DB.
func (v *vast) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	items, err := v.BatchGet(ctx, name, []table.Key{key})
	if err != nil || len(items) == 0 {
		return nil, err
	}
	return items[0], nil
}

// BatchGet implements table.DB.
func (v *vast) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	if name != table.Mirror {
		return v.DB.BatchGet(ctx, name, keys)
	}
	var items []table.Item
	for _, k := range keys {
		_, kind, _ := strings.Cut(k.PK, "#")
		switch mirror.Kind(kind) {
		case mirror.Candidate:
			items = append(items, v.item(mirror.Candidate, k.SK))
		case mirror.Interview:
			items = append(items, v.stored(ctx, k.SK))
		default:
			found, err := v.DB.BatchGet(ctx, name, []table.Key{k})
			if err != nil {
				return nil, err
			}
			items = append(items, found...)
		}
	}
	return items, nil
}

// stored makes up the record of an interview with its right hash, by applying it to an empty store.
func (v *vast) stored(ctx context.Context, id string) table.Item {
	item := v.item(mirror.Interview, id)
	o := mirror.Observation{
		Kind: mirror.Interview, ID: id, Parent: id, Fetched: time.Unix(1, 0), State: mirror.Active, Doc: item["doc"].(*types.AttributeValueMemberS).Value,
	}
	scratch := memory.New()
	store := mirror.Store{DB: scratch, Now: time.Now, Retention: time.Hour}
	if _, err := store.Apply(ctx, "t", "c", o); err != nil {
		panic("bench: " + err.Error())
	}
	item["hash"] = scratch.Dump(table.Mirror)[0]["hash"]
	return item
}

// Query implements table.DB with pages of about a megabyte, as DynamoDB answers.
func (v *vast) Query(ctx context.Context, q table.Query) (table.Page, error) {
	_, kind, _ := strings.Cut(q.PK, "#")
	known := kind == string(mirror.Candidate) || kind == string(mirror.Interview)
	if q.Table == table.Mirror && q.Index == table.Parent {
		return table.Page{Items: []table.Item{v.stored(ctx, kind)}}, nil
	}
	if q.Table != table.Mirror || !known {
		return v.DB.Query(ctx, q)
	}
	v.sample()
	from, limit := 0, q.Limit
	if q.Start != "" {
		place, err := table.Place(q.Index, q.PK, q.Start)
		if err != nil {
			return table.Page{}, err
		}
		id := place["sk"].(*types.AttributeValueMemberS).Value
		n, _ := strconv.Atoi(strings.TrimLeft(id[len(id)-12:], "0")) // "" is the first
		from = n + 1
	}
	if limit == 0 || limit > 700 {
		limit = 700
	}
	var page table.Page
	for i := from; i < min(from+limit, v.people); i++ {
		item := v.item(mirror.Kind(kind), personID(i))
		item["pk"] = text(q.PK)
		page.Items = append(page.Items, item)
	}
	if from+limit < v.people && len(page.Items) > 0 {
		page.Next = table.Cursor(q.Index, page.Items[len(page.Items)-1])
	}
	return page, nil
}

// Write implements table.DB.
func (v *vast) Write(ctx context.Context, changes ...table.Change) error {
	if changes[0].Table == table.Mirror {
		return nil
	}
	return v.DB.Write(ctx, changes...)
}

// slice runs one slice of the sweep from a checkpoint and returns the units that it cost.
func (v *vast) slice(t *testing.T, w *World, ref work.Ref, p slice.Point) (spent Units, done slice.Point, largest int) {
	t.Helper()
	if err := w.Work.Ask(t.Context(), ref, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	item, ok, err := w.Work.Claim(t.Context(), ref, time.Hour)
	if err != nil || !ok {
		t.Fatalf("claim: %t, %v", ok, err)
	}
	if p.Started != 0 {
		p.Asked, item.Note = item.Seq, p.String()
	}
	before := w.Meter.Spent(table.Mirror)
	verdict, err := w.sweeper.Attend(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	after := w.Meter.Spent(table.Mirror)
	stored, err := v.DB.Get(t.Context(), table.Work, table.Key{PK: ref.Connection, SK: "resync#all"})
	if err != nil {
		t.Fatal(err)
	}
	largest = size(stored)
	done, err = slice.Parse(verdict.Note())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Work.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	return Units{after.Read - before.Read, after.Write - before.Write}, done, largest
}

// vastLevels measures slices of a warm sweep over an account of so many active candidates.
func vastLevels(t *testing.T, people int) []Level {
	w := New(Options{Rate: -1})
	w.Meter.Latency = 0
	account := w.Lever.Seed(levertest.SizedCompany(1, levertest.Numbers{Opportunities: 40, Active: 40, Postings: 30, Users: 60}, time.Now()))
	c, err := w.Connect(t.Context(), "tenant-1", account)
	if err != nil {
		t.Fatal(err)
	}
	w.Connections.Limiter = func(string, budget.Lane) lever.Limiter { return nil }
	v := &vast{DB: w.Memory, people: people, way: w.Calls.way}
	began := time.Now()
	w.sweeper.Now = func() time.Time { // each call to Lever takes its tenth of a second of the limit
		v.mu.Lock()
		defer v.mu.Unlock()
		return began.Add(time.Duration(v.calls) * 100 * time.Millisecond).Add(time.Since(began) / 1000)
	}
	ref := work.Ref{Connection: c.ID(), Kind: work.Resync, Target: "all"}
	v.slice(t, w, ref, slice.Point{}) // fills the small account, for the pattern
	v.patterns(t, w, account, c.ID())
	w.Calls.way, w.Meter.DB = v, v
	v.peak = 0
	debug.FreeOSMemory() // what earlier measurements have left
	opening, first, largest := v.slice(t, w, ref, slice.Point{})
	middle, next, size := v.slice(t, w, ref, first)
	largest = max(largest, size)
	per := Units{Read: middle.Read / float64(next.Counts["walked"]-first.Counts["walked"]), Write: middle.Write / float64(next.Counts["walked"]-first.Counts["walked"])}
	v.met = true
	closing, _, size := v.slice(t, w, ref, slice.Point{Phase: 1, Started: next.Started, Counts: next.Counts})
	largest = max(largest, size)
	name := fmt.Sprintf("%d active candidates: ", people)
	n := float64(people)
	return []Level{
		{name + "peak memory of a slice, the whole process", float64(v.peak) / (1 << 20), 128, "", "MiB"},
		{name + "checkpoint item", float64(largest) / 1024, 100, "", "KiB"},
		{name + "nightly resync, writes (a measured slice, extended)", n * per.Write, Free(), number(2 * n), "write units"},
		{name + "nightly resync, reads (the same, and the measured scans)", n*per.Read + opening.Read + closing.Read, Free(), "", "read units"},
	}
}

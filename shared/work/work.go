// Package work is the to-do list of the integration: whatever must still happen is an item here with a due time, stored
// before anything is answered or attempted. Messages in queues are only nudges towards items; losing, repeating or
// delaying one is harmless, because sync-dispatch nudges whatever is overdue.
//
// An item is addressed by its connection, kind and target, so asking twice for the same thing is one item. A worker
// claims an item for a limited time, works, and then finishes, postpones or repeats it. Asking again while somebody
// works raises the item's sequence, and the worker's Finish then leaves it due at once: nothing asked for is lost, and a
// claim that was taken after an ask always precedes the fetch that answers it (invariant I3, without comparing clocks).
package work

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

// Kind says which worker an item is for.
type Kind string

// The kinds of work.
const (
	Hint     Kind = "hint"     // look at one object of Lever: target "opportunity/<id>" and so on
	Delta    Kind = "delta"    // what changed since the watermark; due every minute
	Patrol   Kind = "patrol"   // re-read the interviews of active candidates in a slow circle
	Resync   Kind = "resync"   // a complete sweep; nightly, on connect and on request
	Decision Kind = "decision" // deliver one decision: target is its id
	Hooks    Kind = "hooks"    // keep the webhooks at Lever as they should be; on connect and daily
	Ending   Kind = "ending"   // take a connection down: webhooks, tokens, mirror
	Walk     Kind = "walk"     // walk over all connections for an operation
	Reseal   Kind = "reseal"   // re-seal one connection for an operation: target is its id
	End      Kind = "end"      // end one connection for an operation: target is its id
)

// brief says that work of a kind is claimed so often and for so short a time that a claim leaves the item where it stands in
// the index of what is due: that spares two writes. One whose holder died is found by the first dispatch after the claim ran
// out; of the other kinds, which are held for longer, at the moment when it runs out.
func (k Kind) brief() bool { return k == Hint || k == Delta || k == Patrol }

// Ref addresses an item.
type Ref struct {
	Connection string `json:"connection"`
	Kind       Kind   `json:"kind"`
	Target     string `json:"target"`
}

func (r Ref) key() table.Key { return table.Key{PK: r.Connection, SK: string(r.Kind) + "#" + r.Target} }

// Item is one thing to do.
type Item struct {
	table.Meta
	DuePk      string `dynamodbav:"duePk,omitempty"` // empty once set aside
	Due        int64  `dynamodbav:"dueAt"`           // milliseconds since the epoch
	FindAt     int64  `dynamodbav:"findAt"`          // when sync-dispatch finds it, see place; milliseconds since the epoch
	Seq        int64  `dynamodbav:"seq"`             // raised by each Ask that is news
	ClaimedSeq int64  `dynamodbav:"claimedSeq"`      // Seq when it was claimed last
	Holder     string `dynamodbav:"holder,omitempty"`
	HeldUntil  int64  `dynamodbav:"heldUntil,omitempty"` // milliseconds since the epoch
	Attempts   int    `dynamodbav:"attempts,omitempty"`  // failures since it was done to its end last
	Cause      string `dynamodbav:"cause,omitempty"`     // stable code of the last failure, no personal data
	SetAside   bool   `dynamodbav:"setAside,omitempty"`  // given up; a person has to look
	AskedAt    int64  `dynamodbav:"askedAt"`             // milliseconds since the epoch, of the newest Ask
	FirstAsked int64  `dynamodbav:"firstAsked"`          // milliseconds since the epoch: since when it waits to be done; while it comes back by itself, when it is missed
	Note       string `dynamodbav:"note,omitempty"`      // the worker's own checkpoint, JSON; ids and times only
	PutOff     int64  `dynamodbav:"putOff,omitempty"`    // no sooner, however often it is asked for: Lever's limit; milliseconds since the epoch
	Nudged     bool   `dynamodbav:"nudged,omitempty"`    // whoever ended it last sends the nudge for Due, so sync-dispatch need not
	DoneAt     int64  `dynamodbav:"doneAt,omitempty"`    // when work that comes back by itself was last done to its end; milliseconds since the epoch
}

// Ref returns the item's address.
func (i Item) Ref() Ref {
	kind, target, _ := strings.Cut(i.SK, "#")
	return Ref{Connection: i.PK, Kind: Kind(kind), Target: target}
}

// List is the to-do list. It is safe for concurrent use; all its rules rest on conditional writes.
type List struct {
	DB    table.DB
	Now   func() time.Time
	NewID func() string // unguessable or at least unique: names a claim
}

// Shards is the number of partitions of the due index; sync-dispatch reads each.
const Shards = 16

// Ask stores the wish that ref be worked on at due, or sooner if it is due sooner already. note, when not nil, may
// rewrite the item's note (it gets the stored one). A claimed item stays claimed and is looked at again afterwards.
func (l *List) Ask(ctx context.Context, ref Ref, due time.Time, note func(string) string) error {
	_, err := table.Update(ctx, l.DB, table.Work, ref.key(), func(i *Item) error {
		before := *i
		l.ask(i, due, note)
		if old(before, *i, l.Now()) {
			return table.ErrKeep
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("ask for %s %s: %w", ref.Kind, ref.Target, err)
	}
	return nil
}

// old says that an ask is no news: whoever will look begins after this moment anyway, because nobody has begun since the
// ask before. So a storm about one object is written down once. Other work than hints counts its asks between claims.
func old(before, after Item, now time.Time) bool {
	if before.Rev == 0 || before.SetAside || before.Due != after.Due || before.DuePk != after.DuePk || before.Note != after.Note {
		return false
	}
	if before.Holder != "" && before.HeldUntil > now.UnixMilli() {
		return before.Seq > before.ClaimedSeq
	}
	return before.Ref().Kind == Hint
}

// Asking returns the write that Ask would make for an item that does not exist yet, for a transaction with the record
// that the work is about. The transaction fails with table.ErrConflict if the item exists.
func (l *List) Asking(ref Ref, due time.Time) (table.Change, error) {
	i := Item{Meta: table.Meta{PK: ref.key().PK, SK: ref.key().SK}}
	l.ask(&i, due, nil)
	return table.Encode(table.Work, &i)
}

// Plan returns the write that Ask would make now, for a transaction with the record that the work is about. The
// transaction fails with table.ErrConflict if the item changed meanwhile; then everything is planned again.
func (l *List) Plan(ctx context.Context, ref Ref, due time.Time) (table.Change, error) {
	i, found, err := table.Get[Item](ctx, l.DB, table.Work, ref.key())
	if err != nil {
		return table.Change{}, err
	}
	if !found {
		return l.Asking(ref, due)
	}
	l.ask(&i, due, nil)
	return table.Encode(table.Work, &i)
}

func (l *List) ask(i *Item, due time.Time, note func(string) string) {
	now := l.Now().UnixMilli()
	fresh := i.Rev == 0 || i.SetAside
	wanted := max(now, due.UnixMilli())
	if fresh {
		i.FirstAsked, i.Attempts, i.Cause, i.SetAside = wanted, 0, "", false
	}
	i.FirstAsked = min(i.FirstAsked, wanted)
	i.Seq++
	i.AskedAt = now
	if held := i.Holder != "" && i.HeldUntil > now; !held && (fresh || due.UnixMilli() < i.Due) {
		i.Due, i.Nudged = max(due.UnixMilli(), i.PutOff), false
		i.place(0)
	}
	i.DuePk = shard(i.PK)
	if note != nil {
		i.Note = note(i.Note)
	}
}

// A nudge that somebody else sends may be late by trusted before sync-dispatch sends one of its own. That of work which went
// well and comes back by itself may be late by watch more, so that the item need not move in the index each minute: a move is
// two writes.
const (
	trusted = 5 * time.Second
	watch   = 180 * time.Second
)

// place says where the item stands in the index of what is due: where it stood, if that is late by at most slack. It is called
// with each write that may change that.
func (i *Item) place(slack time.Duration) {
	if !i.Nudged {
		i.FindAt = i.Due
		return
	}
	if soonest, latest := i.Due+trusted.Milliseconds(), i.Due+(trusted+slack).Milliseconds(); i.FindAt < soonest || i.FindAt > latest {
		i.FindAt = latest
	}
}

// Awaited says that somebody else nudges the item, so that a dispatch need not yet.
func (i Item) Awaited(now time.Time) bool { return i.Nudged && i.FindAt > now.UnixMilli() }

// Claim takes an item for the time of hold, if it exists, is due within grace and nobody else holds it. The claim is
// what a worker must have before it calls Lever for a connection, and it must stop when hold is over; the end of a
// connection waits for all claims. ok is false when there is nothing to do now.
func (l *List) Claim(ctx context.Context, ref Ref, hold time.Duration) (item Item, ok bool, err error) {
	now := l.Now()
	gone := false
	item, err = table.Update(ctx, l.DB, table.Work, ref.key(), func(i *Item) error {
		ok, gone = false, i.Holder != ""
		switch {
		case i.Rev == 0, i.SetAside, i.Holder != "" && i.HeldUntil > now.UnixMilli(), i.Due > now.Add(grace).UnixMilli():
			return table.ErrKeep
		}
		i.Holder, i.HeldUntil, i.ClaimedSeq = l.NewID(), now.Add(hold).UnixMilli(), i.Seq
		if !ref.Kind.brief() {
			i.Due, i.DuePk, i.Nudged = i.HeldUntil, shard(i.PK), false
			i.place(0)
		}
		ok = true
		return nil
	})
	if err != nil {
		return item, false, fmt.Errorf("claim %s %s: %w", ref.Kind, ref.Target, err)
	}
	if ok && gone {
		// It ran out before its holder gave it back: the process died while it worked, or was stopped.
		slog.WarnContext(ctx, "claim taken over", "kind", ref.Kind, "target", ref.Target, "connection", ref.Connection)
	}
	return item, ok, nil
}

// grace lets a nudge that arrives a little early (queues count in seconds, clocks differ) do its work.
const grace = 1500 * time.Millisecond

// Drop removes an item whoever holds it; used when its connection ends.
func (l *List) Drop(ctx context.Context, ref Ref) error {
	for range 20 {
		i, found, err := table.Get[Item](ctx, l.DB, table.Work, ref.key())
		if err != nil || !found {
			return err
		}
		err = l.DB.Write(ctx, table.Remove(table.Work, i.Meta))
		if err == nil || !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("drop %s %s: %w", ref.Kind, ref.Target, table.ErrConflict)
}

// Of lists all items of a connection.
func (l *List) Of(ctx context.Context, connection string) ([]Item, error) {
	var items []Item
	err := table.Each(ctx, l.DB, table.Query{Table: table.Work, PK: connection}, func(i Item) error {
		items = append(items, i)
		return nil
	})
	return items, err
}

// Find reads one item.
func (l *List) Find(ctx context.Context, ref Ref) (Item, bool, error) {
	return table.Get[Item](ctx, l.DB, table.Work, ref.key())
}

// Overdue lists at most limit items of a shard (0 to Shards-1) that are due by the given time, oldest first.
func (l *List) Overdue(ctx context.Context, number int, by time.Time, limit int) ([]Item, error) {
	items, _, err := table.List[Item](ctx, l.DB, table.Query{
		Table: table.Work, Index: table.Due, PK: "due#" + strconv.Itoa(number), To: by.UnixMilli(), Limit: limit,
	})
	return items, err
}

func shard(connection string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(connection)) // never fails
	return "due#" + strconv.Itoa(int(h.Sum32()%Shards))
}

package work

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

const (
	// soon is how long work may be due, or fail, before it is late: dispatch nudges what is due every minute.
	soon = 2 * time.Minute
	// horizon is how far ahead work may be due that is late all the same.
	horizon = time.Hour
)

// Patience is how long work of a kind may wait to be done, whatever is tried meanwhile, before its alarm rings (template.yaml,
// held by a test); 0 for kinds without one.
func Patience(kind Kind) time.Duration {
	switch kind {
	case Hint:
		return 5 * time.Minute
	case Delta, Decision:
		return 10 * time.Minute
	case Resync:
		return 8 * time.Hour
	}
	return 0
}

// Since is when an item began to wait to be done, whatever was tried meanwhile; milliseconds since the epoch.
func (i Item) Since() int64 { return min(i.FirstAsked, i.FindAt) }

// often is how many failures take as long as soon with the waits between them, for work of which it is not told yet that it waits.
const often = 6

// Late says that an item should have been done by now: nobody took it up in time, it has failed and is tried again, or it waits for so
// long that its alarm rings, be it that Lever's limit puts it off. What goes on without a failure is not late before that, and what
// is set aside waits for a person and not for us.
func (i Item) Late(now time.Time) bool {
	waits, due := now.Sub(time.UnixMilli(i.Since())), now.Sub(time.UnixMilli(i.FindAt))
	patience := Patience(i.Ref().Kind)
	return !i.SetAside && (waits > soon && (i.Attempts > 0 || due > soon) || i.Attempts >= often || patience > 0 && waits > patience)
}

// Late lists at most limit items of a shard (0 to Shards-1) that are late, what waits longest first. It reads all that comes due
// within the hour, page after page, so it is for people and not for each minute.
func (l *List) Late(ctx context.Context, number, limit int) ([]Item, error) {
	var items []Item
	oldest := func() {
		slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(a.Since(), b.Since()) })
		items = items[:min(limit, len(items))]
	}
	now := l.Now()
	err := table.Each(ctx, l.DB, table.Query{
		Table: table.Work, Index: table.Due, PK: "due#" + strconv.Itoa(number), To: now.Add(horizon).UnixMilli(),
	}, func(i Item) error {
		if i.Late(now) {
			items = append(items, i)
		}
		if len(items) > 10*limit+1000 { // a storm
			oldest()
		}
		return nil
	})
	oldest()
	return items, err
}

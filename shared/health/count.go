package health

import (
	"context"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/mirror"
)

// share is the part of the time that counting may take, as one in so many: a page that refreshes itself every few seconds
// would otherwise read a mirror of 200,000 candidates without end.
const share = 30

// tally remembers the counts of connections, each for a time in proportion to what counting took: a small mirror is counted
// with nearly every report, a large one about once a minute. The zero value is ready and safe for concurrent use.
type tally struct {
	mu    sync.Mutex
	known map[string]counted // by connection
}

type counted struct {
	counts map[mirror.Kind]mirror.Count
	at     int64 // when the counting began
	until  time.Time
}

// of returns the counts of a connection, as they were at most share times as long ago as counting took.
func (t *tally) of(ctx context.Context, r *Reporter, connection string) (counted, error) {
	began := r.Now()
	t.mu.Lock()
	last, found := t.known[connection]
	t.mu.Unlock()
	if found && began.Before(last.until) {
		return last, nil
	}
	counts, err := r.Records.Counts(ctx, connection)
	if err != nil {
		return counted{}, err
	}
	done := r.Now()
	last = counted{counts, began.UnixMilli(), done.Add(share * done.Sub(began))}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || len(t.known) >= 1000 { // one Lambda sees few connections; it need not remember all
		t.known = map[string]counted{}
	}
	t.known[connection] = last
	return last, nil
}

package levertest

import (
	"slices"
	"time"
)

// historyKept is how far back a stale read can look.
const historyKept = 10 * time.Minute

// version is one state of a row from a moment on; a nil value means the row is gone.
type version[T any] struct {
	at    time.Time
	value *T
}

// table keeps rows in order of first insertion together with their recent past, so that a read can be
// served as of an earlier moment. Values are never changed in place: update copies first.
type table[T any] struct {
	ids  []string
	rows map[string][]version[T]
}

// get returns the row as of a moment (zero means now), or nil.
func (t *table[T]) get(id string, asOf time.Time) *T {
	versions := t.rows[id]
	for _, v := range slices.Backward(versions) {
		if asOf.IsZero() || !v.at.After(asOf) {
			return v.value
		}
	}
	return nil
}

// all returns the rows as of a moment (zero means now) in order of insertion.
func (t *table[T]) all(asOf time.Time) []*T {
	out := make([]*T, 0, len(t.ids))
	for _, id := range t.ids {
		if v := t.get(id, asOf); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// put stores a row from the given moment on.
func (t *table[T]) put(id string, at time.Time, value T) { t.push(id, version[T]{at, &value}) }

// remove ends a row at the given moment.
func (t *table[T]) remove(id string, at time.Time) {
	if t.get(id, time.Time{}) != nil {
		t.push(id, version[T]{at, nil})
	}
}

// update stores a changed copy of a row and returns it; nil when there is no such row.
func (t *table[T]) update(id string, at time.Time, change func(*T)) *T {
	old := t.get(id, time.Time{})
	if old == nil {
		return nil
	}
	next := *old
	change(&next)
	t.put(id, at, next)
	return &next
}

func (t *table[T]) push(id string, v version[T]) {
	if t.rows == nil {
		t.rows = map[string][]version[T]{}
	}
	old, known := t.rows[id]
	if !known {
		t.ids = append(t.ids, id)
	}
	limit := v.at.Add(-historyKept)
	for len(old) > 1 && !old[1].at.After(limit) {
		old = old[1:]
	}
	t.rows[id] = append(slices.Clone(old), v)
}

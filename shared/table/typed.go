package table

import (
	"context"
	"errors"
	"fmt"
)

// Get reads one value; found is false when there is none.
func Get[T any](ctx context.Context, db DB, table Name, key Key) (v T, found bool, err error) {
	item, err := db.Get(ctx, table, key)
	if err != nil || item == nil {
		return v, false, err
	}
	v, err = Decode[T](item)
	return v, err == nil, err
}

// Save writes v on condition that nobody wrote since it was read (or, new, that nobody made it) and then counts v's
// revision up, so that it can be saved again.
func Save[T any, P Stored[T]](ctx context.Context, db DB, table Name, v P) error {
	change, err := Encode[T, P](table, v)
	if err != nil {
		return err
	}
	if err := db.Write(ctx, change); err != nil {
		return err
	}
	v.meta().Rev++
	return nil
}

// ErrKeep is returned by the function given to Update when nothing is to be written; Update then returns the value
// as read and no error.
var ErrKeep = errors.New("nothing to write")

// tries bounds the optimistic loop of Update: each lost round means that somebody else made progress.
const tries = 50

// Update reads the value under key (zero, with its key set, when there is none), lets change alter it and saves it,
// again from the read if somebody wrote in between. change may run several times and must have no other effect. An
// error of change ends it and nothing is written.
func Update[T any, P Stored[T]](ctx context.Context, db DB, table Name, key Key, change func(P) error) (T, error) {
	for range tries {
		v, err := Try[T, P](ctx, db, table, key, change)
		if err == nil || !errors.Is(err, ErrConflict) {
			return v, err
		}
	}
	var none T
	return none, fmt.Errorf("update %s item: %w", table, ErrConflict)
}

// Try is one round of Update: ErrConflict when somebody wrote in between.
func Try[T any, P Stored[T]](ctx context.Context, db DB, table Name, key Key, change func(P) error) (T, error) {
	v, found, err := Get[T](ctx, db, table, key)
	if err != nil {
		return v, err
	}
	if m := P(&v).meta(); !found {
		m.PK, m.SK = key.PK, key.SK
	}
	if err := change(&v); err != nil {
		if errors.Is(err, ErrKeep) {
			return v, nil
		}
		return v, err
	}
	return v, Save[T, P](ctx, db, table, &v)
}

// List decodes one page of a query.
func List[T any](ctx context.Context, db DB, q Query) (values []T, next string, err error) {
	page, err := db.Query(ctx, q)
	if err != nil {
		return nil, "", err
	}
	values = make([]T, 0, len(page.Items))
	for _, item := range page.Items {
		v, err := Decode[T](item)
		if err != nil {
			return nil, "", err
		}
		values = append(values, v)
	}
	return values, page.Next, nil
}

// Each calls visit for every value of a query, page after page, until visit fails.
func Each[T any](ctx context.Context, db DB, q Query, visit func(T) error) error {
	for {
		values, next, err := List[T](ctx, db, q)
		if err != nil {
			return err
		}
		for _, v := range values {
			if err := visit(v); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Start = next
	}
}

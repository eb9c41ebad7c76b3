package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// returner puts records into the mirror that is in use.
type returner struct {
	mirror      *mirror.Store
	connections loader
	users       sync.Mutex // those of a connection share its roll, and would only get in each other's way
}

// loader reads the state of a connection.
type loader interface {
	Load(ctx context.Context, id string) (connection.Connection, bool, error)
}

// tries bounds how often a record is judged anew because its connection or its roll moved meanwhile.
const tries = 50

// one puts a record back unless it must go. It is written only if its connection has not changed since the record was
// judged: a connection that ends meanwhile gets nothing back behind its end.
func (b *returner) one(ctx context.Context, judge judge, r mirror.Record) (gone bool, back mirror.Back, err error) {
	if r.Kind == mirror.User {
		b.users.Lock()
		defer b.users.Unlock()
	}
	for range tries {
		c, _, err := b.connections.Load(ctx, r.Connection)
		if err != nil {
			return false, 0, err
		}
		if gone, err := judge.MustErase(ctx, r); gone || err != nil {
			return gone, 0, err
		}
		back, err = b.mirror.Return(ctx, r, table.Holds(table.Connections, c.Meta))
		if !errors.Is(err, table.ErrConflict) {
			return false, back, err
		}
	}
	return false, 0, fmt.Errorf("put back: %w", table.ErrConflict)
}

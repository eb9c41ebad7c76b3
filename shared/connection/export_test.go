package connection

import (
	"context"

	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// The times that the simulations keep book by.
const (
	RefreshCall  = refreshCall
	RefreshLease = refreshLease
)

// Stored is the pair of tokens that is stored for a connection, in the clear.
type Stored struct {
	Connection, Access, Refresh string
	Rev                         int64
}

// StoredIn opens the pair of tokens in an item; ok is false when the item holds none.
func StoredIn(box *seal.Box, name table.Name, item table.Item) (stored Stored, ok bool) {
	if name != table.Connections || item == nil {
		return stored, false
	}
	p, err := table.Decode[pair](item)
	if err != nil || p.SK != "tokens" {
		return stored, false
	}
	t := &tokens{service: &Service{Box: box}, connection: p.PK}
	c, err := t.open(context.Background(), p)
	return Stored{p.PK, c.Access, c.Refresh, p.Rev}, err == nil
}

// RefusedIn says of which revision of the pair an item notes that Lever refused it; ok is false when it notes none.
func RefusedIn(name table.Name, item table.Item) (rev int64, ok bool) {
	if name != table.Connections || item == nil {
		return 0, false
	}
	f, err := table.Decode[fence](item)
	return f.Spent, err == nil && f.SK == "refresh" && f.RefusedAt > 0
}

package connection_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

var errKilled = errors.New("killed")

// mortal is the store and the way to Lever of a process that dies at a given call: before the call happens, or right
// after it happened. A dead process makes no further call.
type mortal struct {
	table.DB
	at    int // the call to die at, counted from 1; 0 lives for ever
	after bool
	calls int
}

func (m *mortal) die(do func() error) error {
	if m.at == 0 {
		return do()
	}
	m.calls++
	if m.calls > m.at || m.calls == m.at && !m.after {
		return errKilled
	}
	err := do()
	if m.calls == m.at {
		return errKilled
	}
	return err
}

// Get implements table.DB.
func (m *mortal) Get(ctx context.Context, name table.Name, key table.Key) (item table.Item, err error) {
	err = m.die(func() error { item, err = m.DB.Get(ctx, name, key); return err })
	return item, err
}

// Query implements table.DB.
func (m *mortal) Query(ctx context.Context, q table.Query) (page table.Page, err error) {
	err = m.die(func() error { page, err = m.DB.Query(ctx, q); return err })
	return page, err
}

// Write implements table.DB.
func (m *mortal) Write(ctx context.Context, changes ...table.Change) error {
	return m.die(func() error { return m.DB.Write(ctx, changes...) })
}

// mortalKeys is the key service of a process that dies.
type mortalKeys struct {
	*mortal
	seal.Keys
}

// Generate implements seal.Keys.
func (m mortalKeys) Generate(ctx context.Context, c seal.Context) (plain, wrapped []byte, err error) {
	err = m.die(func() error { plain, wrapped, err = m.Keys.Generate(ctx, c); return err })
	return plain, wrapped, err
}

// Unwrap implements seal.Keys.
func (m mortalKeys) Unwrap(ctx context.Context, c seal.Context, wrapped []byte) (plain []byte, err error) {
	err = m.die(func() error { plain, err = m.Keys.Unwrap(ctx, c, wrapped); return err })
	return plain, err
}

// killed runs do in processes that die at every one of their calls in turn, each in a world of its own, and lets settle
// bring that world to rest.
func killed(t *testing.T, prepare, do, settle func(*testing.T, *bundle), rules ...func(*levertest.Rules)) {
	t.Helper()
	points := 0
	for at := 1; ; at++ {
		over := false
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, after %t", at, after), func(t *testing.T) {
				b := setup(t, rules...)
				m := &mortal{DB: b.db}
				b.Service.DB, b.Work.DB, b.sessions.DB = m, m, b.db
				b.wire.before = func(*http.Request) error {
					if m.at > 0 && !m.after {
						return m.die(func() error { return nil })
					}
					return nil
				}
				b.wire.after = func(*http.Request) error {
					if m.at > 0 && m.after {
						return m.die(func() error { return nil })
					}
					return nil
				}
				prepare(t, b)
				m.at, m.after = at, after
				b.Box = seal.New(mortalKeys{m, b.keys}, b.Now, rand.Reader) // a new process knows no key
				do(t, b)
				over = m.calls < at
				m.at = 0
				b.clock = b.clock.Add(2 * time.Minute) // leases of the dead run out
				settle(t, b)
			})
		}
		if over {
			break
		}
		points++
	}
	if points < 10 {
		t.Errorf("only %d points to die at", points)
	}
}

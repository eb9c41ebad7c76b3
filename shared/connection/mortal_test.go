package connection_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
)

// mortalKeys is the key service of a process that dies.
type mortalKeys struct {
	*tabletest.Mortal
	seal.Keys
}

// Generate implements seal.Keys.
func (m mortalKeys) Generate(ctx context.Context, c seal.Context) (plain, wrapped []byte, err error) {
	err = m.Die(func() error { plain, wrapped, err = m.Keys.Generate(ctx, c); return err })
	return plain, wrapped, err
}

// Unwrap implements seal.Keys.
func (m mortalKeys) Unwrap(ctx context.Context, c seal.Context, wrapped []byte) (plain []byte, err error) {
	err = m.Die(func() error { plain, err = m.Keys.Unwrap(ctx, c, wrapped); return err })
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
				m := &tabletest.Mortal{DB: b.db}
				b.Service.DB, b.Work.DB, b.sessions.DB = m, m, b.db
				b.wire.before = func(*http.Request) error {
					if m.At > 0 && !m.After {
						return m.Die(func() error { return nil })
					}
					return nil
				}
				b.wire.after = func(*http.Request) error {
					if m.At > 0 && m.After {
						return m.Die(func() error { return nil })
					}
					return nil
				}
				prepare(t, b)
				m.At, m.After = at, after
				b.Box = seal.New(mortalKeys{m, b.keys}, b.Now, rand.Reader) // a new process knows no key
				do(t, b)
				over = m.Calls < at
				m.At = 0
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

package tabletest

import (
	"context"
	"errors"

	"github.com/evidenced/lever-integration/shared/table"
)

// ErrKilled is what every call of a dead process answers.
var ErrKilled = errors.New("killed")

// Mortal is the store of a process that dies at a given call: before the call happens, or right after it happened. A dead
// process makes no further call. What else the process calls can count with it, by Die. It serves one goroutine.
type Mortal struct {
	table.DB
	At    int  // the call to die at, counted from 1; 0 lives for ever
	After bool // the call at which it dies still happens
	Calls int  // counted while At is not 0
}

// Die makes a call of the process, unless it is dead by then.
func (m *Mortal) Die(do func() error) error {
	if m.At == 0 {
		return do()
	}
	m.Calls++
	if m.Calls > m.At || m.Calls == m.At && !m.After {
		return ErrKilled
	}
	if err := do(); m.Calls != m.At {
		return err
	}
	return ErrKilled
}

// Get implements table.DB.
func (m *Mortal) Get(ctx context.Context, name table.Name, key table.Key) (item table.Item, err error) {
	err = m.Die(func() error { item, err = m.DB.Get(ctx, name, key); return err })
	return item, err
}

// Query implements table.DB.
func (m *Mortal) Query(ctx context.Context, q table.Query) (page table.Page, err error) {
	err = m.Die(func() error { page, err = m.DB.Query(ctx, q); return err })
	return page, err
}

// Write implements table.DB.
func (m *Mortal) Write(ctx context.Context, changes ...table.Change) error {
	return m.Die(func() error { return m.DB.Write(ctx, changes...) })
}

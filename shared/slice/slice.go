// Package slice runs long work in slices: a course of phases, each a walk over pages, with a checkpoint after each page
// that fits into a work item. A slice ends when its time is over or an error stops it; the next one goes on from the
// checkpoint. A page token that Lever no longer knows restarts its phase, not the course.
package slice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/work"
)

// Point is the checkpoint of a course: ids, times and numbers only.
type Point struct {
	Phase   int            `json:"phase"`
	Offset  string         `json:"offset,omitempty"`
	Started int64          `json:"started,omitempty"` // of the course, microseconds since the epoch
	From    int64          `json:"from,omitempty"`    // window of a delta, milliseconds since the epoch
	To      int64          `json:"to,omitempty"`
	Counts  map[string]int `json:"counts,omitempty"`
	Resets  int            `json:"resets,omitempty"` // restarts of the phase in hand
	Asked   int64          `json:"asked,omitempty"`  // sequence of the work item when the course began

	Walks   map[string]Walk `json:"walks,omitempty"`   // walks that one phase does side by side, by name
	Pending []string        `json:"pending,omitempty"` // ids that were met and whose turn is still to come

	Known Known `json:"known,omitzero"`
}

// Known is what deltas hand on from one to the next; times are milliseconds since the epoch.
type Known struct {
	Seen    int64 `json:"seen,omitempty"`    // the watermark: up to where, by Lever's clock, they have seen everything
	Behind  int64 `json:"behind,omitempty"`  // how far Lever's clock is behind ours, in milliseconds; up to a second too much
	ToldAt  int64 `json:"toldAt,omitempty"`  // when Lever told its time
	Users   int   `json:"users,omitempty"`   // how many users there were
	UsersAt int64 `json:"usersAt,omitempty"` // start of the last complete reading of the users
}

// Walk is how far one of several walks of a phase is.
type Walk struct {
	Offset string `json:"offset,omitempty"`
	Done   bool   `json:"done,omitempty"`
}

// Parse reads a checkpoint; "" is the beginning.
func Parse(note string) (Point, error) {
	var p Point
	if note == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(note), &p); err != nil {
		return p, fmt.Errorf("read checkpoint: %w", err)
	}
	return p, nil
}

// String writes the checkpoint.
func (p Point) String() string {
	raw, err := json.Marshal(p)
	if err != nil {
		panic("slice: numbers and strings always encode: " + err.Error())
	}
	return string(raw)
}

// Count adds to a number of the course.
func (p *Point) Count(name string, n int) {
	if p.Counts == nil {
		p.Counts = map[string]int{}
	}
	p.Counts[name] += n
}

// opener gives access to a connection.
type opener interface {
	Open(ctx context.Context, connection string, lane connection.Lane) (*connection.Access, error)
}

// Begin opens the connection of a claimed item and reads its checkpoint. ok is false when the connection may not call
// Lever (any more): then the work is done, and a reconnect asks for it again.
func Begin(ctx context.Context, c opener, item work.Item, lane connection.Lane) (a *connection.Access, p Point, ok bool, err error) {
	a, err = c.Open(ctx, item.PK, lane)
	if connection.IsNotConnected(err) {
		return nil, p, false, nil
	}
	if err != nil {
		return nil, p, false, err
	}
	p, err = Parse(item.Note)
	return a, p, err == nil, err
}

// Phase is one walk. Step handles the page at offset ("" first) and returns the offset of the next one, "" at the end.
type Phase struct {
	Name string
	Step func(ctx context.Context, p *Point, offset string) (next string, err error)
}

// MaxResets bounds how often one phase is started again because a page token was refused.
const MaxResets = 20

// ErrPause is what a step returns to end the slice in the middle of a page: the next slice begins with the same page.
var ErrPause = errors.New("slice is over")

// Run goes on from p, which it keeps up to date, until the course is done, more returns false, or a step fails.
func Run(ctx context.Context, p *Point, course []Phase, more func() bool) (done bool, err error) {
	for p.Phase < len(course) {
		if !more() {
			return false, nil
		}
		next, err := course[p.Phase].Step(ctx, p, p.Offset)
		if errors.Is(err, ErrPause) {
			return false, nil
		}
		if errors.Is(err, lever.ErrOffset) && p.Offset != "" && p.Resets < MaxResets {
			p.Offset = ""
			p.Resets++
			continue
		}
		if errors.Is(err, lever.ErrOffset) {
			p.Offset, p.Resets = "", 0 // given up for now; the next slice begins the phase again
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", course[p.Phase].Name, err)
		}
		if p.Offset = next; next == "" {
			p.Phase++
			p.Resets, p.Walks, p.Pending = 0, nil, nil
		}
	}
	return true, nil
}

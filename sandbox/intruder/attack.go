// Package intruder tries to get into a running stack. Each Attack has a name, says what is sent and which answer is the
// only right one, and looks before and afterwards at state that it must not have changed. The suite knows the stack by its
// addresses alone; where an attack supposes that somebody has got hold of more (a dump of a table, the right to write to
// one, a service's credentials), it takes that as the account's owner.
//
// The acceptance suite runs the attacks; the command sandbox/attack prints them as a table and then takes defences away
// one at a time, to show that the attacks would notice. Attacks run one after the other on their Ground, three companies of
// the simulated Lever that nobody else uses; those marked Alone also disturb everybody else.
package intruder

import (
	"context"
	"fmt"
	"time"
)

// Attack is one attempt to get or do what one must not.
type Attack struct {
	Name    string // unique
	Sends   string // what is sent, in words
	Want    string // the only right answer; where many are sent, with their number
	Defence string // what holds it
	File    string // where that stands, from the root of the checkout
	Alone   bool   // others who use the stack at the same time would notice
	watch   watch
	try     func(context.Context, *scene) (got string, err error)
}

// State says in words which state must not have changed.
func (a Attack) State() string { return a.watch.words }

// Result is what came of an attack.
type Result struct {
	Attack
	Got           string
	Before, After string // the state that was watched
	Err           error  // why the attack could not be made at all
	Took          time.Duration
}

// Held says that the answer was the right one and that nothing has changed.
func (r Result) Held() bool { return r.Err == nil && r.Got == r.Want && r.Before == r.After }

// Changed says that the watched state is another one.
func (r Result) Changed() bool { return r.Before != r.After }

// String says what is wrong, or that the attack was held.
func (r Result) String() string {
	switch {
	case r.Err != nil:
		return fmt.Sprintf("could not be made: %v", r.Err)
	case r.Got != r.Want:
		return fmt.Sprintf("got %q, want %q; state before %q, after %q", r.Got, r.Want, r.Before, r.After)
	case r.Changed():
		return fmt.Sprintf("answered %q, but the state was %q and is %q", r.Got, r.Before, r.After)
	}
	return "held"
}

// limit bounds one attack with all its looks.
const limit = 90 * time.Second

// Run makes the attack.
func (a Attack) Run(ctx context.Context, g *Ground) (r Result) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	start := time.Now()
	s := g.scene()
	r.Attack = a
	if r.Before, r.Err = a.watch.look(ctx, s); r.Err != nil {
		return r
	}
	if r.Got, r.Err = a.try(ctx, s); r.Err != nil {
		return r
	}
	if a.watch.later {
		if r.Err = s.settle(ctx, s.victim); r.Err != nil {
			return r
		}
	}
	r.After, r.Err = a.watch.look(ctx, s)
	r.Took = time.Since(start)
	return r
}

// All lists the attacks, in the order of the table.
func All() []Attack {
	var all []Attack
	for _, some := range [][]Attack{
		connecting(), sealedAway(), entering(), pressing(), viewing(), browsing(), returning(),
		signing(), delivering(), replaying(), gluing(), calling(), crossing(), misshaping(), answering(), stealing(),
	} {
		all = append(all, some...)
	}
	return all
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/sandbox/intruder"
	"github.com/evidenced/lever-integration/sandbox/mutation"
)

// breach is an attack with its defence taken away: what it must then get, and whether it then changes what it must not.
type breach struct {
	attack    string
	functions []string // built without the rules
	rules     []mutation.Mutation
	got       string // is in the answer
	changes   bool
}

// seen says whether the attack has succeeded as it should without its defence, and that the suite would have noticed.
func (b breach) seen(r intruder.Result) bool {
	return r.Err == nil && !r.Held() && strings.Contains(r.Got, b.got) && (r.Changed() || !b.changes)
}

// breachAll takes the defences of the chosen attacks away, one after the other, and prints the second table.
func breachAll(ctx context.Context, ground *intruder.Ground, chosen *regexp.Regexp, out io.Writer) error {
	workshop, err := openWorkshop(ctx, ground.World.Endpoints)
	if err != nil {
		return err
	}
	attacks := map[string]intruder.Attack{}
	for _, attack := range intruder.All() {
		attacks[attack.Name] = attack
	}
	start, seen, made := time.Now(), 0, 0
	fmt.Fprintf(out, "\nOne defence taken out of one build at a time: every attack must succeed.\n\n")
	row(out, "", "attack", "what is taken away", "the right answer", "the answer now", "state that must not change")
	for _, b := range breaches() {
		if !chosen.MatchString(b.attack) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		attack, known := attacks[b.attack]
		if !known {
			return fmt.Errorf("there is no attack %q", b.attack)
		}
		r, err := breached(ctx, workshop, ground, attack, b)
		if err != nil {
			return err
		}
		made++
		word, state := "NOT SEEN", "unchanged"
		if b.seen(r) {
			seen++
			word = "succeeds"
		}
		if r.Changed() {
			state = "CHANGED: " + r.State()
		}
		row(out, word, r.Name, b.rules[0].Name, r.Want, r.Got, state)
		if !b.seen(r) {
			fmt.Fprintf(out, "          %s; should get %q, change the state %t\n", r, b.got, b.changes)
		}
	}
	fmt.Fprintf(out, "\n%d defences taken away, %d attacks seen to succeed, %d not; %.0f s\n", made, seen, made-seen, time.Since(start).Seconds())
	if seen < made {
		return fmt.Errorf("%d of %d attacks do not succeed without their defence, so they prove nothing", made-seen, made)
	}
	return nil
}

// breached makes an attack without its defence and puts everything back.
func breached(ctx context.Context, w *workshop, ground *intruder.Ground, attack intruder.Attack, b breach) (r intruder.Result, err error) {
	putBack, err := w.without(ctx, b.functions, b.rules)
	if err != nil {
		return r, err
	}
	r = attack.Run(ctx, ground)
	return r, errors.Join(putBack(), ground.Free(context.WithoutCancel(ctx)))
}

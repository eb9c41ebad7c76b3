package acceptance

import (
	"sync"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/intruder"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// grounds is how many attacks are made side by side. One after the other they mostly wait for the stack; more than these
// would keep it from the other tests.
const grounds = 3

// TestAttacks makes every attack that disturbs nobody else; `make attack` makes all of them, also with defences taken
// away. Each ground has small companies of its own, the first the three last ones, and whichever is free takes the next
// attack.
func TestAttacks(t *testing.T) {
	all := accounts(t)
	if len(all) <= grounds*intruder.Companies {
		t.Fatal("the attacks need small companies; start the stack with SMALL_COMPANIES=22, as make acceptance does")
	}
	places := [grounds][intruder.Companies]*story.Account{{all[len(all)-3], all[len(all)-2], all[len(all)-1]}}
	for i := range places[1:] {
		for n := range places[i+1] {
			places[i+1][n] = nextSpare(t, all)
		}
	}
	turn(t, 0)
	waiting := make(chan intruder.Attack, len(intruder.All()))
	for _, attack := range intruder.All() {
		if !attack.Alone {
			waiting <- attack
		}
	}
	close(waiting)
	var group sync.WaitGroup
	for _, place := range places {
		group.Go(func() { attackOn(t, place, waiting) })
	}
	group.Wait()
	if left := len(waiting); left > 0 {
		t.Errorf("%d attacks were not made", left)
	}
}

// attackOn prepares a ground and makes attacks on it until none waits.
func attackOn(t *testing.T, place [intruder.Companies]*story.Account, waiting <-chan intruder.Attack) {
	ground, err := intruder.PrepareOn(t.Context(), world, place)
	if err != nil {
		t.Error(err)
		return
	}
	for attack := range waiting {
		t.Run(attack.Name, func(t *testing.T) {
			if result := attack.Run(t.Context(), ground); !result.Held() {
				t.Error(result)
			}
		})
	}
}

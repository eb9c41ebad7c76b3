package acceptance

import (
	"testing"

	"github.com/evidenced/lever-integration/sandbox/intruder"
)

// TestAttacks makes every attack that disturbs nobody else; `make attack` makes all of them, also with defences taken
// away. They need the three last of the small companies.
func TestAttacks(t *testing.T) {
	turn(t, 0)
	ground, err := intruder.Prepare(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	for _, attack := range intruder.All() {
		if attack.Alone {
			continue
		}
		t.Run(attack.Name, func(t *testing.T) {
			if result := attack.Run(t.Context(), ground); !result.Held() {
				t.Error(result)
			}
		})
	}
}

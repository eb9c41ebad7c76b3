package main

import (
	"testing"
)

// TestRulesStandWhereTheyAreTakenAway builds nothing: each mutation's text must still stand in the source.
func TestRulesStandWhereTheyAreTakenAway(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range suites() {
		if len(s.mutations) == 0 {
			t.Errorf("%s takes nothing away", s.name)
		}
		for _, m := range s.mutations {
			if names[s.name+m.Name] {
				t.Errorf("%s: %q twice", s.name, m.Name)
			}
			names[s.name+m.Name] = true
			if _, err := m.Overlay("../..", t.TempDir()); err != nil {
				t.Error(err)
			}
		}
	}
}

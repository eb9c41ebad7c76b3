package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/intruder"
)

// TestDefencesStandWhereTheyAreTakenAway finds out without a stack that the source has changed under a breach.
func TestDefencesStandWhereTheyAreTakenAway(t *testing.T) {
	t.Parallel()
	const root = "../.."
	attacks := intruder.All()
	for _, b := range breaches() {
		if !slices.ContainsFunc(attacks, func(a intruder.Attack) bool { return a.Name == b.attack }) {
			t.Errorf("there is no attack %q", b.attack)
		}
		if b.got == "" || len(b.rules) == 0 || len(b.functions) == 0 {
			t.Errorf("%q leaves something out", b.attack)
		}
		for _, rule := range b.rules {
			if _, err := rule.Overlay(root, t.TempDir()); err != nil {
				t.Errorf("%q: %v", b.attack, err)
			}
		}
		for _, function := range b.functions {
			if _, err := os.Stat(filepath.Join(root, "functions", function, "main.go")); err != nil {
				t.Errorf("%q: %v", b.attack, err)
			}
		}
	}
	if n := len(breaches()); n < 15 {
		t.Errorf("%d breaches", n)
	}
}

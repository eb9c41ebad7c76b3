package intruder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/sandbox/intruder"
)

const root = "../.."

func TestEveryAttackSaysWhatItIsAndWhereItsDefenceStands(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range intruder.All() {
		if a.Name == "" || a.Sends == "" || a.Want == "" || a.Defence == "" || a.State() == "" {
			t.Errorf("%q leaves something out", a.Name)
		}
		if seen[a.Name] {
			t.Errorf("there are two attacks %q", a.Name)
		}
		seen[a.Name] = true
		if _, err := os.Stat(filepath.Join(root, a.File)); err != nil {
			t.Errorf("%q: its defence stands in %s: %v", a.Name, a.File, err)
		}
	}
	if len(seen) < 60 {
		t.Errorf("%d attacks", len(seen))
	}
}

// TestTheDocumentHasTheTable is mended with: go run ./sandbox/attack -list
func TestTheDocumentHasTheTable(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, begins := strings.Cut(string(raw), "<!-- attacks: go run ./sandbox/attack -list -->\n")
	table, _, ends := strings.Cut(after, "<!-- end of attacks -->")
	if !begins || !ends {
		t.Fatal("docs/security.md has no place for the table")
	}
	if diff := cmp.Diff(intruder.Table(), table); diff != "" {
		t.Errorf("docs/security.md shows another table (-attacks +document):\n%s", diff)
	}
}

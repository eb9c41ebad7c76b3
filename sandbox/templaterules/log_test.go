package templaterules

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sources gives the text of every source file of functions and what they share, tests left out, by its path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, folder := range []string{"functions", "shared"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			all[path] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestRunbookAsksForLinesThatAreLogged: whoever is paged finds what the runbook tells them to look for.
func TestRunbookAsksForLinesThatAreLogged(t *testing.T) {
	t.Parallel()
	logged := map[string]bool{}
	for _, text := range sources(t) {
		for _, m := range regexp.MustCompile(`(?:Info|Warn|Error)(?:Context\(ctx, |\()"([^"]+)"`).FindAllStringSubmatch(text, -1) {
			logged[m[1]] = true
		}
	}
	asked := regexp.MustCompile(`message = "([^"]+)"`).FindAllStringSubmatch(documents(t)["docs/runbook.md"], -1)
	for _, m := range asked {
		if !logged[m[1]] {
			t.Errorf("the runbook looks for the line %q, which nobody logs", m[1])
		}
	}
	if len(asked) < 10 {
		t.Errorf("only %d lines are looked for", len(asked))
	}
}

// TestNoAttributeHidesWhatALineSays: the log writes its own text as "message", its time as "timestamp", and a JSON
// reader takes the last of two members of one name.
func TestNoAttributeHidesWhatALineSays(t *testing.T) {
	t.Parallel()
	call := regexp.MustCompile(`(?s)(?:Info|Warn|Error)(?:Context\(ctx, |\()"[^"]+",(.*?)\)\n`)
	hiding := regexp.MustCompile(`(?:^|,)\s*"(message|timestamp|level|service|requestId)",`)
	calls := 0
	for path, text := range sources(t) {
		for _, m := range call.FindAllStringSubmatch(text, -1) {
			calls++
			if name := hiding.FindStringSubmatch(m[1]); name != nil {
				t.Errorf("%s logs an attribute named %q", path, name[1])
			}
		}
	}
	if calls < 15 {
		t.Errorf("only %d calls found", calls)
	}
}

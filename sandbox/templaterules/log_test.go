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

// TestRunbookQueriesNameWhatIsLogged: the queries of Logs Insights ask for fields that lines of the functions, or of the access
// log, have. Nothing here can run them.
func TestRunbookQueriesNameWhatIsLogged(t *testing.T) {
	t.Parallel()
	text := documents(t)["docs/runbook.md"]
	own := map[string]bool{"@timestamp": true, "message": true, "level": true, "timestamp": true, "service": true}
	call := regexp.MustCompile(`(?s)(?:Info|Warn|Error)(?:Context\(ctx, |\()"[^"]+",(.*?)\)\n`)
	for _, source := range sources(t) {
		for _, m := range call.FindAllStringSubmatch(source, -1) {
			for _, key := range regexp.MustCompile(`(?:^|,)\s*"(\w+)",`).FindAllStringSubmatch(m[1], -1) {
				own[key[1]] = true
			}
		}
	}
	access, resources := map[string]bool{}, dig(load(t).expanded, "Resources")
	for id := range resources {
		format, _ := dig(resources, id, "Properties", "AccessLogSettings")["Format"].(string)
		for _, key := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(format, -1) {
			access[key[1]] = true
		}
	}
	queries := map[string]map[string]bool{
		"```\n(fields [^`]+)```":   own,
		"`(filter status [^`]+)`;": access,
	}
	for pattern, known := range queries {
		query := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if query == nil {
			t.Errorf("the runbook has no query %s", pattern)
			continue
		}
		names := 0
		for _, name := range regexp.MustCompile(`@?[A-Za-z]+`).FindAllString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query[1], ""), -1) {
			if regexp.MustCompile(`^(fields|filter|sort|limit|stats|count|by|or|desc)$`).MatchString(name) {
				continue
			}
			if names++; !known[name] {
				t.Errorf("the runbook asks for %q, which no line has", name)
			}
		}
		if names < 3 {
			t.Errorf("only %d names in %s", names, query[1])
		}
	}
}

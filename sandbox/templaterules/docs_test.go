package templaterules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/guide"
)

const root = "../.."

// TestRunbookHasAHeadingForEachFunction closes the chain folder, logical id, log, alarm, runbook.
func TestRunbookHasAHeadingForEachFunction(t *testing.T) {
	t.Parallel()
	runbook, err := os.ReadFile(filepath.Join(root, "docs/runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	functions, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil || len(functions) != 10 {
		t.Fatalf("%d functions, %v", len(functions), err)
	}
	for _, f := range functions {
		if !strings.Contains(string(runbook), "\n## "+f.Name()+"\n") {
			t.Errorf("the runbook has no heading for %s", f.Name())
		}
	}
}

// TestLinksInDocumentsLeadSomewhere follows the relative links of every document.
func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	links, link := 0, regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for document, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			links++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", document, m[1])
			}
		}
	}
	if links < 10 {
		t.Errorf("only %d links found", links)
	}
}

// TestTheGuideExplainsEveryParameter holds the table of the first deploy to the template, in both directions.
func TestTheGuideExplainsEveryParameter(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs/operator.md"))
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z][A-Za-z]+`(?:, `[A-Z][A-Za-z]+`)*) \\|").FindAllStringSubmatch(string(text), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			explained[strings.Trim(name, "`")] = true
		}
	}
	parameters := dig(load(t).expanded, "Parameters")
	for name := range parameters {
		if !explained[name] {
			t.Errorf("docs/operator.md does not explain %s", name)
		}
	}
	if len(explained) != len(parameters) {
		t.Errorf("%d parameters are explained, the template has %d", len(explained), len(parameters))
	}
}

// documents gives the text of every document by its path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	names, err := guide.Documents(root)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// TestLinksInsideDocumentsLeadToHeadings follows the #anchors of links between documents.
func TestLinksInsideDocumentsLeadToHeadings(t *testing.T) {
	t.Parallel()
	all := documents(t)
	heading := regexp.MustCompile(`(?m)^#+ +(.+)$`)
	link := regexp.MustCompile(`\]\(([^)#:\s]*)#([^)\s]+)\)`)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := name
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(name), m[1])
			}
			found := false
			for _, h := range heading.FindAllStringSubmatch(all[to], -1) {
				found = found || anchor(h[1]) == m[2]
			}
			if !found {
				t.Errorf("%s links to #%s of %s, where no such heading is", name, m[2], to)
			}
		}
	}
}

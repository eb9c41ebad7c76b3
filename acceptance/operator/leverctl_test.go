package operator

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/guide"
)

// line is a command as the documents have it, in capitals what is put in its place, and what it says on a stack where three
// customers are connected and nothing is wrong. A word that an answer gives, in parentheses, is kept under the name in keeps.
type line struct{ documented, says, keeps string }

// lines are all commands of leverctl that docs/operator.md and docs/runbook.md name, in an order in which they can be typed.
var lines = []line{
	{"leverctl COMMAND --help", `type: leverctl status `, ""},
	{"leverctl connections", `TENANT`, ""},
	{"leverctl status TENANT", `TENANT is connected, connection CONNECTION`, ""},
	{"leverctl why TENANT CANDIDATE", `is active\.\n  Lever last showed it as it is to a fetch that started 20`, ""},
	{"leverctl replay TENANT CANDIDATE", `Lever will be asked`, ""},
	{"leverctl resync TENANT", `^Everything was compared`, ""},
	{"leverctl undelivered TENANT", `(?i)^(no|every) .*decision`, ""},
	{"leverctl overdue", `^(Nothing is overdue\.|\S+ +\S+  [a-z]+ )`, ""},
	{"leverctl quarantine", `^(Nothing is set aside, |\S+: )`, ""},
	{"leverctl reseal TENANT", `is over: connections re-sealed, 1 of 1\.`, ""},
	{"leverctl reseal --all", `is over: connections re-sealed, (\d+) of \d+\.`, ""},
	{"leverctl runs", `^(\S+)  reseal all `, "RUN"},
	{"leverctl follow RUN", `is over: connections re-sealed, (\d+) of \d+\.`, ""},
	{"leverctl end TENANT --sure 1", `connections ended, 1 of 1`, ""},
	{"leverctl end --all", `--sure (\d+)`, "N"},
	{"leverctl end --all --sure N", `connections ended, N of N`, ""},
}

// readers are the commands that change nothing, so that they can be typed once more; a run that is over is followed at once.
var readers = []string{"connections", "status", "why", "undelivered", "overdue", "quarantine", "runs", "follow"}

// session types them one after the other; words are what stands in the place of the words in capitals.
type session struct {
	ctl
	words map[string]string
}

func (s session) types(t *testing.T) {
	t.Helper()
	documented, err := guide.Spans(root, "leverctl", "docs/operator.md", "docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, l := range lines {
		known[l.documented] = true
		found := s.says(t, s.fill(l.documented), s.fill(l.says))
		if l.keeps != "" {
			s.words[l.keeps] = found
		}
		if slices.Contains(readers, strings.Fields(l.documented)[1]) {
			s.answersJSON(t, s.fill(l.documented)+" --json")
		}
	}
	slices.Sort(documented)
	if want := slices.Sorted(maps.Keys(known)); !slices.Equal(documented, want) {
		t.Errorf("the documents say\n%s\nand this types\n%s", strings.Join(documented, "\n"), strings.Join(want, "\n"))
	}
}

// fill puts the words of this stack in the place of those in capitals.
func (s session) fill(text string) string {
	return regexp.MustCompile(`\b[A-Z]+\b`).ReplaceAllStringFunc(text, func(word string) string {
		if here := s.words[word]; here != "" {
			return here
		}
		return word
	})
}

// answersJSON fails unless the command succeeds and its standard output is one JSON object.
func (c ctl) answersJSON(t *testing.T, command string) {
	t.Helper()
	out, complaint, code := c.types(t, command)
	var object map[string]any
	if err := json.Unmarshal([]byte(out), &object); err != nil || object == nil || code != 0 {
		t.Errorf("%s: exit code %d, says %q and %q; want one JSON object: %v", command, code, out, complaint, err)
	}
}

// says fails unless the command succeeds and says this on one of its streams, and returns what the expression has in
// parentheses. Without a number, the end of everybody is refused.
func (c ctl) says(t *testing.T, command, want string) (found string) {
	t.Helper()
	out, complaint, code := c.types(t, command)
	m := regexp.MustCompile(want).FindStringSubmatch(out)
	wanted := 0
	if command == "leverctl end --all" {
		m, wanted = regexp.MustCompile(want).FindStringSubmatch(complaint), 1
	}
	if code != wanted || m == nil {
		t.Fatalf("%s: exit code %d, says %q and %q; want %q", command, code, out, complaint, want)
	}
	if strings.Contains(command, "end --all --sure") && !strings.Contains(complaint, ", 100 %") {
		t.Errorf("%s shows no progress: %q", command, complaint)
	}
	return m[len(m)-1]
}

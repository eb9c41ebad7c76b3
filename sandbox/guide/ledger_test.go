package guide

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// typed says by which test each block that is more than calls of make is typed, by document and heading.
var typed = map[string]string{
	"docs/conformance.md, With an account":                "sandbox/conformance TestTheGuideAsksTheAccountOfTheEnvironment",
	"docs/operator.md, Deploy to the emulator":            "acceptance/deploy TestTheGuideDeploysToTheEmulator",
	"docs/operator.md, Before the first deploy to AWS":    "acceptance/deploy TestTheGuideDeploysAnEnvironment",
	"docs/operator.md, Set it up":                         "acceptance/operator TestLeverctlLooksResealsAndEndsEverybody",
	"docs/platform.md, Calling":                           "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Connecting a tenant":               "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Reading":                           "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Following changes":                 "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Handing over decisions":            "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Settings":                          "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/platform.md, Disconnecting":                     "acceptance TestTheGuideRunsAsItIsWritten",
	"docs/runbook.md, A table was restored from a backup": "acceptance/store TestARestoredMirrorIsCleanedOfWhatWasErasedSince",
}

// made says who makes each target that documents name. Checks that take minutes are made by make release, and each fails when what
// it shows does not hold.
var made = map[string]string{
	"lint": ".ci/run", "test": ".ci/run",
	"measures": "make test", "tools": "make test", "looks": "make test", "acceptance": "make test, as suite and beside",
	"run":                 "each target with a stack starts it with the same program; make demo shows it to a person's end",
	"help":                "sandbox/guide TestTargetsThatTakeAMomentAreMade",
	"simulate":            "sandbox/guide TestTargetsThatTakeAMomentAreMade",
	"leverctl":            "acceptance/operator TestLeverctlLooksResealsAndEndsEverybody",
	"logs":                "acceptance/operator TestTheRunbookReadsTheLog",
	"cleanse":             "acceptance/store TestARestoredMirrorIsCleanedOfWhatWasErasedSince",
	"deploy":              "acceptance/deploy TestTheGuideDeploysAnEnvironment",
	"simulate-connection": "sandbox/guide TestTargetsThatTakeAMomentAreMade",
	"simulate-decisions":  "sandbox/guide TestTargetsThatTakeAMomentAreMade",
	"conformance":         "sandbox/conformance TestTheGuideAsksTheAccountOfTheEnvironment",
	"demo":                "make release, 1 minute", "attack": "make release, 10 minutes", "bench": "make release, 5 minutes", "contract": "make release, 2 minutes",
	"deploys": "make release, 6 minutes", "drill": "make release, 7 minutes", "mutants": "make release, 15 minutes", "roles": "make release, 18 minutes",
	"rollback": "make release, 3 minutes", "screens": "nobody: it makes pictures, make looks checks the same pages", "release": "nobody: it makes the others", "trouble": "make release, 6 minutes",
}

// TestEachCommandOfADocumentIsTypedByATest: whoever adds a command to a document says here which test types it.
func TestEachCommandOfADocumentIsTypedByATest(t *testing.T) {
	t.Parallel()
	documents, err := Documents(root)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger{named: map[string]bool{}}
	if l.makefile, err = os.ReadFile(filepath.Join(root, "Makefile")); err != nil {
		t.Fatal(err)
	}
	for _, document := range documents {
		all, err := Read(root, document)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			l.check(t, c)
		}
	}
	for key, who := range typed {
		if !l.named[key] {
			t.Errorf("the ledger knows %q, which nothing in the documents is", key)
		}
		_, under, _ := strings.Cut(key, ", ")
		exists(t, who, `"`+under+`"`)
	}
	for target, who := range made {
		if !l.named["make "+target] {
			t.Errorf("the ledger knows make %s, which no document names", target)
		}
		if strings.Contains(who, " Test") {
			exists(t, who, "")
		}
		if in := regexp.MustCompile(`(?m)^\t@for check in .*\b` + target + `\b.*; do`).Match(l.makefile); in != strings.HasPrefix(who, "make release") && made[target] != "" && !strings.Contains(who, "Test") {
			t.Errorf("make %s is made by %q, and make release says otherwise", target, who)
		}
	}
	if l.count < 120 {
		t.Errorf("only %d commands were found", l.count)
	}
}

// exists checks that a package has this test, and a test there that names the heading.
func exists(t *testing.T, who, names string) {
	t.Helper()
	folder, name, _ := strings.Cut(who, " ")
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	is, read := false, false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		is = is || strings.Contains(string(text), "\nfunc "+name+"(t *testing.T) {")
		read = read || strings.Contains(string(text), names)
	}
	if !is || !read {
		t.Errorf("in %s there is a test %s: %t; one that reads %s: %t", folder, name, is, names, read)
	}
}

// ledger is what one reading of all documents has found.
type ledger struct {
	makefile []byte
	named    map[string]bool
	count    int
}

// programs are the first words by which a span is taken for a command.
var programs = regexp.MustCompile(`^(?:make|aws|go (?:test|run|build|vet|mod|generate)|curl|sam|npm|pip|git|jq|kubectl|docker|terraform|openssl|rm|cp|mv|cat|export|unset|ssh|apt-get|apt|cdk|cargo|python3?|bash|sh|(?:\S*/)leverctl|leverctl|\.venv\S+|\./\S+) \S`)

func (l *ledger) check(t *testing.T, c Command) {
	t.Helper()
	if !c.Block {
		if programs.MatchString(c.Text) {
			l.line(t, c, c.Text)
		}
		return
	}
	lines := strings.Split(strings.TrimSpace(c.Text), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "make ") {
			l.count += len(lines)
			key := c.Document + ", " + c.Heading
			if l.named[key] = true; typed[key] == "" {
				t.Errorf("%s has a block that no test types:\n%s", key, c.Text)
			}
			return
		}
	}
	for _, line := range lines {
		l.line(t, c, line)
	}
}

// line checks one command: a call of make, of leverctl or the AWS CLI in one of the documents that acceptance/operator reads, or
// of Go.
func (l *ledger) line(t *testing.T, c Command, line string) {
	t.Helper()
	l.count++
	line, _, _ = strings.Cut(line, " #")
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch {
	case word == "make":
		l.target(t, c, rest)
	case word == "leverctl" || word == "aws":
		if !l.operators(t, line) {
			t.Errorf("%s names %q; acceptance/operator types what docs/operator.md and docs/runbook.md name", c.Document, line)
		}
	case strings.HasPrefix(line, "go test "):
		listed(t, c, line)
	case strings.HasPrefix(line, "go run ./sandbox/conformance ") && c.Document == "docs/conformance.md": // sandbox/conformance types them
	default:
		t.Errorf("%s, below %q, tells people to type %q, and no test types it", c.Document, c.Heading, line)
	}
}

// operators says whether the documents that acceptance/operator types name this command, or one that begins with it.
func (l *ledger) operators(t *testing.T, line string) bool {
	t.Helper()
	word, _, _ := strings.Cut(line, " ")
	spans, err := Spans(root, word, "docs/operator.md", "docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(spans, func(span string) bool {
		return span == line || len(strings.Fields(line)) == 2 && strings.HasPrefix(span, line+" ")
	})
}

var (
	setting = regexp.MustCompile(`([A-Z_]+)=("[^"]*"|'[^']*'|\S*)`)
	option  = regexp.MustCompile(`(?:^|[\s'"])--?([a-z]+)`)
)

// target checks that the Makefile knows a target with its settings, and the program behind it the options given to it.
func (l *ledger) target(t *testing.T, c Command, call string) {
	t.Helper()
	target, rest, _ := strings.Cut(call, " ")
	l.named["make "+target] = true
	if !regexp.MustCompile(`(?m)^` + target + `:`).Match(l.makefile) {
		t.Errorf("%s says make %s, which the Makefile does not know", c.Document, target)
	}
	if made[target] == "" {
		t.Errorf("%s says make %s, and the ledger does not say who makes it", c.Document, target)
	}
	for _, m := range setting.FindAllStringSubmatch(rest, -1) {
		if !regexp.MustCompile(`(?m)^\t?.*\$[({]` + m[1] + `[)}]`).Match(l.makefile) {
			t.Errorf("%s gives %s to make %s, and the Makefile does not read it", c.Document, m[1], target)
		}
		if strings.ToLower(m[1]) != target {
			continue
		}
		for _, o := range option.FindAllStringSubmatch(m[2], -1) {
			if !defines(t, filepath.Join(root, "sandbox", target), o[1]) {
				t.Errorf("%s gives -%s to make %s, whose program does not know it", c.Document, o[1], target)
			}
		}
	}
}

// defines says whether the program in a folder has an option of this name.
func defines(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?i)flags?\.\w+\([^\n]*"` + name + `"`).Match(text) {
			return true
		}
	}
	return false
}

var tested = regexp.MustCompile(`-run '?([^' ]+)'?`)

// listed checks that a call of go test names tests that there are. make measures and make unit run them with every change.
func listed(t *testing.T, c Command, line string) {
	t.Helper()
	run, folder := tested.FindStringSubmatch(line), regexp.MustCompile(`\./(\S+)`).FindStringSubmatch(line)
	if run == nil || folder == nil {
		t.Errorf("%s says %q, which names no test or no package", c.Document, line)
		return
	}
	top, below, _ := strings.Cut(run[1], "/")
	files, err := filepath.Glob(filepath.Join(root, folder[1], "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests, names := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			if regexp.MustCompile(top).MatchString(m[1]) {
				tests++
			}
		}
		for _, m := range regexp.MustCompile(`"([^"\n]+)"`).FindAllStringSubmatch(string(text), -1) {
			if regexp.MustCompile(below).MatchString(strings.ReplaceAll(m[1], " ", "_")) {
				names++
			}
		}
	}
	if tests == 0 || names == 0 {
		t.Errorf("%s says %q, which runs no test", c.Document, line)
	}
}

// TestTargetsThatTakeAMomentAreMade makes what is long only because of how much is asked of it, with little.
func TestTargetsThatTakeAMomentAreMade(t *testing.T) {
	for line, says := range map[string]string{
		"make help":                        `make simulate +`,
		"make simulate SEEDS=2":            `(?s)0 violations.*PASS`,
		"make simulate SEED=7":             `(?s)PASS`,
		"make simulate-connection SEEDS=2": `--- PASS: TestSimulated`,
		"make simulate-decisions SEEDS=20": `--- PASS: TestSimulatedDecisions `,
	} {
		command := exec.CommandContext(t.Context(), "bash", "-c", line)
		command.Dir = root
		command.Env = bare()
		out, err := command.CombinedOutput()
		if err != nil || !regexp.MustCompile(says).Match(out) {
			t.Errorf("%s: %v, says\n%s", line, err, out)
		}
	}
}

// bare is this environment without what would steer a call of make.
func bare() (env []string) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !regexp.MustCompile(`^(MAKE.*|MFLAGS|SEEDS?|KILL|TESTFLAGS)$`).MatchString(name) {
			env = append(env, v)
		}
	}
	return env
}

// Command mutants takes the rules of this system away, one at a time and for one build each, and lets the simulations look
// for the harm. It prints which of them noticed what and when, and fails when a rule can be taken away unnoticed. The
// source stays as it is (package mutation).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/evidenced/lever-integration/sandbox/mutation"
)

// suite is a test and the rules whose absence it must notice.
type suite struct {
	name      string
	test      []string // arguments of go test, the package first
	mutations []mutation.Mutation
}

// suites are all of them.
func suites() []suite {
	return []suite{simulationSuite(), playSuite(), connectionSuite(), decisionSuite()}
}

func main() {
	only := flag.String("only", "", "only the mutations whose name matches this regular expression")
	page := flag.String("page", "", "the page whose table is written anew, when every mutation was tried")
	flag.Parse()
	lines, survived, err := run(context.Background(), regexp.MustCompile(*only), suites()...)
	if err == nil && *page != "" && *only == "" {
		err = write(*page, lines)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if survived > 0 {
		fmt.Fprintf(os.Stderr, "mutants: %d rules can be taken away without anybody noticing\n", survived)
		os.Exit(1)
	}
}

// line is one line of the table: a mutation, and what noticed it.
type line struct {
	suite, rule, file, noticed string
}

// run tries every mutation of the suites that matches, and counts those that nobody noticed.
func run(ctx context.Context, only *regexp.Regexp, suites ...suite) (lines []line, survived int, err error) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush() //nolint:errcheck // standard output
	done := 0
	for _, s := range suites {
		for _, m := range s.mutations {
			if !only.MatchString(m.Name) {
				continue
			}
			done++
			started := time.Now()
			noticed, err := s.try(ctx, m)
			if err != nil {
				return lines, survived, err
			}
			if noticed == "" {
				survived++
				noticed = "NOT NOTICED"
			}
			lines = append(lines, line{s.name, m.Name, m.File, noticed})
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", done, s.name, m.Name, time.Since(started).Round(time.Second), noticed)
			table.Flush() //nolint:errcheck // standard output
		}
	}
	return lines, survived, nil
}

// complaint is the first line with which a test complains; what comes before differs from run to run.
var complaint = regexp.MustCompile(`(?m)^\s+\w+_test\.go:\d+: (?:after \S+: )?(.*)$`)

// try runs the test of a suite on a mutated build and returns its first complaint, empty when there was none.
func (s suite) try(ctx context.Context, m mutation.Mutation) (noticed string, err error) {
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	overlay, err := m.Overlay(".", folder)
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-overlay", overlay, "-count=1"}, s.test...)...)
	out, failed := command.CombinedOutput()
	found := complaint.FindStringSubmatch(string(out))
	switch {
	case failed == nil:
		return "", nil
	case found == nil || !strings.Contains(string(out), "--- FAIL"):
		return "", fmt.Errorf("mutation %q: its build or test broke: %w\n%s", m.Name, failed, out)
	}
	return found[1], nil
}

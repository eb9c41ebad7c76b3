package templaterules

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
)

var showTable = flag.Bool("table", false, "print what was broken and what the rule said to it")

// outcome is what a rule said to a mutation, "" when it did not notice.
type outcome struct {
	mutation
	tried bool
	said  string
}

func TestEveryGuardedPropertyIsMissedWhenBroken(t *testing.T) {
	t.Parallel()
	whole := load(t)
	rules := map[string]Rule{}
	unbroken := map[string]bool{}
	for _, rule := range Rules() {
		rules[rule.Name] = rule
		unbroken[rule.Name] = true
	}
	outcomes := make([]outcome, len(mutations()))
	t.Cleanup(func() { // when all of them are through
		if *showTable {
			writeTable(os.Stdout, outcomes)
		}
	})
	for i, mutation := range mutations() {
		rule, ok := rules[mutation.rule]
		if !ok {
			t.Fatalf("there is no rule %q", mutation.rule)
		}
		delete(unbroken, mutation.rule)
		t.Run(mutation.name, func(t *testing.T) {
			t.Parallel()
			before := rule.Check(whole)
			broken := whole.clone()
			mutation.harm(broken)
			outcomes[i] = outcome{mutation: mutation, tried: true}
			for _, fault := range rule.Check(broken) {
				if !slices.Contains(before, fault) {
					outcomes[i].said = fault
					return
				}
			}
			t.Errorf("rule %q does not notice", rule.Name)
		})
	}
	for name := range unbroken {
		t.Errorf("no mutation breaks rule %q", name)
	}
}

// writeTable shows the mutations in the order of the rules, and how many were caught.
func writeTable(w io.Writer, outcomes []outcome) {
	const row = "%-36s  %-42s  %s\n"
	fmt.Fprintf(w, row, "Rule", "What was broken", "Caught by")
	tried, caught := 0, 0
	for _, rule := range Rules() {
		for _, o := range outcomes {
			if o.rule != rule.Name || !o.tried {
				continue
			}
			tried++
			said := "NOBODY"
			if o.said != "" {
				caught++
				said = o.said[:min(len(o.said), 100)]
			}
			fmt.Fprintf(w, row, o.rule, o.name, said)
		}
	}
	fmt.Fprintf(w, "%d of %d mutations caught, by %d rules\n", caught, tried, len(Rules()))
}

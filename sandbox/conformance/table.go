package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// printTables prints what was found, and what no question settles.
func printTables(out io.Writer, findings []finding) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "QUESTION\tASSUMED\tWHAT LEVER DID\tVERDICT")
	count := map[string]int{}
	for _, f := range findings {
		count[f.Verdict]++
		verdict := f.Verdict
		if f.Why != "" {
			verdict += ": " + f.Why
		}
		fmt.Fprintf(w, "%s (%s)\t%s\t%s\t%s\n", f.Text, f.Name, f.Assumed, f.Found, verdict)
	}
	_ = w.Flush() // it writes to memory
	fmt.Fprintf(&b, "\n%d as assumed, %d otherwise, %d could not be asked\n", count[asAssumed], count[otherwise], count[notPut])
	b.WriteString("\nGuesses that requests cannot settle, and what a person can do:\n")
	for _, g := range notAsked() {
		fmt.Fprintf(&b, "  %s (lever/api.md section %s): %s. By hand: %s.\n", g.Point, g.Section, g.Reason, g.Hand)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

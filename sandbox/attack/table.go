package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evidenced/lever-integration/sandbox/intruder"
)

// attackAll makes the chosen attacks on the stack as it is and prints the first table.
func attackAll(ctx context.Context, ground *intruder.Ground, chosen *regexp.Regexp, out io.Writer) error {
	start, held, made := time.Now(), 0, 0
	fmt.Fprintf(out, "\nThe stack as it is: every attack must be held.\n\n")
	row(out, "", "attack", "what is sent", "the right answer", "the answer", "state that must not change")
	for _, attack := range intruder.All() {
		if !chosen.MatchString(attack.Name) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r := attack.Run(ctx, ground)
		made++
		word := "BROKEN"
		if r.Held() {
			held++
			word = "held"
		}
		if os.Getenv("TOOK") != "" {
			word = fmt.Sprintf("%4.1f", r.Took.Seconds())
		}
		row(out, word, r.Name, r.Sends, r.Want, r.Got, r.State())
		if !r.Held() {
			fmt.Fprintf(out, "        %s\n", r)
		}
	}
	fmt.Fprintf(out, "\n%d attacks, %d held, %d not; %.0f s\n", made, held, made-held, time.Since(start).Seconds())
	if held < made {
		return fmt.Errorf("%d of %d attacks were not held", made-held, made)
	}
	return nil
}

// widths of the columns, in characters; longer text is not cut, so that the table says everything.
func row(out io.Writer, cells ...string) {
	widths := []int{8, 44, 60, 40, 40, 0}
	var line strings.Builder
	for i, cell := range cells {
		line.WriteString(cell)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell))) + "  ")
		}
	}
	fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
}

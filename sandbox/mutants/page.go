package main

import (
	"fmt"
	"os"
	"strings"
)

// The marks in a page between which the table stands.
const (
	opening = "<!-- make mutants writes this table -->\n"
	closing = "<!-- end of the table -->\n"
)

// write puts the lines as a table between the marks of a page.
func write(page string, lines []line) error {
	content, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("read page: %w", err)
	}
	before, rest, opened := strings.Cut(string(content), opening)
	_, after, closed := strings.Cut(rest, closing)
	if !opened || !closed {
		return fmt.Errorf("page %s has no place for the table", page)
	}
	var table strings.Builder
	table.WriteString("\n| Rule taken away | File | Noticed by |\n|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&table, "| %s | `%s` | %s: %s |\n", l.rule, l.file, l.suite, short(strings.ReplaceAll(l.noticed, "|", "/")))
	}
	table.WriteString("\n")
	return os.WriteFile(page, []byte(before+opening+table.String()+closing+after), 0o600)
}

// short is the beginning of a complaint: what differs is told in full by the replay.
func short(s string) string {
	const most = 150
	if len(s) <= most {
		return s
	}
	s = strings.ToValidUTF8(s[:most], "")
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	return s + " …"
}

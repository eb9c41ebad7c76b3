// Package guide takes from the documents of this repository what they tell people to type, so that tests can type it as it is
// written. The ledger, in its test, says of every command in every document who does.
package guide

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A Command is something that a document tells people to type.
type Command struct {
	Document string // path below the root, such as docs/operator.md
	Heading  string // the nearest one above it
	Text     string // a block with its lines, without the indentation that all of them have; or one line
	Block    bool   // it stands alone between fences, for a shell
}

var (
	// A block in a list is indented as the list is.
	fence   = regexp.MustCompile("(?s)^ *```([a-z]*)\n(.*?\n) *```(?:\n|$)")
	heading = regexp.MustCompile(`^#+ +(.+)\n`)
	span    = regexp.MustCompile("`([^`]+)`")
	kinds   = map[string]bool{"sh": true, "ini": true, "json": true, "mermaid": true, "": true} // the last is what something prints
	prompt  = regexp.MustCompile(`(?m)^ *(?:\$ )?(?:make|aws|leverctl|bin/\S+|go|curl) `)
	indent  = regexp.MustCompile(`^    (?:[a-z]|\$ )`)
)

// Documents are the paths of all documents, below the root of the checkout.
func Documents(root string) (paths []string, err error) {
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			paths = append(paths, strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(root)+"/"))
		}
	}
	return paths, nil
}

// Read gives everything in a document that is set as code, in its order: blocks for a shell, and within the text whatever
// stands between backticks. Blocks of other languages are left out.
func Read(root, document string) ([]Command, error) {
	raw, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	var all []Command
	text, under, prose := string(raw), "", ""
	flush := func() {
		for _, m := range span.FindAllStringSubmatch(prose, -1) {
			all = append(all, Command{Document: document, Heading: under, Text: strings.Join(strings.Fields(m[1]), " ")})
		}
		prose = ""
	}
	for text != "" {
		if m := fence.FindStringSubmatch(text); m != nil {
			flush()
			if !kinds[m[1]] || m[1] == "" && prompt.MatchString(m[2]) {
				return nil, fmt.Errorf("%s, below %q: what a block in %q is for is not known; commands stand in blocks marked sh", document, under, m[1])
			}
			if m[1] == "sh" {
				all = append(all, Command{Document: document, Heading: under, Text: level(m[2]), Block: true})
			}
			text = text[len(m[0]):]
			continue
		}
		if m := heading.FindStringSubmatch(text); m != nil {
			flush()
			under = m[1]
		}
		line, rest, _ := strings.Cut(text, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "~~~") {
			return nil, fmt.Errorf("%s, below %q: blocks stand between backticks", document, under)
		}
		if indent.MatchString(line) && prose == "" {
			return nil, fmt.Errorf("%s, below %q: commands stand between fences, this one is indented: %s", document, under, line)
		}
		if prose += line + "\n"; strings.TrimSpace(line) == "" {
			flush()
		}
		text = rest
	}
	flush()
	return all, nil
}

// Blocks gives the blocks for a shell under one heading, in their order, without what stands under the headings below it. It is
// an error when there is none.
func Blocks(root, document, under string) ([]string, error) {
	all, err := Read(root, document)
	if err != nil {
		return nil, err
	}
	var blocks []string
	for _, c := range all {
		if c.Block && c.Heading == under {
			blocks = append(blocks, c.Text)
		}
	}
	if blocks == nil {
		return nil, fmt.Errorf("%s has nothing to type under %q", document, under)
	}
	return blocks, nil
}

// Spans gives, each once, what the texts of these documents have between backticks and begins with this word.
func Spans(root, word string, documents ...string) ([]string, error) {
	var spans []string
	known := map[string]bool{}
	for _, document := range documents {
		all, err := Read(root, document)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			if !c.Block && strings.HasPrefix(c.Text, word+" ") && !known[c.Text] {
				known[c.Text] = true
				spans = append(spans, c.Text)
			}
		}
	}
	return spans, nil
}

// level takes away the indentation that the first line has.
func level(block string) string {
	margin := len(block) - len(strings.TrimLeft(block, " "))
	lines := strings.SplitAfter(block, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, strings.Repeat(" ", margin))
	}
	return strings.Join(lines, "")
}

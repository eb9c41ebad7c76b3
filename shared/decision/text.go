package decision

import (
	"strings"
	"unicode"
)

// strip says whether a character has no place in a note: controls other than tab and line feed, and the invisible
// characters that turn the direction of the text around them.
func strip(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidi embeddings, overrides, isolates
		return true
	case r >= 0x206A && r <= 0x206F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB: // deprecated format and annotation characters
		return true
	}
	return unicode.IsControl(r)
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n")

// clean makes text from outside fit to stand in a note: valid UTF-8, plain line feeds, nothing that strip names. It does
// not touch what people see: HTML, emoji, right-to-left letters and formula signs stay as they are.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if strip(r) {
			return -1
		}
		return r
	}, newlines.Replace(strings.ToValidUTF8(s, "\uFFFD")))
}

// quiet puts a zero-width space after each at sign, also the look-alikes, because Lever notifies the user named after
// one and opens secret notes to them (lever/api.md section 3.5).
func quiet(s string) string { return atSigns.Replace(s) }

var atSigns = strings.NewReplacer("@", "@\u200B", "\uFF20", "\uFF20\u200B", "\uFE6B", "\uFE6B\u200B")

// line is clean and quiet text on a single line.
func line(s string) string { return quiet(strings.Join(strings.Fields(clean(s)), " ")) }

package decision

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// noteLimit is the greatest length of a note in UTF-16 units, which no way of counting characters exceeds. Lever
// documents no limit and advises nothing above 10,000 (lever/api.md section 3.5).
const noteLimit = 9_900

// headlines open the note: what was decided, in words.
var headlines = map[Outcome]string{
	Advance:   "Advance to the next step",
	Hire:      "Hire",
	Hold:      "On hold",
	Reject:    "Do not proceed",
	NoShow:    "Candidate did not attend",
	Withdrawn: "Decision withdrawn",
}

// ratings are the words of Lever's own scale (lever/api.md section 3.5).
var ratings = [...]string{1: "strong no", 2: "no", 3: "yes", 4: "strong yes"}

// Note is the text of the note for the newest version of d, whose content must not be erased yet. It is plain text that
// a person reads in five seconds: the decision first, the long part in the middle, who and when and the way to the rest
// at the end. Only the summary is ever cut.
func (m Marker) Note(d *Decision) string {
	c := d.Content
	head := []string{"Evidenced: " + headlines[c.Outcome]}
	if d.Version > 1 && c.Outcome != Withdrawn {
		head[0] += " (updated)"
	}
	if c.Rating > 0 && c.Outcome != Withdrawn {
		head = append(head, "Rating: "+ratings[c.Rating])
	}
	if reason := line(c.Reason); reason != "" {
		head = append(head, "Reason: "+reason)
	}
	var tail []string
	if c.Interview != "" {
		tail = append(tail, "Interview: "+c.Interview)
	}
	tail = append(tail, "Decided by "+line(c.By.Name)+" on "+time.UnixMilli(c.DecidedAt).UTC().Format("2 January 2006 at 15:04 UTC"))
	if c.Link != "" {
		tail = append(tail, "Details: "+plainLink(c.Link))
	}
	tail = append(tail, m.line(d, d.Version))
	parts := []string{strings.Join(head, "\n"), strings.Join(tail, "\n")}
	if summary := paragraph(c.Summary); summary != "" {
		room := noteLimit - units(parts[0]) - units(parts[1]) - len("\n\n\n\n")
		parts = []string{parts[0], cut(summary, room, c.Link != ""), parts[1]}
	}
	return strings.Join(parts, "\n\n")
}

// paragraph is clean, quiet text of several lines without blank ones at its ends or more than one in a row.
func paragraph(s string) string {
	lines := strings.Split(clean(s), "\n")
	kept := lines[:0]
	for _, l := range lines {
		l = strings.TrimRightFunc(l, unicode.IsSpace)
		if l == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, l)
	}
	return quiet(strings.TrimRight(strings.Join(kept, "\n"), "\n"))
}

// plainLink is an address that still works with at signs neutralised.
func plainLink(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return quiet(link)
	}
	return quiet(strings.ReplaceAll(u.String(), "@", "%40"))
}

// units is the length of s in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut shortens s to at most room UTF-16 units, at a space where there is one near, never within a letter with its
// marks or a joined emoji, and says so.
func cut(s string, room int, linked bool) string {
	if units(s) <= room {
		return s
	}
	ending := "… [cut]"
	if linked {
		ending = "… [cut: see the details below]"
	}
	room -= units(ending)
	runes, n, end := []rune(s), 0, 0
	for end < len(runes) && n+max(utf16.RuneLen(runes[end]), 1) <= room {
		n += max(utf16.RuneLen(runes[end]), 1)
		end++
	}
	for back := end; back > max(0, end-100); back-- {
		if unicode.IsSpace(runes[back]) {
			return strings.TrimRightFunc(string(runes[:back]), unicode.IsSpace) + ending
		}
	}
	for end > 0 && (joins(runes[end]) || joins(runes[end-1]) && !unicode.IsMark(runes[end-1])) {
		end--
	}
	return string(runes[:end]) + ending
}

// joins says whether a character belongs to the one before it.
func joins(r rune) bool {
	return unicode.IsMark(r) || r == 0x200D || r >= 0x1F3FB && r <= 0x1F3FF || r >= 0xE0020 && r <= 0xE007F || r >= 0x1F1E6 && r <= 0x1F1FF
}

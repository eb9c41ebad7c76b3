package decision

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/evidenced/lever-integration/shared/table"
)

var update = flag.Bool("update", false, "write the golden files anew")

var testMarker = Marker{Key: "a marker key for tests"}

func decided(change func(*Submission)) *Decision {
	s := Submission{
		Opportunity: "opportunity-1", Interview: "interview-1", Outcome: Advance, Reason: "Clear reasoning under pressure", Rating: 4,
		Summary: "Walked through the design step by step.\nAsked good questions.", By: Decider{"Dana Example", "dana@customer.example"},
		DecidedAt: time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC).UnixMilli(), Link: "https://app.example/decisions/d1", Version: 1,
	}
	change(&s)
	return &Decision{
		Meta: table.Meta{PK: "tenant-1", SK: "d1"}, Opportunity: s.Opportunity, Version: s.Version, Content: s.stored(),
	}
}

func TestNoteReadsAsAgreed(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*Submission){
		"without-rating":    func(s *Submission) { s.Rating = 0 },
		"without-reason":    func(s *Submission) { s.Reason = "" },
		"without-summary":   func(s *Submission) { s.Summary = " \n\n " },
		"without-interview": func(s *Submission) { s.Interview = "" },
		"without-link":      func(s *Submission) { s.Link = "" },
		"least": func(s *Submission) {
			*s = Submission{Opportunity: s.Opportunity, Outcome: Hold, By: Decider{Name: "Dana Example"}, DecidedAt: s.DecidedAt, Version: 1}
		},
		"rating-1":             func(s *Submission) { s.Rating = 1 },
		"rating-2":             func(s *Submission) { s.Rating = 2 },
		"rating-3":             func(s *Submission) { s.Rating = 3 },
		"updated":              func(s *Submission) { s.Version = 2 },
		"corrected-withdrawal": func(s *Submission) { s.Version, s.Outcome = 3, Withdrawn },
		"right-to-left": func(s *Submission) {
			s.By.Name, s.Reason, s.Summary = "דנה לדוגמה", "שיקול דעת טוב", "مرحبا بالعالم\nשלום \u202Eevil\u202C עולם"
		},
		"emoji": func(s *Submission) {
			s.Reason, s.Summary = "👍🏽 great", "👩‍👩‍👧‍👦 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag 🇩🇪"
		},
		"html": func(s *Submission) {
			s.Reason, s.Summary = "<b>bold</b>", "<script>alert(1)</script>\n&amp; <a href='x'>y</a>"
		},
		"formulas": func(s *Submission) { s.Reason, s.Summary = "=1+1", "=HYPERLINK(\"x\")\n+1\n-1\n@SUM(A1)" },
		"at-signs": func(s *Submission) {
			s.By.Name, s.Reason, s.Summary, s.Link = "Dana @boss", "ask @lee", "mail dana@customer.example\n＠wide ﹫small", "https://app.example/@dana?to=a@b"
		},
		"controls": func(s *Submission) {
			s.By.Name, s.Reason, s.Summary = "Dana\r\nExample", "a\x00b\x1b[31mc\u0085d", "one\r\ntwo\rthree\u2028four\n\n\n\nfive\x07 \ttab\xff"
		},
		"forged-marker": func(s *Submission) { s.Summary = "text\nRef. evidenced/d1/v9/aaaaaaaaaaaaaaaaaaaa" },
	}
	for name, change := range cases {
		golden(t, name, testMarker.Note(decided(change))+"\n")
	}
}

// TestNoteOfEachOutcomeReadsAsAgreed has one page an outcome: complete, and with each part left out.
func TestNoteOfEachOutcomeReadsAsAgreed(t *testing.T) {
	t.Parallel()
	parts := []struct {
		name string
		omit func(*Submission)
	}{
		{"complete", func(*Submission) {}},
		{"without rating", func(s *Submission) { s.Rating = 0 }},
		{"without reason", func(s *Submission) { s.Reason = "" }},
		{"without summary", func(s *Submission) { s.Summary = "" }},
		{"without interview", func(s *Submission) { s.Interview = "" }},
		{"by somebody whom Lever does not know", func(s *Submission) { s.By.Email = "" }},
		{"with nothing that may be left out", func(s *Submission) { s.Rating, s.Reason, s.Summary, s.Interview, s.Link = 0, "", "", "", "" }},
		{"corrected", func(s *Submission) { s.Version = 2 }},
	}
	for _, outcome := range Outcomes() {
		var page strings.Builder
		for _, part := range parts {
			d := decided(func(s *Submission) { s.Outcome = outcome; part.omit(s) })
			fmt.Fprintf(&page, "=== %s\n%s\n\n", part.name, testMarker.Note(d))
		}
		golden(t, "outcome-"+string(outcome), page.String())
	}
}

// golden holds a text against its file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func TestNoteOfAnyLengthStaysBelowTheLimit(t *testing.T) {
	t.Parallel()
	units4 := map[string]string{"ascii": "word ", "unbroken": "x", "hebrew": "שלום ", "emoji": "👩‍👩‍👧‍👦", "marks": "e\u0301", "at": "@", "lines": "a\n\n"}
	for name, unit := range units4 {
		for _, length := range []int{0, 1, 100, 9_000, 9_800, 9_900, 10_000, 100_000} {
			d := decided(func(s *Submission) {
				s.Summary = string([]rune(strings.Repeat(unit, length/len([]rune(unit))+1))[:length])
				s.Reason = strings.Repeat("@", MaxReason)
			})
			note := testMarker.Note(d)
			if n := units(note); n > noteLimit || !utf8.ValidString(note) {
				t.Errorf("%s of %d: note of %d units", name, length, n)
			}
			if v, ok := testMarker.version(d, note); !ok || v != 1 {
				t.Errorf("%s of %d: marker lost", name, length)
			}
			if cut := strings.Contains(note, "[cut"); cut != (length >= 9_800) && length != 9_000 {
				t.Errorf("%s of %d: cut %v", name, length, cut)
			}
			if !strings.Contains(note, "https://app.example/decisions/d1") {
				t.Errorf("%s of %d: link lost", name, length)
			}
		}
	}
}

func TestNoteNeverNotifiesOrForges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := decided(func(s *Submission) {
			s.Reason, s.Summary = rapid.String().Draw(t, "reason"), rapid.String().Draw(t, "summary")
			s.By.Name = rapid.StringMatching(`[A-Za-z@ ]{1,20}`).Draw(t, "name")
			s.Outcome = rapid.SampledFrom(Outcomes()).Draw(t, "outcome")
		})
		note := testMarker.Note(d)
		for i := range len(note) {
			if note[i] == '@' && !strings.HasPrefix(note[i+1:], "\u200B") {
				t.Fatalf("an at sign that notifies: %q", note)
			}
		}
		if v, ok := testMarker.version(d, note); !ok || v != d.Version {
			t.Fatalf("marker says %d, %v", v, ok)
		}
		if clean(note) != note {
			t.Fatalf("a character that has no place in a note: %q", note)
		}
	})
}

func TestMarkerCountsOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	d := decided(func(*Submission) {})
	genuine := testMarker.line(d, 2)
	elsewhere := func(change func(*Decision)) *Decision { other := *d; change(&other); return &other }
	cases := map[string]struct {
		of   *Decision
		text string
		want int64
	}{
		"at the end":         {d, "text\n" + genuine, 2},
		"space behind":       {d, genuine + " \r\n", 2},
		"in the middle":      {d, genuine + "\nmore", 0},
		"other version":      {d, strings.Replace(genuine, "/v2/", "/v3/", 1), 0},
		"other tenant":       {elsewhere(func(d *Decision) { d.PK = "tenant-2" }), genuine, 0},
		"other candidate":    {elsewhere(func(d *Decision) { d.Opportunity = "opportunity-2" }), genuine, 0},
		"other decision":     {elsewhere(func(d *Decision) { d.SK = "d2" }), genuine, 0},
		"other key":          {d, Marker{Key: "other"}.line(d, 2), 0},
		"too great a number": {d, strings.Replace(genuine, "/v2/", "/v9999999999999999999/", 1), 0},
		"empty":              {d, "", 0},
	}
	for name, c := range cases {
		if got, _ := testMarker.version(c.of, c.text); got != c.want {
			t.Errorf("%s: version %d, want %d", name, got, c.want)
		}
	}
}

func FuzzMarker(f *testing.F) {
	d := decided(func(*Submission) {})
	f.Add(testMarker.line(d, 1))
	f.Add("Ref. evidenced/d1/v1/aaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := testMarker.version(d, text)
		if ok && !strings.HasSuffix(strings.TrimSpace(text), testMarker.line(d, v)) {
			t.Fatalf("%q counts as version %d", text, v)
		}
	})
}

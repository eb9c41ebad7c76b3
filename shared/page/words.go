package page

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// words is all text of one language: a key to a sentence. In a sentence {0}, {1} stand for arguments and *stars* for
// emphasis; a key with .one and .other is chosen by its first argument, a number.
type words map[string]string

// speaker says things in one language, at one moment, in one time zone.
type speaker struct {
	words words
	now   time.Time
	zone  *time.Location
}

// moment is a point in time as an argument of a sentence: milliseconds since the epoch and the way to say it.
type moment struct {
	millis int64
	style  momentStyle
}

// momentStyle is a way to say a moment.
type momentStyle int

const (
	since momentStyle = iota // "2 minutes ago"
	clock                    // "10:12", with the date when that is not today
	dated                    // "3 Nov, 10:12"
)

func ago(millis int64) moment { return moment{millis, since} }
func at(millis int64) moment  { return moment{millis, clock} }
func on(millis int64) moment  { return moment{millis, dated} }

// text says a sentence in plain text.
func (s speaker) text(key string, args ...any) string {
	return s.fill(key, args, func(literal string) string { return strings.ReplaceAll(literal, "*", "") },
		func(text string) string { return text }, s.plain)
}

// rich says a sentence as HTML. Arguments are escaped; moments become time elements and template.HTML stays as it is.
func (s speaker) rich(key string, args ...any) template.HTML {
	return template.HTML(s.fill(key, args, emphasise, html.EscapeString, s.timeElement)) //nolint:gosec // every part is escaped
}

func emphasise(literal string) string {
	var b strings.Builder
	for i, part := range strings.Split(html.EscapeString(literal), "*") {
		if i%2 == 1 {
			part = "<strong>" + part + "</strong>"
		}
		b.WriteString(part)
	}
	return b.String()
}

// fill puts the arguments into the sentence. The literal parts are shaped before, so that no argument is taken for markup.
func (s speaker) fill(key string, args []any, literal, escape func(string) string, when func(moment) string) string {
	sentence := literal(s.sentence(key, args))
	for i, arg := range args {
		var said string
		switch arg := arg.(type) {
		case moment:
			said = when(arg)
		case template.HTML:
			said = string(arg)
		case int:
			said = escape(s.number(arg))
		default:
			said = escape(fmt.Sprint(arg))
		}
		// A brace in an argument could look like a later placeholder.
		said = strings.ReplaceAll(said, "{", "\x00")
		sentence = strings.ReplaceAll(sentence, "{"+strconv.Itoa(i)+"}", said)
	}
	return strings.ReplaceAll(sentence, "\x00", "{")
}

// sentence finds the words of a key. A key nobody wrote words for shows as itself in marks that a test looks for.
func (s speaker) sentence(key string, args []any) string {
	if len(args) > 0 {
		if n, ok := args[0].(int); ok {
			form := ".other"
			if n == 1 {
				form = ".one"
			}
			if sentence, found := s.words[key+form]; found {
				return sentence
			}
		}
	}
	if sentence, found := s.words[key]; found {
		return sentence
	}
	return "⟦" + key + "⟧"
}

func (s speaker) has(key string) bool {
	_, found := s.words[key]
	return found
}

// number groups thousands.
func (s speaker) number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + s.words["thousands"] + digits[i:]
	}
	return digits
}

// list joins words with commas and a last "and".
func (s speaker) list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + s.words["and"] + items[len(items)-1]
}

// humanise makes a readable word of a code that the table does not know.
func humanise(code string) string {
	said := strings.NewReplacer("-", " ", "_", " ").Replace(code)
	if said == "" {
		return said
	}
	return strings.ToUpper(said[:1]) + said[1:]
}

// Package canary finds planted values in whatever came out of a stack, in each form in which they could have got there:
// plain, in any letter case, escaped for JSON, for a URL or for HTML, as hexadecimal digits, and within base64 at any
// offset. A search that finds nothing shows something only if it can find; its tests, and the acceptance test that uses
// it, plant leaks on purpose.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Canary is one planted value. Name says what it is and stands in messages in place of the value.
type Canary struct{ Name, Value string }

// Leak is a canary that was found where it must not be.
type Leak struct{ Name, Where, Form string }

// String says what was found where, without the value.
func (l Leak) String() string { return fmt.Sprintf("%s, %s, in %s", l.Name, l.Form, l.Where) }

// Net holds the canaries to look for. It is safe for concurrent use once made.
type Net struct{ threads []thread }

// thread is one form of one canary.
type thread struct {
	name, form string
	pattern    []byte
	fold       bool // the form may come in any letter case
}

// shortest is the length under which a value is too common to be looked for.
const shortest = 8

// New makes the net. A value of less than 8 bytes is an error of the caller's: it would be found everywhere.
func New(canaries []Canary) (*Net, error) {
	n := &Net{}
	for _, c := range canaries {
		if len(c.Value) < shortest {
			return nil, fmt.Errorf("the canary %q has a value of %d bytes; it needs %d", c.Name, len(c.Value), shortest)
		}
		seen := map[string]bool{}
		for _, form := range forms(c.Value) {
			for _, v := range form.values {
				fold := form.name != "in base64"
				if fold {
					v = strings.ToLower(v)
				}
				if !seen[v] {
					seen[v] = true
					n.threads = append(n.threads, thread{c.Name, form.name, []byte(v), fold})
				}
			}
		}
	}
	return n, nil
}

// Search lists what of the net a text holds; each canary and form once.
func (n *Net) Search(where string, text []byte) []Leak {
	var leaks []Leak
	folded := bytes.ToLower(text)
	seen := map[Leak]bool{}
	for _, t := range n.threads {
		in := text
		if t.fold {
			in = folded
		}
		if leak := (Leak{t.name, where, t.form}); bytes.Contains(in, t.pattern) && !seen[leak] {
			seen[leak] = true
			leaks = append(leaks, leak)
		}
	}
	return leaks
}

// form is a way in which a value may be written.
type form struct {
	name   string
	values []string
}

func forms(v string) []form {
	plain, _ := json.Marshal(v) // a string always encodes
	return []form{
		{"plain", []string{v}},
		{"escaped for JSON", []string{strings.Trim(string(plain), `"`), ascii(v)}},
		{"in a URL", []string{url.QueryEscape(v), url.PathEscape(v)}},
		{"in HTML", []string{html.EscapeString(v)}},
		{"in hexadecimal", []string{hex.EncodeToString([]byte(v))}},
		{"in base64", base64s(v)},
	}
}

// ascii writes everything beyond ASCII as JSON escapes.
func ascii(v string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(v)) {
		if unit < 0x80 {
			b.WriteByte(byte(unit))
		} else {
			b.WriteString(`\u` + fmt.Sprintf("%04s", strconv.FormatUint(uint64(unit), 16)))
		}
	}
	return b.String()
}

// base64s are what a value looks like within base64 when it begins at each of the three offsets, without the digits that
// its neighbours have a part in.
func base64s(v string) (all []string) {
	for offset := range 3 {
		padded := append(make([]byte, offset), v...)
		whole := len(padded) / 3 * 3
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			digits := encoding.EncodeToString(padded[:whole])
			if offset > 0 {
				digits = digits[4:]
			}
			all = append(all, digits)
		}
	}
	return all
}

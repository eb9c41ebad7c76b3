package browser

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Page is what a visit ended with.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
}

// Form is a form of a page, with the values it would send untouched.
type Form struct {
	Action  string
	Method  string // GET or POST
	Values  url.Values
	Buttons []Button
	Text    string // all text inside the form
}

// Button is a submit button.
type Button struct{ Name, Value, Label, ID string }

// Link is an anchor with a target.
type Link struct{ Href, Text, ID string }

// Press is a form with the button to press and values to change first.
type Press struct {
	Form   Form
	Button Button
	Values url.Values
}

func (p Press) visit(from *url.URL) (visit, error) {
	target, err := from.Parse(p.Form.Action)
	if err != nil {
		return visit{}, fmt.Errorf("read the form's address: %w", err)
	}
	values := url.Values{}
	for name, list := range p.Form.Values {
		values[name] = list
	}
	for name, list := range p.Values {
		values[name] = list
	}
	if p.Button.Name != "" {
		values.Set(p.Button.Name, p.Button.Value)
	}
	if p.Form.Method == http.MethodPost {
		return visit{method: http.MethodPost, target: target, from: from, form: values}, nil
	}
	query := *target
	query.RawQuery = values.Encode()
	return visit{method: http.MethodGet, target: &query, from: from}, nil
}

// Press finds the first form with a button whose label contains the text, whatever its case, or whose id is the text
// after a "#", and which the optional conditions accept.
func (p *Page) Press(label string, accept ...func(Form) bool) (Press, error) {
	var seen []string
	for _, form := range p.Forms() {
		for _, button := range form.Buttons {
			seen = append(seen, button.Label)
			if named(button.Label, button.ID, label) && all(form, accept) {
				return Press{Form: form, Button: button, Values: url.Values{}}, nil
			}
		}
	}
	return Press{}, fmt.Errorf("no button %q on the page %s (status %d); it has %q and says: %s",
		label, p.URL.Path, p.Status, seen, short(p.Text()))
}

// Link finds the first link whose text contains the given one, whatever its case, or whose id is the text after a "#".
func (p *Page) Link(text string) (Link, error) {
	for _, link := range p.Links() {
		if named(link.Text, link.ID, text) {
			return link, nil
		}
	}
	return Link{}, fmt.Errorf("no link %q on the page %s (status %d)", text, p.URL.Path, p.Status)
}

// Says reports whether the page's text contains the given one, whatever its case.
func (p *Page) Says(text string) bool { return contains(p.Text(), text) }

// Text returns the visible text with single spaces.
func (p *Page) Text() string { return p.read().text.String() }

// Forms returns the forms in the order of the page.
func (p *Page) Forms() []Form { return p.read().forms }

// Links returns the links in the order of the page.
func (p *Page) Links() []Link { return p.read().links }

func (p *Page) read() *reading {
	r := &reading{}
	decoder := xml.NewDecoder(strings.NewReader(p.Body))
	decoder.Strict = false
	decoder.AutoClose = xml.HTMLAutoClose
	decoder.Entity = xml.HTMLEntity
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return r.done() // the end, or a place that is no HTML: what was read so far stands
		}
		r.take(token)
	}
}

func named(text, id, wanted string) bool {
	if want, byID := strings.CutPrefix(wanted, "#"); byID {
		return id == want
	}
	return contains(text, wanted)
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

func all(form Form, accept []func(Form) bool) bool {
	for _, ok := range accept {
		if !ok(form) {
			return false
		}
	}
	return true
}

func short(text string) string {
	if len(text) > 300 {
		return text[:300] + "…"
	}
	return text
}

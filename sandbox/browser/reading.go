package browser

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// reading collects forms, links and text from the tokens of a page.
type reading struct {
	forms  []Form
	links  []Link
	text   spaced
	form   *Form
	inForm spaced
	button *Button
	link   *Link
	label  spaced // text of the open button or link
	choice string // name of the open select
	area   string // name of the open textarea
	hidden int    // depth inside script and style
	silent int    // depth inside noscript
	goOn   string // where the page sends the browser by itself
}

// spaced joins pieces of text with single spaces.
type spaced struct{ strings.Builder }

func (s *spaced) add(text string) {
	words := strings.Join(strings.Fields(text), " ")
	if words == "" {
		return
	}
	if s.Len() > 0 {
		s.WriteByte(' ')
	}
	s.WriteString(words)
}

func (r *reading) done() *reading {
	r.closeForm()
	return r
}

func (r *reading) take(token xml.Token) {
	switch token := token.(type) {
	case xml.StartElement:
		r.start(strings.ToLower(token.Name.Local), attributes(token))
	case xml.EndElement:
		r.end(strings.ToLower(token.Name.Local))
	case xml.CharData:
		r.words(string(token))
	}
}

func (r *reading) words(text string) {
	if r.hidden > 0 {
		return
	}
	if r.area != "" && r.form != nil {
		r.form.Values.Set(r.area, r.form.Values.Get(r.area)+text)
	}
	r.text.add(text)
	r.label.add(text)
	if r.form != nil {
		r.inForm.add(text)
	}
}

func (r *reading) start(name string, attribute map[string]string) {
	switch name {
	case "script", "style":
		r.hidden++
	case "noscript":
		r.silent++
	case "meta":
		r.meta(attribute)
	case "form":
		r.closeForm()
		r.form = &Form{Action: attribute["action"], Method: method(attribute["method"]), Values: url.Values{}}
	case "a":
		if href := attribute["href"]; href != "" {
			r.link, r.label = &Link{Href: href, ID: attribute["id"]}, spaced{}
		}
	case "button":
		if _, off := attribute["disabled"]; !off && attribute["type"] != "button" {
			r.button, r.label = &Button{Name: attribute["name"], Value: attribute["value"], ID: attribute["id"]}, spaced{}
		}
	case "input":
		r.input(attribute)
	case "select":
		r.choice = attribute["name"]
	case "textarea":
		r.area = attribute["name"]
	case "option":
		r.option(attribute)
	}
}

// meta takes a refresh that leads elsewhere, as browsers do; one that only reloads is left alone.
func (r *reading) meta(attribute map[string]string) {
	if r.silent > 0 || !strings.EqualFold(attribute["http-equiv"], "refresh") {
		return
	}
	_, target, _ := strings.Cut(attribute["content"], ";")
	if name, address, found := strings.Cut(strings.TrimSpace(target), "="); found && strings.EqualFold(strings.TrimSpace(name), "url") {
		r.goOn = strings.Trim(strings.TrimSpace(address), `'"`)
	}
}

func (r *reading) input(attribute map[string]string) {
	if r.form == nil {
		return
	}
	name := attribute["name"]
	_, checked := attribute["checked"]
	switch attribute["type"] {
	case "submit":
		r.form.Buttons = append(r.form.Buttons, Button{Name: name, Value: attribute["value"], Label: attribute["value"], ID: attribute["id"]})
	case "checkbox", "radio":
		if checked && name != "" {
			value, given := attribute["value"]
			if !given {
				value = "on"
			}
			r.form.Values.Add(name, value)
		}
	default:
		if name != "" {
			r.form.Values.Add(name, attribute["value"])
		}
	}
}

// option takes the first option of a select, or the selected one.
func (r *reading) option(attribute map[string]string) {
	if r.form == nil || r.choice == "" {
		return
	}
	_, selected := attribute["selected"]
	if _, given := r.form.Values[r.choice]; !given || selected {
		r.form.Values.Set(r.choice, attribute["value"])
	}
}

func (r *reading) end(name string) {
	switch name {
	case "script", "style":
		r.hidden = max(0, r.hidden-1)
	case "noscript":
		r.silent = max(0, r.silent-1)
	case "form":
		r.closeForm()
	case "select":
		r.choice = ""
	case "textarea":
		r.area = ""
	case "a":
		if r.link != nil {
			r.link.Text = r.label.String()
			r.links = append(r.links, *r.link)
			r.link = nil
		}
	case "button":
		if r.button != nil && r.form != nil {
			r.button.Label = r.label.String()
			r.form.Buttons = append(r.form.Buttons, *r.button)
		}
		r.button = nil
	}
}

func (r *reading) closeForm() {
	if r.form == nil {
		return
	}
	r.form.Text = r.inForm.String()
	r.forms = append(r.forms, *r.form)
	r.form, r.inForm, r.choice, r.area = nil, spaced{}, "", ""
}

func attributes(element xml.StartElement) map[string]string {
	values := make(map[string]string, len(element.Attr))
	for _, attribute := range element.Attr {
		values[strings.ToLower(attribute.Name.Local)] = attribute.Value
	}
	return values
}

func method(name string) string {
	if strings.EqualFold(name, http.MethodPost) {
		return http.MethodPost
	}
	return http.MethodGet
}

package contract

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Reply is an answer of the API as it came.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Check says what of a reply is not as described; nil when all is.
func (d *Description) Check(method, path string, r Reply) error {
	o, allowed := d.find(method, path)
	if o == nil {
		return d.elsewhere(method, path, allowed, r)
	}
	if err := o.check(d, r); err != nil {
		return fmt.Errorf("%s answers %d: %w", o, r.Status, err)
	}
	return nil
}

// find returns the operation of a request, or the methods that its path has instead.
func (d *Description) find(method, path string) (*Operation, []string) {
	var allowed []string
	for i, o := range d.Operations {
		if !matches(o.Path, path) {
			continue
		}
		if o.Method == method {
			return &d.Operations[i], nil
		}
		allowed = append(allowed, o.Method)
	}
	slices.Sort(allowed)
	return nil, allowed
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") })
}

// elsewhere holds the reply to a request that no operation describes: API Gateway's refusal, 405 on a path that has
// other methods, or 404.
func (d *Description) elsewhere(method, path string, allowed []string, r Reply) error {
	want := http.StatusNotFound
	if len(allowed) > 0 {
		want = http.StatusMethodNotAllowed
	}
	if r.Status != want && r.Status != http.StatusForbidden {
		return fmt.Errorf("%s %s is not described and answers %d", method, path, r.Status)
	}
	if allow := strings.Join(allowed, ", "); r.Status == http.StatusMethodNotAllowed && r.Header.Get("Allow") != allow {
		return fmt.Errorf("%s %s answers 405 with Allow %q, and %q is described", method, path, r.Header.Get("Allow"), allow)
	}
	// Every operation says the same about what none of its own statuses covers.
	return d.Operations[0].check(d, r)
}

// emulatorJSON is what the emulator calls the JSON of a refusal for which API Gateway says application/json.
const emulatorJSON = "application/x-amz-json-1.0"

func (o *Operation) check(d *Description, r Reply) error {
	response, named := o.Responses[strconv.Itoa(r.Status)]
	if !named {
		if response, named = o.Responses["default"]; !named || r.Status < http.StatusBadRequest {
			return errors.New("this status is not described")
		}
	}
	for _, name := range response.Headers {
		if r.Header.Get(name) == "" {
			return fmt.Errorf("header %s is missing", name)
		}
	}
	if (r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable) && r.Header.Get("Retry-After") == "" {
		return errors.New("header Retry-After is missing")
	}
	if len(response.Content) == 0 {
		if len(r.Body) > 0 {
			return errors.New("it has a body, and none is described")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == emulatorJSON && r.Status == http.StatusForbidden {
		kind = "application/json"
	}
	media := response.Content[kind]
	if err != nil || media == nil {
		return fmt.Errorf("content type %q is not described", r.Header.Get("Content-Type"))
	}
	return d.fits(media, r)
}

func (d *Description) fits(media *Media, r Reply) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.Body))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	if err := media.Schema.Validate(value); err != nil {
		return err
	}
	if beyond := d.beyond(media.raw, value, ""); len(beyond) > 0 {
		slices.Sort(beyond)
		return fmt.Errorf("not described: %s", strings.Join(beyond, ", "))
	}
	if status := fmt.Sprint(object(value)["status"]); r.Status >= http.StatusBadRequest && object(value)["code"] != nil && status != strconv.Itoa(r.Status) {
		return fmt.Errorf("the problem says status %s", status)
	}
	return nil
}

// beyond lists what a value has beyond the properties of its schema. The description allows more, so that replies may
// grow; our own replies must not grow unnoticed.
func (d *Description) beyond(schema map[string]any, value any, at string) (names []string) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			names = append(names, d.beyond(d.resolved(schema["items"]), element, at+"[]")...)
		}
	case map[string]any:
		if schema["additionalProperties"] == true {
			return nil // said outright: not ours
		}
		known := d.properties(d.meant(schema, value))
		for name, inner := range value {
			property, ok := known[name]
			if !ok {
				names = append(names, at+"/"+name)
				continue
			}
			names = append(names, d.beyond(d.resolved(property), inner, at+"/"+name)...)
		}
	}
	return names
}

func (d *Description) properties(schema map[string]any) map[string]any {
	all := map[string]any{}
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		for name, property := range d.properties(d.resolved(part)) {
			all[name] = property
		}
	}
	for name, property := range object(schema["properties"]) {
		all[name] = property
	}
	return all
}

// meant picks the alternative of a oneOf whose kind is that of the value.
func (d *Description) meant(schema, value map[string]any) map[string]any {
	parts, _ := schema["oneOf"].([]any)
	for _, part := range parts {
		if o := d.resolved(part); object(object(o["properties"])["kind"])["const"] == value["kind"] {
			return o
		}
	}
	return schema
}

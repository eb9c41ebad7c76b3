// Package contract holds replies of the platform API and bus events against what is published in docs/api. The unit
// tests of the API, the acceptance suite and the stand-in for Evidenced use it; nothing that runs in production does.
//
// A reply fits when its operation, status and content type are described, its body fits the schema and has nothing
// beyond it, and the headers that must be there are there. Everything here is safe for concurrent use.
package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/evidenced/lever-integration/docs/api"
)

// Description is docs/api/openapi.yaml, read and compiled.
type Description struct {
	Operations []Operation // in the order of their paths and methods
	doc        map[string]any
	compiler   *jsonschema.Compiler
}

// Operation is one described call.
type Operation struct {
	Method, Path string // the path with its variables in braces
	Query        []string
	Body         *Media // nil where it takes none
	Responses    map[string]Response
}

// String is the method and the path.
func (o Operation) String() string { return o.Method + " " + o.Path }

// Response is a described reply; Content is by content type.
type Response struct {
	Headers []string // that must be there
	Content map[string]*Media
}

// Media is one form of a body, with its examples by name.
type Media struct {
	Schema   *jsonschema.Schema
	Examples map[string]any
	raw      map[string]any // the schema as written
}

// Read reads the description. An error means that the file is broken.
func Read() (*Description, error) {
	raw, err := api.Files.ReadFile("openapi.yaml")
	if err != nil {
		return nil, fmt.Errorf("read description: %w", err)
	}
	var loose any
	if err := yaml.Unmarshal(raw, &loose); err != nil {
		return nil, fmt.Errorf("parse description: %w", err)
	}
	encoded, err := json.Marshal(loose)
	if err != nil {
		return nil, fmt.Errorf("encode description: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("decode description: %w", err)
	}
	d := &Description{doc: object(doc), compiler: jsonschema.NewCompiler()}
	if err := d.compiler.AddResource("openapi.json", doc); err != nil {
		return nil, fmt.Errorf("add description: %w", err)
	}
	for path, item := range object(d.doc["paths"]) {
		for method := range object(item) {
			if method == "parameters" {
				continue
			}
			o, err := d.operation(method, path)
			if err != nil {
				return nil, err
			}
			d.Operations = append(d.Operations, o)
		}
	}
	slices.SortFunc(d.Operations, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return d, nil
}

func (d *Description) operation(method, path string) (Operation, error) {
	o := Operation{Method: strings.ToUpper(method), Path: path, Responses: map[string]Response{}}
	here, pointer := d.at("paths", path, method)
	parameters, _ := here["parameters"].([]any)
	for _, p := range parameters {
		if p := d.resolved(p); p["in"] == "query" {
			o.Query = append(o.Query, fmt.Sprint(p["name"]))
		}
	}
	if here["requestBody"] != nil {
		content, err := d.content(pointer, "requestBody")
		if err != nil {
			return o, err
		}
		o.Body = content["application/json"]
	}
	for status := range object(here["responses"]) {
		content, err := d.content(pointer, "responses", status)
		if err != nil {
			return o, err
		}
		o.Responses[status] = Response{Headers: d.required(pointer, "responses", status), Content: content}
	}
	return o, nil
}

// content compiles every form of a body that stands at a place.
func (d *Description) content(from []string, names ...string) (map[string]*Media, error) {
	all := map[string]*Media{}
	here, place := d.at(append(slices.Clone(from), names...)...)
	for kind := range object(here["content"]) {
		media, place := d.at(append(slices.Clone(place), "content", kind)...)
		raw, place := d.at(append(place, "schema")...)
		schema, err := d.compiler.Compile("openapi.json" + pointer(place))
		if err != nil {
			return nil, fmt.Errorf("compile schema of %s: %w", strings.Join(from, " "), err)
		}
		m := &Media{Schema: schema, Examples: map[string]any{}, raw: raw}
		for name, example := range object(media["examples"]) {
			m.Examples[name] = object(example)["value"]
		}
		all[kind] = m
	}
	return all, nil
}

func (d *Description) required(from []string, names ...string) (headers []string) {
	here, _ := d.at(append(slices.Clone(from), names...)...)
	for name, header := range object(here["headers"]) {
		if d.resolved(header)["required"] == true {
			headers = append(headers, name)
		}
	}
	return headers
}

// at follows names from the top, and each $ref on the way; it returns what is there and under which names it stands.
func (d *Description) at(names ...string) (here map[string]any, place []string) {
	here = d.doc
	for _, name := range names {
		here, place = object(here[name]), append(place, name)
		if ref, ok := here["$ref"].(string); ok {
			here, place = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return here, place
}

// resolved follows a $ref.
func (d *Description) resolved(v any) map[string]any {
	o := object(v)
	if ref, ok := o["$ref"].(string); ok {
		o, _ = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return o
}

func pointer(place []string) string {
	text := "#"
	for _, name := range place {
		text += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return text
}

func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

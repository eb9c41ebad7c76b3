package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// inspect walks the value once beside the type it is meant for and refuses what encoding/json would let pass.
func inspect(data []byte, limits Limits, target reflect.Type) error {
	w := walker{dec: json.NewDecoder(bytes.NewReader(data)), depth: limits.Depth, unknown: limits.Unknown, noNull: limits.NoNull}
	if w.depth == 0 {
		w.depth = usualDepth
	}
	w.dec.UseNumber()
	if object := structure(target); object != nil && !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return bad("The body must be a JSON object.")
	}
	if err := w.value(target, 1); err != nil {
		return err
	}
	if _, err := w.dec.Token(); err != io.EOF {
		return bad("There is something after the end of the JSON value.")
	}
	return nil
}

type walker struct {
	dec     *json.Decoder
	depth   int
	unknown bool
	noNull  bool
}

func (w walker) value(target reflect.Type, level int) error {
	token, err := w.dec.Token()
	if err != nil {
		return w.broken(err)
	}
	if token == nil && w.noNull && !free(target) {
		return bad(fmt.Sprintf("A field is null at byte %d; leave it out instead.", w.dec.InputOffset()))
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if level > w.depth {
		return bad(fmt.Sprintf("The body is nested more than %d levels deep.", w.depth))
	}
	if delim == '{' {
		err = w.object(target, level)
	} else {
		err = w.array(target, level)
	}
	if err != nil {
		return err
	}
	if _, err := w.dec.Token(); err != nil { // the closing bracket
		return w.broken(err)
	}
	return nil
}

func (w walker) object(target reflect.Type, level int) error {
	fields := fieldsOf(target)
	seen := map[string]bool{}
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return w.broken(err)
		}
		name := token.(string) // the decoder gives only strings in this place
		folded := fold(name)
		if seen[folded] {
			return bad(fmt.Sprintf("A field is given twice at byte %d.", w.dec.InputOffset()))
		}
		seen[folded] = true
		inner := element(target)
		if fields != nil {
			field, known := fields[folded]
			if known && field.name != name || !known && !w.unknown {
				return bad(fmt.Sprintf("There is an unknown field at byte %d.", w.dec.InputOffset()))
			}
			inner = field.inner
		}
		if err := w.value(inner, level+1); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) array(target reflect.Type, level int) error {
	inner := element(target)
	for w.dec.More() {
		if err := w.value(inner, level+1); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) broken(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return bad("The body ends in the middle of the JSON value.")
	}
	return refused(err)
}

type field struct {
	name  string
	inner reflect.Type
}

// fieldsOf lists the JSON fields of a struct by folded name; nil when target is no struct or decodes itself.
// Fields of embedded structs count as their own, as in encoding/json.
func fieldsOf(target reflect.Type) map[string]field {
	object := structure(target)
	if object == nil {
		return nil
	}
	fields := map[string]field{}
	for _, f := range reflect.VisibleFields(object) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[fold(name)] = field{name, f.Type}
	}
	return fields
}

var (
	decodesJSON = reflect.TypeFor[json.Unmarshaler]()
	decodesText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// structure returns the struct that target is or points to, and nil for everything else.
func structure(target reflect.Type) reflect.Type {
	for target != nil && target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	if target == nil || target.Kind() != reflect.Struct {
		return nil
	}
	if p := reflect.PointerTo(target); p.Implements(decodesJSON) || p.Implements(decodesText) {
		return nil
	}
	return target
}

// free says that target takes any JSON.
func free(target reflect.Type) bool {
	return target == nil || target.Kind() == reflect.Interface || reflect.PointerTo(target).Implements(decodesJSON)
}

// element returns what a map, slice or array holds; nil when that is free.
func element(target reflect.Type) reflect.Type {
	for target != nil && target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	if target == nil || reflect.PointerTo(target).Implements(decodesJSON) {
		return nil
	}
	switch target.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return target.Elem()
	}
	return nil
}

// fold maps names to one form that encoding/json would take for the same field.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

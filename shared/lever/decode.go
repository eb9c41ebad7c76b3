package lever

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// DecodeError says which part of an answer was not as expected, by names and types of this
// package alone: it holds nothing of the answer. It matches ErrUndecodable.
type DecodeError struct {
	// Field is the path of the field, such as "archived.archivedAt"; empty for the whole.
	Field string
	// Want is the type that was expected.
	Want string
	// Got is the JSON type that came, or what is wrong.
	Got string
}

// Error names field and types.
func (e *DecodeError) Error() string {
	field := ""
	if e.Field != "" {
		field = fmt.Sprintf("field %q: ", e.Field)
	}
	if e.Want == "" {
		return field + e.Got
	}
	return fmt.Sprintf("%swant %s, got %s", field, e.Want, e.Got)
}

// Is makes every DecodeError match ErrUndecodable.
func (e *DecodeError) Is(target error) bool { return target == ErrUndecodable }

// decode unmarshals into target; its errors are all *DecodeError.
func decode(data []byte, target any) error {
	err := json.Unmarshal(data, target)
	if err == nil {
		return nil
	}
	var (
		mismatch *json.UnmarshalTypeError
		syntax   *json.SyntaxError
	)
	switch {
	case errors.As(err, &mismatch):
		// Value may be followed by the number itself.
		got, _, _ := strings.Cut(mismatch.Value, " ")
		return &DecodeError{Field: mismatch.Field, Want: wanted(mismatch.Type), Got: got}
	case errors.As(err, &syntax):
		return &DecodeError{Got: fmt.Sprintf("not JSON at byte %d", syntax.Offset)}
	}
	return &DecodeError{Got: "not as expected"}
}

// wanted names a type: those of this package by name, the others by their JSON type.
func wanted(want reflect.Type) string {
	switch {
	case want.Kind() == reflect.Slice:
		return "array"
	case want.Kind() == reflect.Struct && want.Name() == "":
		return "object"
	}
	return want.String()
}

// unwrap gives the object in an answer. Lever answers {"data":{...}}; its documentation also
// shows {"data":{"data":{...}}} for some (lever/api.md section 3.11).
func unwrap(body []byte) (json.RawMessage, error) {
	for range 2 {
		var envelope struct {
			ID   json.RawMessage `json:"id"`
			Data json.RawMessage `json:"data"`
		}
		if err := decode(body, &envelope); err != nil {
			return nil, err
		}
		if envelope.ID != nil || envelope.Data == nil {
			break
		}
		body = envelope.Data
		if !isObject(body) {
			return nil, &DecodeError{Field: "data", Want: "object", Got: "something else"}
		}
	}
	return body, nil
}

// isObject reports whether a JSON value is an object.
func isObject(value []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte("{"))
}

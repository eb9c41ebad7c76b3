package lever

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Millis is a time as Lever writes it: milliseconds since 1970 (lever/api.md section 0). It also
// decodes from a string, as the documentation shows for some fields; an empty string is 0.
type Millis int64

// Time gives the time in UTC; zero for nil or 0.
func (m *Millis) Time() time.Time {
	if m == nil || *m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(*m)).UTC()
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Millis) UnmarshalJSON(data []byte) error {
	number, err := lenientNumber(data, m)
	*m = Millis(number)
	return err
}

// Number is a whole number, such as minutes or a position. It also decodes from a string, and a
// fraction is cut off.
type Number int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error {
	number, err := lenientNumber(data, n)
	*n = Number(number)
	return err
}

// Ref is a reference to another object, which Lever gives as an id or, when asked to expand it,
// as the object (lever/api.md section 2).
type Ref struct {
	// ID is the id, a UUID or a slug.
	ID string
	// Name is the object's name or text when it came expanded, else empty.
	Name string
	// Email is the object's address when it came expanded and has one, else empty.
	Email string
	// Expanded says that the object came, not just its id.
	Expanded bool
}

// UnmarshalJSON implements json.Unmarshaler for both forms.
func (r *Ref) UnmarshalJSON(data []byte) error {
	if !isObject(data) {
		var id text
		err := id.UnmarshalJSON(data)
		*r = Ref{ID: string(id)}
		return mismatch(err, data, r)
	}
	var object struct {
		ID    text            `json:"id"`
		Name  json.RawMessage `json:"name"`
		Text  json.RawMessage `json:"text"`
		Email json.RawMessage `json:"email"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	*r = Ref{ID: string(object.ID), Name: lenientText(object.Name), Email: lenientText(object.Email), Expanded: true}
	if r.Name == "" {
		r.Name = lenientText(object.Text)
	}
	return nil
}

// IDOf gives the id of a reference; empty for nil.
func (r *Ref) IDOf() string {
	if r == nil {
		return ""
	}
	return r.ID
}

// text is a string that also decodes from a number, for ids and page tokens.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
	case string:
		*t = text(value)
	case json.Number:
		*t = text(value)
	default:
		return mismatch(ErrUndecodable, data, t)
	}
	return nil
}

// lenientText gives a JSON string, or nothing.
func lenientText(data []byte) string {
	var value string
	if json.Unmarshal(data, &value) != nil {
		return ""
	}
	return value
}

// lenientNumber reads a number or a string with one; null and "" are 0.
func lenientNumber(data []byte, target any) (int64, error) {
	digits := strings.TrimSpace(strings.Trim(string(data), `"`))
	if digits == "" || digits == "null" {
		return 0, nil
	}
	if whole, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return whole, nil
	}
	fraction, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.Abs(fraction) >= 1<<62 || math.IsNaN(fraction) {
		return 0, mismatch(ErrUndecodable, data, target)
	}
	return int64(fraction), nil
}

// mismatch turns err, unless nil, into the error that encoding/json completes with the path.
func mismatch(err error, data []byte, target any) error {
	if err == nil {
		return nil
	}
	return &json.UnmarshalTypeError{Value: jsonType(data), Type: reflect.TypeOf(target).Elem()}
}

// jsonType names the type of a JSON value.
func jsonType(data []byte) string {
	switch data = bytes.TrimSpace(data); {
	case len(data) == 0:
		return "nothing"
	case data[0] == '{':
		return "object"
	case data[0] == '[':
		return "array"
	case data[0] == '"':
		return "string"
	case data[0] == 't', data[0] == 'f':
		return "bool"
	case data[0] == 'n':
		return "null"
	}
	return "number"
}

// setMillis sets a parameter to a time, unless it is zero.
func setMillis(query url.Values, name string, at time.Time) {
	if !at.IsZero() {
		query.Set(name, strconv.FormatInt(at.UnixMilli(), 10))
	}
}

// Package strict decodes JSON that comes from outside: bodies of webhooks and of calls of the platform API. Where
// encoding/json is generous (a name given twice, a name in other letter case, a second document behind the first,
// ten thousand levels, broken UTF-8) two programs may read one body differently, so all of that is refused here.
//
// Errors are of kind fault.Invalid (code "bad-body") or fault.TooLarge (code "too-large") and quote nothing of the
// body: they name known fields and byte positions only. All functions are pure and safe for concurrent use.
package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/evidenced/lever-integration/shared/fault"
)

// Limits bound what Decode takes. A zero Depth means 32 levels; Bytes has no default and must be set.
type Limits struct {
	Bytes   int  // longest body
	Depth   int  // most levels of objects and arrays, the outermost included
	Unknown bool // let names pass that the target does not have
	NoNull  bool // refuse null where the target has a type; a null is then not another way to leave a field out
}

const usualDepth = 32

// Decode reads exactly one JSON value of data into the pointer into. A struct wants an object; its fields are matched
// by their exact names. What into points to is unspecified after an error.
func Decode(data []byte, limits Limits, into any) error {
	if len(data) > limits.Bytes {
		return fault.New(fault.TooLarge, "too-large", fmt.Sprintf("The body is longer than %d bytes.", limits.Bytes))
	}
	if len(data) == 0 {
		return bad("The body is empty.")
	}
	if !utf8.Valid(data) {
		return bad("The body is not valid UTF-8.")
	}
	if err := inspect(data, limits, reflect.TypeOf(into)); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return refused(err)
	}
	return nil
}

// refused turns an error of encoding/json into one that quotes nothing of the body.
func refused(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return bad(fmt.Sprintf("The field %s has the wrong type.", kind.Field))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return bad(fmt.Sprintf("The body is not valid JSON at byte %d.", syntax.Offset))
	}
	return bad("The body does not have the form that is described for this call.")
}

func bad(detail string) error { return fault.New(fault.Invalid, "bad-body", detail) }

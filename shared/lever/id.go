package lever

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxID is the length in bytes above which an id is refused. Lever's own are UUIDs or short
// slugs such as "applicant-new" (lever/api.md section 0).
const maxID = 128

// validID reports whether a text may stand as one segment of a path.
func validID(id string) bool {
	return id != "" && len(id) <= maxID && id != "." &&
		utf8.ValidString(id) &&
		!strings.ContainsAny(id, `/\`) && !strings.Contains(id, "..") &&
		!strings.ContainsFunc(id, unicode.IsControl)
}

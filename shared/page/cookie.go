package page

import "strings"

// Cookie is the name of the session's cookie. The prefix makes browsers refuse it without Secure, with a Domain, or with
// another path, so no other host can plant one.
const Cookie = "__Host-lever_portal"

// SessionCookie finds the session's cookie in cookie headers, whole or in parts. Two different values count as none.
func SessionCookie(headers []string) string {
	found := ""
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if name != Cookie || value == found {
				continue
			}
			if found != "" || len(value) > 256 {
				return ""
			}
			found = value
		}
	}
	return found
}

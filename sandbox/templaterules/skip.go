package templaterules

import (
	"fmt"
	"strings"
)

// skipsHaveReasons: what checkov shall not ask of a resource stands at that resource, by the id of the check and with a
// sentence that says why.
func skipsHaveReasons(t *Template) (faults []string) {
	for id, resource := range dig(t.expanded, "Resources") {
		seen := map[string]bool{}
		for _, skip := range list(dig(resource, "Metadata", "checkov")["skip"]) {
			check := text(skip, "id")
			if !strings.HasPrefix(check, "CKV_AWS_") || seen[check] || len(strings.Fields(text(skip, "comment"))) < 6 {
				faults = append(faults, fmt.Sprintf("%s skips %q twice or without saying why", id, check))
			}
			seen[check] = true
		}
	}
	return faults
}

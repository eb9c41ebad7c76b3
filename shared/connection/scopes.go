package connection

import (
	"slices"
	"strings"
)

// Scope is a permission that is asked of Lever, with the reason that the page gives in words.
type Scope struct {
	Name   string // Lever's scope (lever/api.md section 1, Scopes)
	Reason string // stable code of the page's sentence
}

// confidentialScope is asked for only when the admin chooses to include confidential jobs.
const confidentialScope = "confidential:access:admin"

// Required lists the scopes without which the integration does not do its work.
func Required() []Scope {
	return []Scope{
		{"offline_access", "stay-connected"},
		{"opportunities:read:admin", "read-candidates"},
		{"applications:read:admin", "read-applications"},
		{"postings:read:admin", "read-jobs"},
		{"users:read:admin", "read-users"},
		{"interviews:read:admin", "read-interviews"},
		{"stages:read:admin", "read-stages"},
		{"archive_reasons:read:admin", "read-archive-reasons"},
		{"notes:read:admin", "read-notes"},
		{"notes:write:admin", "write-notes"},
		{"webhooks:read:admin", "read-webhooks"},
		{"webhooks:write:admin", "write-webhooks"},
	}
}

// Scopes lists the names to ask for.
func Scopes(confidential bool) []string {
	var names []string
	for _, s := range Required() {
		names = append(names, s.Name)
	}
	if confidential {
		names = append(names, confidentialScope)
	}
	return names
}

// Missing names the required scopes that were not granted. A write scope implies its read scope (lever/api.md section 1).
// A grant of which Lever did not name the scopes counts as complete: each call then tells.
func Missing(granted []string) []string {
	if granted == nil {
		return nil
	}
	var missing []string
	for _, s := range Required() {
		write := strings.Replace(s.Name, ":read:", ":write:", 1)
		if !slices.Contains(granted, s.Name) && !slices.Contains(granted, write) {
			missing = append(missing, s.Name)
		}
	}
	return missing
}

// mentionsSuperAdmin recognises Lever's refusal of a user who may not connect apps. Its exact text is not documented
// (lever/api.md section 1 only says that a Super Admin is needed), so an unknown text just counts as a denial.
func mentionsSuperAdmin(description string) bool {
	return strings.Contains(strings.ReplaceAll(strings.ToLower(description), "_", " "), "super admin")
}

package levertest

import "strings"

// scopeNames are the things of lever/api.md section 1 that have a read scope, a write scope or both.
const scopeNames = "applications:r archive_reasons:r audit_events:r contact:rw diversity_surveys:r eeo_responses:r " +
	"eeo_responses_pii:r feedback:rw feedback_templates:rw files:rw forms:rw form_templates:rw groups:rw interviews:rw notes:rw " +
	"offers:r opportunities:rw panels:rw permissions:rw postings:rw referrals:r requisitions:rw requisition_fields:rw resumes:r " +
	"roles:rw sources:r stages:r tags:r tasks:r uploads:w users:rw webhooks:rw"

// scopeWords says in words what a scope (without :admin) allows, or "" for an unknown scope.
func scopeWords(scope string) string {
	switch scope {
	case "offline_access":
		return "Keep access while you are not using Lever"
	case scopeConfidential:
		return "Access confidential opportunities, postings and requisitions"
	}
	name, deed, _ := strings.Cut(scope, ":")
	for _, known := range strings.Fields(scopeNames) {
		have, deeds, _ := strings.Cut(known, ":")
		if have != name {
			continue
		}
		things := strings.ReplaceAll(name, "_", " ")
		switch {
		case deed == "read" && strings.Contains(deeds, "r"):
			return "View " + things
		case deed == "write" && strings.Contains(deeds, "w"):
			return "View, create and change " + things
		}
	}
	return ""
}

package main

// guess is a point that lever/api.md marks G: a guess of which the client relies on nothing.
type guess struct {
	Section string `json:"section"` // of lever/api.md
	Point   string `json:"point"`
	// Question settles it; empty when none can, and then Reason says why and Hand what a person can do.
	Question string `json:"question,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Hand     string `json:"byHand,omitempty"`
}

// marks is how many points lever/api.md marks G, its legend and the heading of its section 8 left out.
const marks = 40

const (
	noScope  = "the integration does not ask for the scope opportunities:write"
	noRefuse = "no request can provoke it"
)

// guesses lists the marks in the order of lever/api.md.
func guesses() []guess {
	return []guess{
		{"1", "a refresh token used twice ends its family", "refresh-reuse", "", ""},
		{"1", "code_challenge is accepted", "pkce-checked", "", ""},
		{"1", "sending S256 is harmless", "pkce-taken", "", ""},
		{"1", "token errors have Auth0's shape and status", "token-error", "", ""},
		{"1", "after Revoke Access: 401, and invalid_grant at a refresh", "revoked", "", ""},
		{"1", "opportunities:write covers tags, links and sources", "", noScope, "with an app that holds it: add and remove a tag, a link and a source"},
		{"1", "expand needs no further scope", "expand-scope", "", ""},
		{"2", "a limit out of range is answered 400", "limit", "", ""},
		{"2", "pages may skip or repeat rows while people advance", "", "it follows from the order of the list and shows only by chance", "advance candidates while a large account is read, and compare the ids with a second reading"},
		{"2", "a bad offset is answered 400 with BadRequestError", "bad-offset", "", ""},
		{"2", "unknown names in include and expand are ignored", "unknown-names", "", ""},
		{"2", "different filters must all hold", "filters", "", ""},
		{"2", "a list of confidential objects without the grant is answered 403", "confidential-list", "", ""},
		{"2", "a confidential object without the grant is answered 403", "confidential-single", "", ""},
		{"2", "the code of 400", "codes", "", ""},
		{"2", "the code of 403", "codes", "", ""},
		{"2", "the code of 422", "", "it concerns files, which the integration neither reads nor writes", "upload a file and download it before it is processed"},
		{"2", "code and text of 429", "codes", "", ""},
		{"2", "the codes of 500 and 503", "", noRefuse, "look for them in the logs of the functions after a fault at Lever"},
		{"2", "bodies of 5xx may be empty or HTML", "", noRefuse, "look for answer-not-understood in the logs of the functions after a fault at Lever"},
		{"2", "the rate limit counts an installation", "bucket", "", ""},
		{"3.1", "a phone may have another type", "", "a list without one proves nothing; any text is kept as it is", "enter a phone of an unusual type in Lever and read the candidate"},
		{"3.1", "posting_id leaves archived applications out", "posting-id", "", ""},
		{"3.1", "a deleted opportunity is answered 404", "deleted-single", "", ""},
		{"3.1", "an entry of /opportunities/deleted is the whole object", "deleted-items", "", ""},
		{"3.1", "adding a tag that is there changes nothing", "", noScope, "with an app that holds it: add the same tag twice"},
		{"3.1", "adding an unknown tag creates it", "", noScope, "with an app that holds it: add a tag that GET /tags does not list"},
		{"3.3", "interviews can be expanded", "interview-expand", "", ""},
		{"3.5", "a person's note cannot be deleted: 400 or 403", "persons-note", "", ""},
		{"3.5", "a note may have 10,000 characters", "note-length", "", ""},
		{"3.5", "secret notes are returned", "secret-note", "", ""},
		{"3.11", "verifyConnection asks for a test delivery", "verify-connection", "", ""},
		{"3.11", "a lost signature token is replaced by deleting and making the webhook again", "webhook-again", "", ""},
		{"4", "Rerun keeps the time", "rerun", "", ""},
		{"4", "a further attempt is identical", "retry-signature", "", ""},
		{"4", "5 attempts, 10 s for an answer, growing waits", "attempts", "", ""},
		{"5", "the id of a merged contact is answered 404", "", "the integration does not ask for the scope contact:read", "with an app that holds it: merge two contacts and read the one that lost"},
		{"5", "merging brings contactUpdated", "merge-event", "", ""},
		{"5", "a posting that turns confidential leaves the lists", "posting-hidden", "", ""},
		{"7", "webhooks of a revoked app stop", "revoked-webhooks", "", ""},
	}
}

// notAsked lists the guesses that no question settles.
func notAsked() (left []guess) {
	for _, g := range guesses() {
		if g.Question == "" {
			left = append(left, g)
		}
	}
	return left
}

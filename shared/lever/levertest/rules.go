package levertest

import (
	"net/http"
	"time"
)

// RefreshReuse is what happens when a refresh token is presented a second time.
type RefreshReuse string

// The known behaviours of an Auth0 tenant, and the plain one of RFC 6749 (lever/api.md section 1, refresh token).
const (
	ReuseRevokes RefreshReuse = "revoke" // the whole family dies
	ReuseRefused RefreshReuse = "refuse" // refused, and the tokens that were issued for it stay good
	ReuseLeeway  RefreshReuse = "leeway" // accepted for RefreshLeeway, afterwards the family dies
	ReuseAllowed RefreshReuse = "allow"  // always accepted
)

// RefreshLeeway is how long a spent refresh token stays good under ReuseLeeway.
const RefreshLeeway = 30 * time.Second

// Rules decides every point that lever/api.md leaves open (tags G and S). DefaultRules is what its
// section 8 suggests; AllVariants turns each one to its other side.
type Rules struct {
	// NoteReplyIDOnly: note create answers {data:{noteId}} as documented instead of the recorded full note (3.5, S).
	NoteReplyIDOnly bool
	// WebhookReplyDoubleWrapped: webhook create answers {data:{data:{...}}} as the documentation shows (3.11, S).
	WebhookReplyDoubleWrapped bool
	// ConfidentialStatus answers the single GET of a confidential object without the grant: 403 or 404 (2, G).
	ConfidentialStatus int
	// ConfidentialListStatus answers a list asked for confidential objects without the grant: 403 or 400 (2, G).
	ConfidentialListStatus int
	// ClampLimit: an out-of-range limit is clamped instead of refused with 400 (2, G).
	ClampLimit bool
	// RefreshReuse is what a second use of a refresh token does (1, G).
	RefreshReuse RefreshReuse
	// InvalidGrantStatus is the status of invalid_grant: 403 as in Auth0, or 400 as in RFC 6749 (1, G).
	InvalidGrantStatus int
	// CodeLifetime is how long an authorization code is good (7, unknown).
	CodeLifetime time.Duration
	// PKCEIgnored: code_challenge is accepted and never checked (1, G).
	PKCEIgnored bool
	// OpaqueTokens: access tokens are not JWTs (1, "treat as opaque").
	OpaqueTokens bool
	// OmitClaims: the JWT carries no accountId and userId claims (1, shown only in an example).
	OmitClaims bool
	// GrantSurvivesDeactivation: the grant outlives the deactivation of the user who gave it (1, S).
	GrantSurvivesDeactivation bool
	// RevokedHooksContinue: webhooks of a revoked app go on delivering (7, G).
	RevokedHooksContinue bool
	// ListAllWebhooks: GET /webhooks shows those of other apps and of the settings page too (7, G).
	ListAllWebhooks bool
	// DeletedItemsIDOnly: /opportunities/deleted holds only id, deletedAt and deletedBy (3.1, G).
	DeletedItemsIDOnly bool
	// DeletedWindowRequired: /applications/deleted and /postings/deleted refuse a missing or too wide window (3.1, C against S).
	DeletedWindowRequired bool
	// RetryResigns: a webhook retry carries a new token, time and signature (4, G).
	RetryResigns bool
	// RetriesAfterFirst: five attempts follow the first, instead of five in total (4, G).
	RetriesAfterFirst bool
	// HideSecretNotes: GET leaves secret notes out (3.5, G).
	HideSecretNotes bool
	// DeletedNotesVanish: deleted notes are not listed and answer 404, instead of carrying deletedAt (3.5, C example).
	DeletedNotesVanish bool
	// PerformAsStatus refuses an unknown or deactivated perform_as user: 400 or 403 (2, G).
	PerformAsStatus int
	// UINoteStatus refuses the edit or deletion of a note made by a person: 400 or 403 (3.5, G).
	UINoteStatus int
	// PlainErrorCodes: codes read InvalidArgument, Forbidden, TooManyRequests, InternalError (2, G).
	PlainErrorCodes bool
	// PostingIDIncludesArchived: posting_id also returns opportunities whose application is archived (3.1, G).
	PostingIDIncludesArchived bool
	// RetryAfter: 429 carries Retry-After, which nobody has seen (2, rate limits).
	RetryAfter bool
	// BucketPerApp: one token bucket for the app over all accounts, instead of one an installation (2, G).
	BucketPerApp bool
	// HiredAfterArchive: candidateHired is sent after candidateArchiveChange (5.9, order unknown).
	HiredAfterArchive bool
	// MergeSilent: merging contacts fires no contactUpdated (5.5, G).
	MergeSilent bool
	// OmitEventID: webhook bodies have no id, as in the documented examples (4).
	OmitEventID bool
	// HideConfidentialEvents: webhooks about confidential objects go only to apps with that scope (1, scopes).
	HideConfidentialEvents bool
}

// DefaultRules returns the defaults that lever/api.md section 8 suggests.
func DefaultRules() Rules {
	return Rules{
		ConfidentialStatus:     http.StatusForbidden,
		ConfidentialListStatus: http.StatusForbidden,
		RefreshReuse:           ReuseRevokes,
		InvalidGrantStatus:     http.StatusForbidden,
		CodeLifetime:           10 * time.Minute,
		PerformAsStatus:        http.StatusBadRequest,
		UINoteStatus:           http.StatusForbidden,
	}
}

// Variant is DefaultRules with one switch on its other side.
type Variant struct {
	Name  string
	Rules Rules
}

// AllVariants returns one variant for each other side of each switch, in the order of the fields.
func AllVariants() []Variant {
	turns := []struct {
		name string
		turn func(*Rules)
	}{
		{"NoteReplyIDOnly", func(r *Rules) { r.NoteReplyIDOnly = true }},
		{"WebhookReplyDoubleWrapped", func(r *Rules) { r.WebhookReplyDoubleWrapped = true }},
		{"ConfidentialStatus=404", func(r *Rules) { r.ConfidentialStatus = http.StatusNotFound }},
		{"ConfidentialListStatus=400", func(r *Rules) { r.ConfidentialListStatus = http.StatusBadRequest }},
		{"ClampLimit", func(r *Rules) { r.ClampLimit = true }},
		{"RefreshReuse=refuse", func(r *Rules) { r.RefreshReuse = ReuseRefused }},
		{"RefreshReuse=leeway", func(r *Rules) { r.RefreshReuse = ReuseLeeway }},
		{"RefreshReuse=allow", func(r *Rules) { r.RefreshReuse = ReuseAllowed }},
		{"InvalidGrantStatus=400", func(r *Rules) { r.InvalidGrantStatus = http.StatusBadRequest }},
		{"CodeLifetime=1m", func(r *Rules) { r.CodeLifetime = time.Minute }},
		{"PKCEIgnored", func(r *Rules) { r.PKCEIgnored = true }},
		{"OpaqueTokens", func(r *Rules) { r.OpaqueTokens = true }},
		{"OmitClaims", func(r *Rules) { r.OmitClaims = true }},
		{"GrantSurvivesDeactivation", func(r *Rules) { r.GrantSurvivesDeactivation = true }},
		{"RevokedHooksContinue", func(r *Rules) { r.RevokedHooksContinue = true }},
		{"ListAllWebhooks", func(r *Rules) { r.ListAllWebhooks = true }},
		{"DeletedItemsIDOnly", func(r *Rules) { r.DeletedItemsIDOnly = true }},
		{"DeletedWindowRequired", func(r *Rules) { r.DeletedWindowRequired = true }},
		{"RetryResigns", func(r *Rules) { r.RetryResigns = true }},
		{"RetriesAfterFirst", func(r *Rules) { r.RetriesAfterFirst = true }},
		{"HideSecretNotes", func(r *Rules) { r.HideSecretNotes = true }},
		{"DeletedNotesVanish", func(r *Rules) { r.DeletedNotesVanish = true }},
		{"PerformAsStatus=403", func(r *Rules) { r.PerformAsStatus = http.StatusForbidden }},
		{"UINoteStatus=400", func(r *Rules) { r.UINoteStatus = http.StatusBadRequest }},
		{"PlainErrorCodes", func(r *Rules) { r.PlainErrorCodes = true }},
		{"PostingIDIncludesArchived", func(r *Rules) { r.PostingIDIncludesArchived = true }},
		{"RetryAfter", func(r *Rules) { r.RetryAfter = true }},
		{"BucketPerApp", func(r *Rules) { r.BucketPerApp = true }},
		{"HiredAfterArchive", func(r *Rules) { r.HiredAfterArchive = true }},
		{"MergeSilent", func(r *Rules) { r.MergeSilent = true }},
		{"OmitEventID", func(r *Rules) { r.OmitEventID = true }},
		{"HideConfidentialEvents", func(r *Rules) { r.HideConfidentialEvents = true }},
	}
	out := make([]Variant, 0, len(turns))
	for _, t := range turns {
		rules := DefaultRules()
		t.turn(&rules)
		out = append(out, Variant{t.name, rules})
	}
	return out
}

// Package portal lets an admin of Evidenced open the integration's page without an account here: the platform asks for
// a one-time address (60 s), opening it sets a session cookie, and the session says for which tenant, as whom and in
// which role. Nothing but hashes of these values is stored, so a dump of the table opens nothing.
package portal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/evidenced/lever-integration/shared/table"
)

// Role is what the person may do on the page.
type Role string

// The roles. Only an admin may connect, disconnect or change anything; a viewer sees the status.
const (
	Admin  Role = "admin"
	Viewer Role = "viewer"
)

// Entry is what the platform says when it asks for a portal session.
type Entry struct {
	Tenant     string `dynamodbav:"tenant"`
	TenantName string `dynamodbav:"tenantName"` // shown before consent, so that a person sees who will receive the data
	UserID     string `dynamodbav:"userId"`
	UserName   string `dynamodbav:"userName"`
	Role       Role   `dynamodbav:"role"`
	ReturnURL  string `dynamodbav:"returnUrl"` // page of Evidenced to go back to; its origin must be allowed
	TimeZone   string `dynamodbav:"timeZone"`  // IANA name; "" = UTC
}

// Session is a browser's visit. Key is the hash under which it is stored, safe to keep beside other items.
type Session struct {
	table.Meta
	Entry
	Key     string `dynamodbav:"-"`
	CSRF    string `dynamodbav:"-"`       // the secret from which each form's anti-forgery token is made; derived from the cookie
	Expires int64  `dynamodbav:"expires"` // milliseconds since the epoch
}

// Form gives the anti-forgery token of the forms that do one deed. It opens no other deed and no other session.
func (s Session) Form(deed string) string {
	mac := hmac.New(sha256.New, []byte(s.CSRF))
	mac.Write([]byte(deed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// FormToken gives the anti-forgery token of the forms that do one deed in the visit of a cookie. Whoever has the cookie can
// make it, and nobody else.
func FormToken(cookie, deed string) string { return Session{CSRF: antiForgery(cookie)}.Form(deed) }

// Check compares the anti-forgery token that came with a deed in constant time.
func (s Session) Check(deed, token string) error {
	if s.CSRF == "" || !hmac.Equal([]byte(token), []byte(s.Form(deed))) {
		return errCSRF
	}
	return nil
}

// Admin says whether the person may change anything.
func (s Session) Admin() bool { return s.Role == Admin }

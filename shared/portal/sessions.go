package portal

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Lambda's runtime may come without
	"unicode/utf8"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

// Lifetimes. A session ends after an hour; the platform can always open a new one.
const (
	entryFor   = time.Minute
	sessionFor = time.Hour
)

// Sessions makes and checks portal sessions. It is safe for concurrent use.
type Sessions struct {
	DB            table.DB
	Now           func() time.Time
	Rand          io.Reader // cryptographic
	PublicURL     string    // address of this API, without a slash at its end
	ReturnOrigins []string  // origins that a return address may have
}

type entry struct {
	table.Meta
	Entry
	Expires int64 `dynamodbav:"expires"`
	Used    bool  `dynamodbav:"used"`
}

var (
	errSession = fault.New(fault.Unauthorized, "session-ended", "This page was open too long. Open it again from Evidenced, Integrations, Lever.")
	errCSRF    = fault.New(fault.Forbidden, "form-expired", "This form is from another visit. Go back to the page and press the button again.")
)

// Create stores a one-time entry for the page and returns its address, valid for 60 seconds.
func (s *Sessions) Create(ctx context.Context, e Entry) (entryURL string, expires time.Time, err error) {
	if err := s.check(e); err != nil {
		return "", time.Time{}, err
	}
	token, err := Token(s.Rand)
	if err != nil {
		return "", time.Time{}, err
	}
	expires = s.Now().Add(entryFor)
	item := entry{Meta: meta("entry#", token, expires), Entry: e, Expires: expires.UnixMilli()}
	if err := table.Save(ctx, s.DB, table.Sessions, &item); err != nil {
		return "", time.Time{}, fmt.Errorf("save portal entry: %w", err)
	}
	return s.PublicURL + "/portal/enter?entry=" + token, expires, nil
}

func (s *Sessions) check(e Entry) error {
	var wrong []string
	if e.Tenant == "" {
		wrong = append(wrong, "tenant is missing")
	}
	if e.TenantName == "" || utf8.RuneCountInString(e.TenantName) > 200 {
		wrong = append(wrong, "tenantName must have 1 to 200 characters")
	}
	if e.UserID == "" || utf8.RuneCountInString(e.UserID) > 200 || utf8.RuneCountInString(e.UserName) > 200 {
		wrong = append(wrong, "actingUser needs an id, and id and name at most 200 characters")
	}
	if e.Role != Admin && e.Role != Viewer {
		wrong = append(wrong, `role must be "admin" or "viewer"`)
	}
	if !s.mayReturn(e.ReturnURL) {
		wrong = append(wrong, "returnUrl must be an absolute address of an allowed origin")
	}
	if e.TimeZone != "" {
		if _, err := time.LoadLocation(e.TimeZone); err != nil || e.TimeZone == "Local" {
			wrong = append(wrong, "timeZone must be an IANA name such as Europe/Amsterdam")
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "bad-portal-session", strings.Join(wrong, "; ")+".")
	}
	return nil
}

// mayReturn compares scheme and authority exactly; user info, odd characters and relative forms are refused.
func (s *Sessions) mayReturn(address string) bool {
	if len(address) > 2000 || strings.ContainsAny(address, "\\\r\n\t ") {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" || u.Fragment != "" {
		return false
	}
	return slices.Contains(s.ReturnOrigins, u.Scheme+"://"+u.Host)
}

// Enter turns a one-time entry into a session and returns the value of its cookie. An entry works once.
func (s *Sessions) Enter(ctx context.Context, token string) (cookie string, session Session, err error) {
	e, err := table.Update(ctx, s.DB, table.Sessions, meta("entry#", token, time.Time{}).Key(), func(e *entry) error {
		if e.Rev == 0 || e.Used || e.Expires <= s.Now().UnixMilli() {
			return errSession
		}
		e.Used = true
		return nil
	})
	if err != nil {
		return "", Session{}, err
	}
	cookie, err = Token(s.Rand)
	if err != nil {
		return "", Session{}, err
	}
	until := s.Now().Add(sessionFor)
	session = Session{Meta: meta("session#", cookie, until), Entry: e.Entry, Expires: until.UnixMilli()}
	if err := table.Save(ctx, s.DB, table.Sessions, &session); err != nil {
		return "", Session{}, fmt.Errorf("save portal session: %w", err)
	}
	session.Key, session.CSRF = session.PK, antiForgery(cookie)
	return cookie, session, nil
}

// Load returns the session of a cookie; fault.Unauthorized when it has ended or never was.
func (s *Sessions) Load(ctx context.Context, cookie string) (Session, error) {
	session, found, err := table.Get[Session](ctx, s.DB, table.Sessions, meta("session#", cookie, time.Time{}).Key())
	switch {
	case err != nil:
		return Session{}, err
	case !found || session.Expires <= s.Now().UnixMilli():
		return Session{}, errSession
	}
	session.Key, session.CSRF = session.PK, antiForgery(cookie)
	return session, nil
}

// ErrEnded says that a session, an entry or a link has ended or was used.
func ErrEnded(err error) bool { return errors.Is(err, errSession) }

// Token returns 32 random bytes in URL-safe base 64.
func Token(rand io.Reader) (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// antiForgery derives the token of a session's forms from its cookie, so that it need not be stored and a page of the
// session always carries the same one.
func antiForgery(cookie string) string { return Hash("anti-forgery\x00" + cookie) }

// Hash is what is stored in place of a token.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func meta(prefix, token string, expires time.Time) table.Meta {
	m := table.Meta{PK: prefix + Hash(token), SK: "portal"}
	if !expires.IsZero() {
		m.TTL = expires.Add(time.Hour).Unix()
	}
	return m
}

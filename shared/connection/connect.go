package connection

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// attemptFor is how long a person may take from Connect to the confirmation by Evidenced.
const attemptFor = 10 * time.Minute

// attempt is one press of Connect, from the redirect to Lever until Evidenced confirmed it. It is stored under the
// hash of its state, and a second time found by the hash of its id, which only Evidenced learns.
type attempt struct {
	table.Meta             // PK "state#<hash>", SK "attempt"
	Session    string      `dynamodbav:"session"` // key of the browser session that began it
	Tenant     string      `dynamodbav:"tenant"`
	User       string      `dynamodbav:"user"` // acting user at Evidenced
	ReturnURL  string      `dynamodbav:"returnUrl"`
	Scopes     []string    `dynamodbav:"scopes"`
	Verifier   seal.Sealed `dynamodbav:"verifier"` // PKCE
	Code       seal.Sealed `dynamodbav:"code"`     // Lever's answer, kept until Evidenced confirmed
	Stage      string      `dynamodbav:"stage"`
	Connection string      `dynamodbav:"connection,omitempty"` // what it led to
	Expires    int64       `dynamodbav:"expires"`
}

// pointer leads from an attempt's id, as Evidenced knows it, to the attempt.
type pointer struct {
	table.Meta        // PK "attempt#<hash>", SK "attempt"
	State      string `dynamodbav:"state"`
}

// The stages of an attempt.
const (
	begun     = "begun"     // the browser is at Lever
	returned  = "returned"  // Lever answered; waiting for Evidenced to confirm
	redeeming = "redeeming" // the code is being spent
	finished  = "finished"
	failed    = "failed"
)

var (
	errStale     = fault.New(fault.Invalid, "connect-expired", "This page was open too long, or was used before. Start again from Evidenced, Integrations, Lever.")
	errForeign   = fault.New(fault.Forbidden, "connect-other-session", "This answer from Lever belongs to another visit. Start again from Evidenced, Integrations, Lever.")
	errDenied    = fault.New(fault.Forbidden, "consent-denied", "You did not accept in Lever. Nothing was connected. You can try again.")
	errNotSuper  = fault.New(fault.Forbidden, "not-super-admin", "Lever lets only Super Admins connect apps. Ask one of yours to press Connect.")
	errNotAdmin  = fault.New(fault.Forbidden, "not-admin", "Only an Evidenced admin can do this. Ask one of yours.")
	errOtherUser = fault.New(fault.Forbidden, "connect-other-user", "This connect was started by somebody else. Start again from Evidenced, Integrations, Lever.")
)

// Begin starts a connect for a browser session and returns the address at Lever to send the browser to. The state in
// it works once, for ten minutes, and only in that session.
func (s *Service) Begin(ctx context.Context, session portal.Session, confidential bool) (authorizeURL string, err error) {
	if !session.Admin() {
		return "", errNotAdmin
	}
	state, err := portal.Token(s.Rand)
	if err != nil {
		return "", err
	}
	verifier, err := portal.Token(s.Rand)
	if err != nil {
		return "", err
	}
	sealed, err := s.Box.Seal(ctx, codeContext(session.Tenant), []byte(verifier))
	if err != nil {
		return "", err
	}
	expires := s.Now().Add(attemptFor)
	a := attempt{
		Meta:    table.Meta{PK: "state#" + portal.Hash(state), SK: "attempt", TTL: expires.Add(time.Hour).Unix()},
		Session: session.Key, Tenant: session.Tenant, User: session.UserID, ReturnURL: session.ReturnURL,
		Scopes: Scopes(confidential), Verifier: sealed, Stage: begun, Expires: expires.UnixMilli(),
	}
	if err := table.Save(ctx, s.DB, table.Sessions, &a); err != nil {
		return "", fmt.Errorf("save connect attempt: %w", err)
	}
	challenge := sha256.Sum256([]byte(verifier))
	return s.OAuth.AuthorizeURL(state, base64.RawURLEncoding.EncodeToString(challenge[:]), a.Scopes), nil
}

// Return takes Lever's answer in the browser. Nothing is redeemed: the code is kept sealed, and the browser goes back to
// Evidenced with the id of the attempt, which Evidenced's backend confirms. An answer that is stale, used, or of another
// session leaves everything as it was. session is the key of the browser's portal session.
func (s *Service) Return(ctx context.Context, session string, query url.Values) (redirect string, err error) {
	a, err := s.answered(ctx, session, query.Get("state"))
	if err != nil {
		return "", err
	}
	code := query.Get("code")
	if problem := query.Get("error"); problem != "" || code == "" {
		return "", s.refusal(ctx, a, problem, query.Get("error_description"))
	}
	if len(code) > 4096 {
		return "", errStale
	}
	id, err := portal.Token(s.Rand)
	if err != nil {
		return "", err
	}
	if a.Code, err = s.Box.Reseal(ctx, codeContext(a.Tenant), a.Verifier, []byte(code)); err != nil {
		return "", err
	}
	a.Stage = returned
	p := pointer{Meta: table.Meta{PK: "attempt#" + portal.Hash(id), SK: "attempt", TTL: a.TTL}, State: a.PK}
	if err := s.saveBoth(ctx, &a, &p); err != nil {
		return "", err
	}
	return withAttempt(a.ReturnURL, id)
}

// answered loads the attempt of a state for the session that began it.
func (s *Service) answered(ctx context.Context, session, state string) (attempt, error) {
	a, found, err := table.Get[attempt](ctx, s.DB, table.Sessions, table.Key{PK: "state#" + portal.Hash(state), SK: "attempt"})
	switch {
	case err != nil:
		return a, err
	case !found || state == "" || a.Stage != begun || a.Expires <= s.Now().UnixMilli():
		return a, errStale
	case a.Session != session:
		return a, errForeign
	}
	return a, nil
}

// refusal ends an attempt that Lever did not grant and says why in our words; Lever's text is not shown.
func (s *Service) refusal(ctx context.Context, a attempt, problem, description string) error {
	a.Stage = failed
	if err := table.Save(ctx, s.DB, table.Sessions, &a); err != nil {
		return err
	}
	if mentionsSuperAdmin(description) {
		return errNotSuper
	}
	if problem == "access_denied" {
		return errDenied
	}
	return fault.New(fault.Unavailable, "lever-refused", "Lever could not finish the login. Try again in a moment.")
}

func (s *Service) saveBoth(ctx context.Context, a *attempt, p *pointer) error {
	first, err := table.Encode(table.Sessions, a)
	if err != nil {
		return err
	}
	second, err := table.Encode(table.Sessions, p)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, first, second); err != nil {
		return fmt.Errorf("save connect attempt: %w", err)
	}
	return nil
}

func withAttempt(returnURL, id string) (string, error) {
	u, err := url.Parse(returnURL)
	if err != nil {
		return "", fmt.Errorf("return address: %w", err)
	}
	q := u.Query()
	q.Set("attempt", id)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// codeContext binds codes and verifiers to the tenant, since there is no connection yet.
func codeContext(tenant string) seal.Context {
	return seal.Context{Connection: "tenant#" + tenant, Purpose: seal.Code}
}

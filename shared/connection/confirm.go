package connection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
)

// claim says which tenant and connection a Lever account belongs to: one account, one tenant.
type claim struct {
	table.Meta        // PK "account#<id>", SK "account"
	Tenant     string `dynamodbav:"tenant"`
	Connection string `dynamodbav:"connection"`
}

// Confirm finishes a connect: Evidenced's backend, which alone knows who is logged in there, names the attempt and the
// acting user. Only if that is the user the page was opened for is the code exchanged, once. Confirming the same
// attempt again returns its connection. A crash on the way is mended by pressing Connect again.
func (s *Service) Confirm(ctx context.Context, tenant, id string, by Person) (Connection, error) {
	a, err := s.confirmable(ctx, tenant, id, by)
	if err != nil {
		return Connection{}, err
	}
	if a.Stage == finished {
		c, _, err := s.Load(ctx, a.Connection)
		return c, err
	}
	a.Stage = redeeming
	if err := table.Save(ctx, s.DB, table.Sessions, &a); err != nil {
		if errors.Is(err, table.ErrConflict) {
			return Connection{}, errRunning
		}
		return Connection{}, err
	}
	c, err := s.redeem(ctx, a, by)
	a.Stage = failed
	if err == nil {
		a.Stage, a.Connection = finished, c.ID()
	} else {
		s.noteRefusal(context.WithoutCancel(ctx), a.Tenant, err)
	}
	a.Code = seal.Sealed{}
	return c, errors.Join(err, table.Save(context.WithoutCancel(ctx), s.DB, table.Sessions, &a))
}

var errRunning = fault.New(fault.Conflict, "connect-running", "This connect is being confirmed already. Look again in a moment.")

func (s *Service) confirmable(ctx context.Context, tenant, id string, by Person) (attempt, error) {
	p, found, err := table.Get[pointer](ctx, s.DB, table.Sessions, table.Key{PK: "attempt#" + portal.Hash(id), SK: "attempt"})
	if err != nil || !found {
		return attempt{}, errors.Join(err, errStale)
	}
	a, found, err := table.Get[attempt](ctx, s.DB, table.Sessions, table.Key{PK: p.State, SK: "attempt"})
	switch {
	case err != nil:
		return a, err
	case !found || a.Tenant != tenant:
		return a, errStale
	case a.User != by.ID:
		return a, errOtherUser
	case a.Stage == finished:
		return a, nil
	case a.Stage == redeeming:
		return a, errRunning
	case a.Stage != returned || a.Expires <= s.Now().UnixMilli():
		return a, errStale
	}
	return a, nil
}

// redeem exchanges the code and sets the connection up.
func (s *Service) redeem(ctx context.Context, a attempt, by Person) (Connection, error) {
	code, err := s.Box.Open(ctx, codeContext(a.Tenant), a.Code)
	if err != nil {
		return Connection{}, err
	}
	verifier, err := s.Box.Open(ctx, codeContext(a.Tenant), a.Verifier)
	if err != nil {
		return Connection{}, err
	}
	grant, err := s.OAuth.Exchange(ctx, string(code), string(verifier))
	if err != nil {
		return Connection{}, exchangeFault(err)
	}
	if missing := Missing(grant.Scopes); len(missing) > 0 {
		return Connection{}, fault.Wrap(missingScopes(missing), fault.Forbidden, "scope-missing", "Lever granted less than needed: "+strings.Join(missing, ", ")+
			". Nothing was connected. Connect again and accept all permissions.")
	}
	if grant.Refresh == "" {
		return Connection{}, fault.Wrap(missingScopes{"offline_access"}, fault.Forbidden, "scope-missing", "Lever did not grant offline access. Nothing was connected. Connect again and accept all permissions.")
	}
	account, err := s.account(ctx, grant)
	if err != nil {
		return Connection{}, err
	}
	c, err := s.adopt(ctx, a, by, account, grant)
	if err != nil {
		return Connection{}, err
	}
	s.setUp(ctx, c)
	return c, nil
}

// missingScopes is what Lever did not grant of what is required.
type missingScopes []string

// Error lists the scopes as Lever names them.
func (m missingScopes) Error() string { return "not granted: " + strings.Join(m, ", ") }

// noteRefusal keeps why a connect came to nothing for the page: the browser is back at Evidenced by now. That it cannot be
// kept changes nothing for whoever is answered.
func (s *Service) noteRefusal(ctx context.Context, tenant string, cause error) {
	refusal := Refusal{ID: s.NewID(), At: s.Now().UnixMilli()}
	var named *fault.Error
	if errors.As(cause, &named) {
		refusal.Code = named.Code
	}
	var missing missingScopes
	if errors.As(cause, &missing) {
		refusal.Scopes = missing
	}
	slog.InfoContext(ctx, "connect refused", "tenant", tenant, "code", refusal.Code, "refusal", refusal.ID)
	_, err := table.Update(ctx, s.DB, table.Connections, tenantKey(tenant), func(t *Tenant) error {
		t.Refused = &refusal
		return nil
	})
	if err != nil {
		slog.WarnContext(ctx, "refused connect not noted", "code", refusal.Code, "error", err.Error())
	}
}

func exchangeFault(err error) error {
	if errors.Is(err, lever.ErrInvalidGrant) {
		return fault.Wrap(err, fault.Invalid, "connect-expired", errStale.Detail)
	}
	return fault.Wrap(err, fault.KindOf(err), "lever-exchange", "Lever did not hand over the access. Press Connect again.")
}

// account names the Lever account of a grant: by the claim in its access token, or, when Lever gives none, by the id of
// the account's oldest user. The claim is a name and never a proof: what the grant can read is what Lever lets it read.
func (s *Service) account(ctx context.Context, grant lever.Grant) (string, error) {
	if grant.AccountID != "" {
		return grant.AccountID, nil
	}
	client := s.Client(fixed(grant.Access.Reveal()), nil)
	oldest, err := oldestUser(ctx, client)
	if err != nil {
		return "", err
	}
	// A list that came short shows another user as the oldest, and the account would be taken for another one.
	again, err := oldestUser(ctx, client)
	if err != nil {
		return "", err
	}
	if oldest == "" || oldest != again {
		return "", fault.New(fault.Unavailable, "account-unknown", "Lever did not show its users clearly, so the account could not be recognised. Press Connect again.")
	}
	return "user-" + oldest, nil
}

// oldestUser finds the user of an account who was made first, "" when Lever shows none.
func oldestUser(ctx context.Context, client *lever.Client) (oldest string, err error) {
	since := time.Time{}
	for offset := ""; ; {
		page, err := client.Users(ctx, true, offset)
		if err != nil {
			return "", fmt.Errorf("find the Lever account: %w", err)
		}
		for _, u := range page.Items {
			at := u.CreatedAt.Time()
			if oldest == "" || at.Before(since) || at.Equal(since) && u.ID < oldest {
				oldest, since = u.ID, at
			}
		}
		if offset = page.Next; offset == "" {
			return oldest, nil
		}
	}
}

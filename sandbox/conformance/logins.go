package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
)

// loginQuestions ask about codes and grants; a person logs in for them. The last ones use the grant up.
func loginQuestions() []question {
	return []question{
		{"pkce-taken", "Does a login with a code challenge and the right verifier work?", "yes", "", app | somebody, func(ctx context.Context, l *lab) (string, error) {
			verifier := oauth2.GenerateVerifier()
			return l.exchange(ctx, verifier, verifier, 0)
		}},
		{"pkce-checked", "Does a login with a wrong verifier work?", "no", "PKCEIgnored", app | somebody, func(ctx context.Context, l *lab) (string, error) {
			return l.exchange(ctx, oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), 0)
		}},
		{"code-life", "Is a code still good after nine minutes?", "yes", "CodeLifetime", app | somebody, func(ctx context.Context, l *lab) (string, error) {
			return l.exchange(ctx, "", "", 9*time.Minute)
		}},
		{"deactivated", "What are calls after the user who authorised is deactivated?", "401", "GrantSurvivesDeactivation", somebody | spending, func(ctx context.Context, l *lab) (said string, err error) {
			if err := l.hand(ctx, deactivate); err != nil {
				return "", err
			}
			r, err := l.get(ctx, "/stages")
			return r.said(), errors.Join(err, l.hand(ctx, reactivate))
		}},
		{"refresh-reuse", "What does a refresh token do that is used a second time?", "it ends the grant", "RefreshReuse", app | spending, refreshReuse},
		{"revoked", "What are calls and refreshes after Revoke Access?", "401 and invalid_grant", "", app | somebody | spending, revoked},
		{"revoked-webhooks", "Do the app's webhooks go on after Revoke Access?", "no", "RevokedHooksContinue", app | hooking | somebody | spending, revokedHooks},
	}
}

// code has a person log in and gives the code.
func (l *lab) code(ctx context.Context, challenge string) (string, error) {
	state := rand.Text()
	answer, err := l.person.do(ctx, login(l.oauth.AuthorizeURL(state, challenge, connection.Scopes(false))))
	if err != nil {
		return "", err
	}
	back, err := url.Parse(answer)
	if err != nil || back.Query().Get("state") != state || back.Query().Get("code") == "" {
		return "", unasked("the pasted address holds no code of this login")
	}
	return back.Query().Get("code"), nil
}

// exchange logs in and redeems the code after a time; a grant that comes of it is the one that is used from then on.
func (l *lab) exchange(ctx context.Context, verifier, shown string, after time.Duration) (string, error) {
	challenge := ""
	if verifier != "" {
		challenge = oauth2.S256ChallengeFromVerifier(verifier)
	}
	code, err := l.code(ctx, challenge)
	if err != nil {
		return "", err
	}
	if err := l.wait(ctx, after); err != nil {
		return "", err
	}
	grant, err := l.oauth.Exchange(ctx, code, shown)
	switch {
	case errors.Is(err, lever.ErrInvalidGrant):
		return "no", nil
	case err != nil:
		return "", err
	}
	return "yes", l.adopt(grant)
}

// again has a person authorise the app anew when its grant is used up.
func (l *lab) again(ctx context.Context) error {
	if !l.dead {
		return nil
	}
	said, err := l.exchange(ctx, "", "", 0)
	if err == nil && said != "yes" {
		err = unasked("the app could not be authorised anew")
	}
	return err
}

// refreshReuse spends a refresh token twice, and a third time after any leeway.
func refreshReuse(ctx context.Context, l *lab) (string, error) {
	spent := l.grant.Refresh
	if err := l.refresh(ctx); err != nil {
		return "", err
	}
	second, err := l.oauth.Refresh(ctx, spent)
	if err == nil {
		if err := l.adopt(second); err != nil {
			return "", err
		}
		if err := l.wait(ctx, 90*time.Second); err != nil {
			return "", err
		}
		third, err := l.oauth.Refresh(ctx, spent)
		if err == nil {
			return "it is taken", l.adopt(third)
		}
		l.dead = true
		return "it is taken for a while", onlyInvalid(err)
	}
	if err := onlyInvalid(err); err != nil {
		return "", err
	}
	if err := l.refresh(ctx); err == nil {
		return "it is refused and the grant lives on", nil
	} else if !errors.Is(err, lever.ErrInvalidGrant) {
		return "", err
	}
	l.dead = true
	return "it ends the grant", nil
}

// onlyInvalid lets invalid_grant pass for an answer.
func onlyInvalid(err error) error {
	if errors.Is(err, lever.ErrInvalidGrant) {
		return nil
	}
	return err
}

func revoked(ctx context.Context, l *lab) (string, error) {
	if err := l.again(ctx); err != nil {
		return "", err
	}
	if err := l.hand(ctx, revoke); err != nil {
		return "", err
	}
	l.dead = true
	r, err := l.get(ctx, "/stages")
	if err != nil {
		return "", err
	}
	said := r.said() + " and another refusal"
	switch _, err := l.oauth.Refresh(ctx, l.grant.Refresh); {
	case errors.Is(err, lever.ErrInvalidGrant):
		said = r.said() + " and invalid_grant"
	case err == nil:
		said = r.said() + " and the refresh works"
	}
	return said, l.again(ctx)
}

// revokedHooks makes a webhook, has the access revoked and looks whether it still brings something; then all is put right.
func revokedHooks(ctx context.Context, l *lab) (string, error) {
	if err := l.again(ctx); err != nil {
		return "", err
	}
	h, err := l.watched(ctx, lever.EventCandidateStageChange)
	if err != nil {
		return "", err
	}
	if err := l.hand(ctx, revoke); err != nil {
		return "", err
	}
	l.dead = true
	if r, err := l.get(ctx, "/stages"); err != nil || r.status == http.StatusOK {
		return "", firstErr(err, unasked("the access was not revoked"))
	}
	if err := l.hand(ctx, move); err != nil {
		return "", err
	}
	got, err := l.await(ctx, h.place, 1, short)
	if err != nil {
		return "", err
	}
	if err := l.hand(ctx, removeHooks); err != nil {
		return "", err
	}
	l.hooks = nil // a person has just removed them
	return yesNo(len(got) > 0), l.again(ctx)
}

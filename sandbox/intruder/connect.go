package intruder

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

const (
	fileConnect = "shared/connection/connect.go"
	fileConfirm = "shared/connection/confirm.go"
	fileAdopt   = "shared/connection/adopt.go"
	callback    = "/oauth/callback"
)

// begin goes through Lever's login and consent and returns Lever's answer without delivering it.
func (s *scene) begin(ctx context.Context, v *story.Visitor) (*url.URL, error) {
	page, err := v.Consent(ctx, s.super, "")
	if err != nil {
		return nil, err
	}
	press, err := page.Press(story.AcceptButton)
	if err != nil {
		return nil, err
	}
	_, to, err := v.Browser.SubmitHop(ctx, page, press)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(to, s.World.Endpoints.API+callback+"?") {
		return nil, errors.New("the browser was not sent back by Lever")
	}
	return url.Parse(to)
}

// finish delivers an answer of Lever in somebody's browser.
func finish(ctx context.Context, b *browser.Browser, answer *url.URL) (string, error) {
	page, err := b.Get(ctx, answer.String())
	if err != nil {
		return "", err
	}
	return answerOf(page), nil
}

// altered is Lever's answer with other parameters.
func altered(answer *url.URL, change func(url.Values)) *url.URL {
	copied, query := *answer, answer.Query()
	change(query)
	copied.RawQuery = query.Encode()
	return &copied
}

// confirm is what Evidenced's backend asks for the person who is logged in there.
func (s *scene) confirm(ctx context.Context, tenant, user, attempt string) (string, error) {
	_, err := s.World.Platform.Confirm(ctx, tenant, attempt, platform.Person{ID: user, Name: "Sample"})
	var problem *platform.Problem
	switch {
	case err == nil:
		return "200 connected", nil
	case errors.As(err, &problem):
		return fmt.Sprintf("%d %s", problem.Status, problem.Code), nil
	}
	return "", err
}

// returned begins and comes back to Evidenced, with the attempt.
func (s *scene) returned(ctx context.Context, v *story.Visitor) (attempt string, err error) {
	page, err := v.Consent(ctx, s.super, story.AcceptButton)
	if err != nil {
		return "", err
	}
	attempt = page.URL.Query().Get("attempt")
	if attempt == "" {
		err = fmt.Errorf("came back without an attempt: %s", page.Text())
	}
	return attempt, err
}

// mailed lets the Super Admin of another company open the page through a one-time address that was mailed to them, press
// Connect and accept in Lever. Their browser comes back to the sender's Evidenced with the attempt.
func (s *scene) mailed(ctx context.Context) (attempt string, err error) {
	entry, err := s.mine.Entry(ctx)
	if err != nil {
		return "", err
	}
	page, err := s.other.Browser.Get(ctx, entry)
	if err != nil {
		return "", err
	}
	if page, err = s.other.PressOn(ctx, page, story.ConnectButton); err != nil {
		return "", err
	}
	if page, err = s.other.LogInAtLever(ctx, page, s.super); err != nil {
		return "", err
	}
	if page, err = s.other.PressOn(ctx, page, story.AcceptButton); err != nil {
		return "", err
	}
	return page.URL.Query().Get("attempt"), nil
}

// connecting are the attacks on the way through Lever.
func connecting() []Attack {
	return append(fixations(), append(states(), append(confirmations(), redemptions()...)...)...)
}

// fixations make one person finish what another began.
func fixations() []Attack {
	return []Attack{
		{
			Name: "fixation: finished in another visit", Sends: "A's answer from Lever, opened in B's browser, which has a visit of its own",
			Want: "403 connect-other-session", Defence: "the state is bound to the visit that began", File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				if _, err := s.other.Page(ctx); err != nil {
					return "", err
				}
				return finish(ctx, s.other.Browser, answer)
			},
		},
		{
			Name: "fixation: finished without a visit", Sends: "A's answer from Lever, opened in B's browser, which never was here",
			Want: "401 connect-other-session", Defence: "no answer is taken without a session cookie", File: "functions/oauth-callback/handler.go", watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				return finish(ctx, s.other.Browser, answer)
			},
		},
		{
			Name: "login CSRF: the attacker's answer planted in an admin's browser", Sends: "B's code and state, opened in A's browser in the middle of A's own connect",
			Want: "403 connect-other-session", Defence: "the state is bound to the visit that began", File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.other)
				if err != nil {
					return "", err
				}
				if _, err := s.mine.ToLever(ctx); err != nil {
					return "", err
				}
				return finish(ctx, s.mine.Browser, answer)
			},
		},
		{
			Name: "mailed page: the Super Admin of another company accepts", Sends: "A mails the one-time page address; B's Super Admin opens it, connects and accepts",
			Want: "at Evidenced with an attempt that nobody redeems", Defence: "no code is redeemed before Evidenced confirms who is logged in", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.mailed(ctx)
				if err != nil || attempt == "" {
					return "no attempt", err
				}
				return "at Evidenced with an attempt that nobody redeems", nil
			},
		},
		{
			Name: "mailed page: confirmed for whom it was mailed to, in the sender's organisation", Sends: "the attempt of a mailed page, confirmed for another user",
			Want: "403 connect-other-user", Defence: "the acting user must be the one whom the page was opened for", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.mailed(ctx)
				if err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, "somebody-else", attempt)
			},
		},
		{
			Name: "mailed page: confirmed in the other organisation", Sends: "the attempt of a mailed page, confirmed in B's organisation for a user of the same id",
			Want: "400 connect-expired", Defence: "an attempt belongs to one organisation", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.mailed(ctx)
				if err != nil {
					return "", err
				}
				if _, err := s.other.Entry(ctx); err != nil { // makes the organisation known
					return "", err
				}
				return s.confirm(ctx, s.other.Tenant, samePerson, attempt)
			},
		},
	}
}

package intruder

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// confirmations are the abuses of attempts.
func confirmations() []Attack {
	return []Attack{
		{
			Name: "attempt: guessed", Sends: "a confirmation of an attempt of the right form", Want: "400 connect-expired",
			Defence: "an attempt has 256 random bits", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				if _, err := s.returned(ctx, s.mine); err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, samePerson, strings.Repeat("A", 43))
			},
		},
		{
			Name: "attempt: its stored hash", Sends: "the key under which an attempt is stored, in its place", Want: "400 connect-expired",
			Defence: "only a hash is stored, and it opens nothing", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.returned(ctx, s.mine)
				if err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, samePerson, hashed(attempt))
			},
		},
		{
			Name: "attempt: expired", Sends: "a confirmation after the ten minutes", Want: "400 connect-expired",
			Defence: "an attempt works for ten minutes", File: fileConfirm, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				attempt, err := s.returned(ctx, s.mine)
				if err != nil {
					return "", err
				}
				pointer, err := s.read(ctx, "Sessions", "attempt#"+hashed(attempt), "attempt")
				if err != nil {
					return "", err
				}
				if err := s.expire(ctx, textOf(pointer, "state"), "attempt"); err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, samePerson, attempt)
			},
		},
	}
}

// redemptions are the abuses of codes and of finished connects.
func redemptions() []Attack {
	return []Attack{
		{
			Name: "code: made up", Sends: "a code that Lever never gave, under a good state", Want: "400 connect-expired",
			Defence: "Lever does not take the code, and nothing is connected", File: fileConfirm, watch: unconnected(),
			try: func(ctx context.Context, s *scene) (string, error) {
				return s.injected(ctx, func(*url.URL) (string, error) { return strings.Repeat("c0de", 12), nil })
			},
		},
		{
			Name: "code: of another connect", Sends: "B's code under A's good state, in A's browser", Want: "400 connect-expired",
			Defence: "the code is bound to its connect by PKCE", File: fileConfirm, watch: unconnected(),
			try: func(ctx context.Context, s *scene) (string, error) {
				return s.injected(ctx, func(*url.URL) (string, error) {
					theirs, err := s.begin(ctx, s.other)
					if err != nil {
						return "", err
					}
					return theirs.Query().Get("code"), nil
				})
			},
		},
		{
			Name: "account: of another organisation", Sends: "a whole connect by a Super Admin of an account that is somebody else's here", Want: "409 account-taken",
			Defence: "a Lever account belongs to one organisation", File: fileAdopt, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				super, err := s.victim.account.SuperAdmins(ctx)
				if err != nil {
					return "", err
				}
				page, err := s.mine.Consent(ctx, super[0], story.AcceptButton)
				if err != nil {
					return "", err
				}
				return s.confirm(ctx, s.mine.Tenant, samePerson, page.URL.Query().Get("attempt"))
			},
		},
		{
			Name: "attempt: confirmed a second time", Sends: "the confirmation of the attacker's own finished connect, again", Want: "200 connected, no token call",
			Defence: "an attempt is redeemed once; after that it only names its connection", File: fileConfirm, watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				calls := func() (int, error) {
					return s.requests(ctx, tokens, func(r story.Request) bool { return r.Path == tokens && r.Account == s.attacker.account.ID })
				}
				before, err := calls()
				if err != nil {
					return "", err
				}
				got, err := s.confirm(ctx, s.attacker.Tenant, samePerson, s.attacker.attempt)
				if err != nil {
					return "", err
				}
				if after, err := calls(); err != nil || after != before {
					return fmt.Sprintf("%s, %d token calls", got, after-before), err
				}
				return got + ", no token call", nil
			},
		},
	}
}

// injected delivers another code under a good state and has it confirmed.
func (s *scene) injected(ctx context.Context, code func(answer *url.URL) (string, error)) (string, error) {
	answer, err := s.begin(ctx, s.mine)
	if err != nil {
		return "", err
	}
	other, err := code(answer)
	if err != nil {
		return "", err
	}
	page, err := s.mine.Browser.Get(ctx, altered(answer, func(q url.Values) { q.Set("code", other) }).String())
	if err != nil {
		return "", err
	}
	return s.confirm(ctx, s.mine.Tenant, samePerson, page.URL.Query().Get("attempt"))
}

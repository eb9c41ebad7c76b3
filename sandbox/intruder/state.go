package intruder

import (
	"context"
	"net/url"
	"strings"
)

// bent makes an attack that bends Lever's answer and delivers it in the browser that began.
func bent(name, sends, want, defence string, change func(url.Values)) Attack {
	return Attack{
		Name: name, Sends: sends, Want: want, Defence: defence, File: fileConnect, watch: unlinked(),
		try: func(ctx context.Context, s *scene) (string, error) {
			answer, err := s.begin(ctx, s.mine)
			if err != nil {
				return "", err
			}
			return finish(ctx, s.mine.Browser, altered(answer, change))
		},
	}
}

// states are the abuses of the state.
func states() []Attack {
	return []Attack{
		bent("state: missing", "Lever's answer without its state", "400 expired", "an unknown state is none", func(q url.Values) { q.Del("state") }),
		bent("state: empty", "Lever's answer with an empty state", "400 expired", "an unknown state is none", func(q url.Values) { q.Set("state", "") }),
		bent("state: made up", "Lever's answer with a state of the right form", "400 expired", "a state has 256 random bits",
			func(q url.Values) { q.Set("state", strings.Repeat("A", len(q.Get("state")))) }),
		bent("state: its stored hash", "the key under which the state is stored, in place of the state", "400 expired", "only a hash is stored, and it opens nothing",
			func(q url.Values) { q.Set("state", hashed(q.Get("state"))) }),
		bent("state: given twice", "Lever's answer with a second state", "400 expired", "a parameter that comes twice is refused",
			func(q url.Values) { q.Add("state", "another") }),
		bent("state: in an answer that is too long", "Lever's answer with 9 KiB more", "400 expired", "a query has a longest length",
			func(q url.Values) { q.Set("pad", strings.Repeat("x", 9<<10)) }),
		{
			Name: "state: swapped", Sends: "A's code with the state of B, in A's browser", Want: "403 connect-other-session",
			Defence: "the state is bound to the visit that began", File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				theirs, err := s.begin(ctx, s.other)
				if err != nil {
					return "", err
				}
				return finish(ctx, s.mine.Browser, altered(answer, func(q url.Values) { q.Set("state", theirs.Query().Get("state")) }))
			},
		},
		{
			Name: "state: replayed", Sends: "the same answer of Lever a second time, in the same browser", Want: "400 expired",
			Defence: "a state works once", File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				if first, err := finish(ctx, s.mine.Browser, answer); err != nil || first != "303 to Evidenced with an attempt" {
					return "the first time " + first, err
				}
				return finish(ctx, s.mine.Browser, answer)
			},
		},
		{
			Name: "state: expired", Sends: "Lever's answer after its ten minutes", Want: "400 expired", Defence: "a state works for ten minutes",
			File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				if err := s.expire(ctx, "state#"+hashed(answer.Query().Get("state")), "attempt"); err != nil {
					return "", err
				}
				return finish(ctx, s.mine.Browser, answer)
			},
		},
		{
			Name: "error text of Lever with a script", Sends: "error_description=<script>… in a refusal that nobody asked for", Want: "403 consent-denied, text of its own",
			Defence: "Lever's text is not shown", File: fileConnect, watch: unlinked(),
			try: func(ctx context.Context, s *scene) (string, error) {
				answer, err := s.begin(ctx, s.mine)
				if err != nil {
					return "", err
				}
				page, err := s.mine.Browser.Get(ctx, altered(answer, func(q url.Values) {
					q.Del("code")
					q.Set("error", "access_denied")
					q.Set("error_description", "<script>smuggled()</script>")
				}).String())
				if err != nil {
					return "", err
				}
				if strings.Contains(page.Body, "smuggled") {
					return answerOf(page) + ", with the script's words", nil
				}
				return answerOf(page) + ", text of its own", nil
			},
		},
	}
}

package intruder

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// watch is state that an attack must not change.
type watch struct {
	words string
	look  func(context.Context, *scene) (string, error)
	// later says that deliveries which were taken must be worked off before the second look.
	later bool
}

// unlinked watches what must not come about when somebody abuses the way through Lever.
func unlinked() watch {
	return watch{words: "both organisations are not connected; Lever got no token call for the account", look: func(ctx context.Context, s *scene) (string, error) {
		states, err := s.states(ctx)
		if err != nil {
			return "", err
		}
		calls, err := s.tokenCalls(ctx)
		return fmt.Sprintf("%s; %d token calls", states, calls), err
	}}
}

// unconnected is the same where Lever itself is to refuse: one token call is made.
func unconnected() watch {
	return watch{words: "both organisations are not connected", look: func(ctx context.Context, s *scene) (string, error) { return s.states(ctx) }}
}

func (s *scene) states(ctx context.Context) (string, error) {
	text := ""
	for _, v := range []*story.Visitor{s.mine, s.other} {
		connection, err := s.World.Platform.Connection(ctx, v.Tenant)
		var problem *platform.Problem
		switch {
		case errors.As(err, &problem) && problem.Code == "unknown-tenant":
			connection.State = "not-connected" // nobody opened its page so far
		case err != nil:
			return "", err
		}
		text += connection.State + " "
	}
	return text, nil
}

func (s *scene) tokenCalls(ctx context.Context) (int, error) {
	return s.requests(ctx, tokens, func(r story.Request) bool { return r.Path == tokens && r.Account == s.spare.ID })
}

// tokens is where Lever gives tokens out.
const tokens = "/oauth/token"

// requests counts the requests to Lever whose URL has a text in it and that count says yes to.
func (s *scene) requests(ctx context.Context, about string, count func(story.Request) bool) (int, error) {
	list, err := s.World.Lever.RequestsAbout(ctx, about)
	found := 0
	for _, request := range list {
		if count(request) {
			found++
		}
	}
	return found, err
}

// standing watches everything that an admin of the attacked company could change.
func standing() watch {
	return watch{words: "connection, settings, asked-for resyncs, webhooks and decision of the attacked company", look: func(ctx context.Context, s *scene) (string, error) {
		return s.standing(ctx, s.victim)
	}}
}

// standing is read from the tables, which is quicker than asking the API and shows no less.
func (s *scene) standing(ctx context.Context, c *company) (string, error) {
	tenant, err := s.read(ctx, "Connections", "tenant#"+c.Tenant, "tenant")
	if err != nil {
		return "", err
	}
	state, err := s.read(ctx, "Connections", c.connection, "state")
	if err != nil {
		return "", err
	}
	decision, err := s.read(ctx, "Decisions", c.Tenant, c.decision)
	if err != nil {
		return "", err
	}
	hooks, err := s.World.OwnWebhooks(ctx, c.account)
	if err != nil {
		return "", err
	}
	asked, err := s.asked(ctx, c)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s, settings %s, %d webhooks, decision %s version %s, %d resyncs asked for", textOf(tenant, "current"),
		textOf(state, "state"), shown(tenant["settings"]), len(hooks), textOf(decision, "state"), shown(decision["version"]), asked), nil
}

// untouched watches the candidate whom the attacks on webhooks name: what is known of them, and whether Lever was asked.
func untouched() watch {
	return watch{words: "the candidate's record; no look at Lever for it", later: true, look: func(ctx context.Context, s *scene) (string, error) {
		return s.record(ctx, s.victim, s.victim.candidates[0].ID, true)
	}}
}

// unharmed is the same where a look at Lever is right, but nothing else.
func unharmed() watch { return unharmedBut(0) }

// deceived is the candidate about whom deliveries lie: what they announce is looked for up to a minute later, so nobody
// else may watch them.
const deceived = 4

func unharmedBut(candidate int) watch {
	return watch{words: "the candidate's record", later: true, look: func(ctx context.Context, s *scene) (string, error) {
		return s.record(ctx, s.victim, s.victim.candidates[candidate].ID, false)
	}}
}

func (s *scene) record(ctx context.Context, c *company, candidate string, looks bool) (string, error) {
	record, err := s.World.Platform.Candidate(ctx, c.Tenant, candidate)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s version %d, with data %t", record.State, record.Version, record.Data != nil)
	if looks {
		made, err := s.looks(ctx, candidate)
		return fmt.Sprintf("%s, %d looks", text, made), err
	}
	return text, nil
}

// looks counts the requests that fetched one candidate: only something that points to them makes one.
func (s *scene) looks(ctx context.Context, candidate string) (int, error) {
	return s.requests(ctx, candidate, func(r story.Request) bool {
		return r.Method == http.MethodGet && r.URL == "/v1/opportunities/"+candidate
	})
}

// settle delivers a good webhook about another candidate and waits until that one was fetched, so that whatever was taken
// before has been worked off.
func (s *scene) settle(ctx context.Context, c *company) error {
	other, hook := c.candidates[1].ID, c.hooks["candidateStageChange"]
	before, err := s.looks(ctx, other)
	if err != nil {
		return err
	}
	answer, err := s.deliver(ctx, hook.URL, letter{key: hook.SignatureToken, event: hook.Event, about: other}.body())
	if err == nil && answer.Status != http.StatusOK {
		err = errors.New("a good delivery got " + answer.String())
	}
	if err != nil {
		return err
	}
	_, err = story.Eventually(ctx, limit, "a look at what a good delivery points to", func(ctx context.Context) (bool, string, error) {
		now, err := s.looks(ctx, other)
		return now > before, "no request", err
	})
	return err
}

// nothing is for attacks whose answer says it all.
func nothing(words string) watch {
	return watch{words: words, look: func(context.Context, *scene) (string, error) { return "", nil }}
}

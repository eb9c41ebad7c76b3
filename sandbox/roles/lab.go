package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// How long is waited for what a play wants to see; under whole roles nearly all of it happens within two seconds.
const (
	soon   = 8 * time.Second
	sweep  = 15 * time.Second // a full resync of a small company, the end of a connection
	minute = 80 * time.Second // the next tick of the schedule, and what it leads to
)

const (
	unseen = 3500 * time.Millisecond // a delta leaves what is new at Lever to the next one, with the rounding of Lever's clock
	putOff = time.Hour               // recurring work stays away from a play that has not asked for it
)

// lab is the stack with the small companies on which plays take place, one after the other.
type lab struct {
	world    *story.World
	cloud    *cloud
	accounts []*story.Account
	used     int
	last     map[string]string // connection by account
}

func open(ctx context.Context, path string) (*lab, error) {
	world, err := story.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	cloud, err := newCloud(ctx, path)
	if err != nil {
		return nil, err
	}
	accounts, err := world.Lever.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	if len(accounts) < 2 {
		return nil, errors.New("the simulated Lever has no small companies; start the stack with SMALL_COMPANIES=4, as make roles does")
	}
	return &lab{world: world, cloud: cloud, accounts: accounts[1:], last: map[string]string{}}, nil
}

// subject is what one play is about: an organisation of its own and an account at Lever that nobody is connected to.
type subject struct {
	*lab
	account    *story.Account
	super      story.Person
	tenant     string
	admin      *story.Visitor
	connection string
	candidates []story.Opportunity // active and not confidential
	stale      map[string]bool     // addresses of webhooks that plays before this one left at Lever
	undo       []func(context.Context) error
}

// subject frees the next account from the play before on it.
func (l *lab) subject(ctx context.Context) (*subject, error) {
	account := l.accounts[l.used%len(l.accounts)]
	l.used++
	s := &subject{lab: l, account: account, tenant: "roles-" + uuid.NewString()[:8], stale: map[string]bool{}}
	s.admin = l.world.Visitor(s.tenant, "u-1", "admin")
	if err := l.free(ctx, account); err != nil {
		return nil, err
	}
	if err := s.passOver(ctx); err != nil {
		return nil, err
	}
	super, err := account.SuperAdmins(ctx)
	if err != nil {
		return nil, err
	}
	s.super = super[0]
	s.candidates, err = account.Active(ctx)
	if err == nil && len(s.candidates) < 3 {
		err = fmt.Errorf("account %s has too few candidates", account.ID)
	}
	return s, err
}

// free lets go of an account whose connection may be in any state: nothing of it works any more, and another
// organisation may connect.
func (l *lab) free(ctx context.Context, account *story.Account) error {
	if err := l.clearFaults(ctx); err != nil {
		return err
	}
	if connection := l.last[account.ID]; connection != "" {
		items, err := l.cloud.partition(ctx, "Work", connection)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := l.cloud.remove(ctx, "Work", connection, textOf(item, "sk")); err != nil {
				return err
			}
		}
	}
	return l.cloud.remove(ctx, "Connections", "account#"+account.ID, "account")
}

// clearFaults disarms what a play that ended early left armed.
func (l *lab) clearFaults(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, strings.TrimSuffix(l.world.Endpoints.Lever, "/")+"/control/faults", http.NoBody)
	if err != nil {
		return fmt.Errorf("clear faults: %w", err)
	}
	response, err := l.world.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("clear faults: %w", err)
	}
	return response.Body.Close()
}

// end takes back at Lever what the play did there.
func (s *subject) end(ctx context.Context) {
	for _, undo := range s.undo {
		_ = undo(ctx) // what is gone already is as good as undone
	}
	if s.connection != "" {
		s.last[s.account.ID] = s.connection
	}
}

// deed does something at Lever.
func (s *subject) deed(ctx context.Context, route string, fields map[string]any) (string, error) {
	return s.account.Deed(ctx, route, fields)
}

// apply makes a candidate who is deleted again after the play.
func (s *subject) apply(ctx context.Context) (string, error) {
	id, err := s.account.Apply(ctx, "Applicant Sample")
	if err == nil {
		s.undo = append(s.undo, func(ctx context.Context) error {
			_, err := s.deed(ctx, "opportunities/"+id+"/delete", nil)
			return err
		})
	}
	return id, err
}

// schedule makes an interview that is deleted again after the play.
func (s *subject) schedule(ctx context.Context, candidate string) (string, error) {
	at := time.Now().Add(48 * time.Hour).Truncate(time.Minute).UnixMilli()
	id, err := s.deed(ctx, "opportunities/"+candidate+"/schedule", map[string]any{"at": at, "minutes": 45, "subject": "System design"})
	if err == nil {
		s.undo = append(s.undo, func(ctx context.Context) error {
			_, err := s.deed(ctx, "interviews/"+id+"/delete", nil)
			return err
		})
	}
	return id, err
}

// archive archives a candidate who is active again after the play.
func (s *subject) archive(ctx context.Context, candidate string) error {
	_, err := s.deed(ctx, "opportunities/"+candidate+"/archive", nil)
	s.undo = append(s.undo, func(ctx context.Context) error {
		_, err := s.deed(ctx, "opportunities/"+candidate+"/unarchive", nil)
		return err
	})
	return err
}

// connect connects the organisation, with Lever's webhooks switched on or off, waits for the first full resync and then
// for calm.
func (s *subject) connect(ctx context.Context, webhooks bool) error {
	if _, err := s.deed(ctx, "toggles", map[string]any{"event": "all", "on": webhooks}); err != nil {
		return err
	}
	var err error
	if s.connection, err = s.admin.Connect(ctx, s.super); err != nil {
		return err
	}
	if _, err := s.admin.Synced(ctx, minute); err != nil {
		return err
	}
	return s.calm(ctx)
}

// calm waits until no work of the connection is under way and puts off what comes by itself: from then on only what the
// play asks for happens.
func (s *subject) calm(ctx context.Context) error {
	_, err := story.Eventually(ctx, minute, "a connection without work under way", func(ctx context.Context) (bool, string, error) {
		items, err := s.cloud.partition(ctx, "Work", s.connection)
		if err != nil {
			return false, "", err
		}
		for _, item := range items {
			sk := textOf(item, "sk")
			if textOf(item, "holder") != "" || strings.HasPrefix(sk, "hint#") {
				return false, sk, nil
			}
		}
		for _, sk := range []string{"delta#all", "patrol#all", "hooks#all"} {
			if off, err := s.comes(ctx, sk, time.Now().Add(putOff)); !off || err != nil {
				return false, sk, err
			}
		}
		return true, "", nil
	})
	return err
}

// comes sets when an item is due, and when sync-dispatch finds it; ok is false while somebody holds it.
func (s *subject) comes(ctx context.Context, sk string, at time.Time) (ok bool, err error) {
	ok = true
	for _, name := range []string{"dueAt", "findAt"} {
		if err == nil && ok {
			ok, err = s.cloud.set(ctx, "Work", s.connection, sk, name, number(at.UnixMilli()))
		}
	}
	return ok, err
}

// due makes a recurring item due now, without telling anybody.
func (s *subject) due(ctx context.Context, kind string) error {
	ok, err := s.comes(ctx, kind+"#all", time.Now())
	if err == nil && !ok {
		err = fmt.Errorf("there is no item %s to make due", kind)
	}
	return err
}

// wait waits until look is content.
func wait(ctx context.Context, limit time.Duration, what string, look func(context.Context) (bool, string, error)) error {
	_, err := story.Eventually(ctx, limit, what, look)
	return err
}

// absent says whether an error is the platform API's 404.
func absent(err error) bool {
	var problem *platform.Problem
	return errors.As(err, &problem) && problem.Status == http.StatusNotFound
}

// shows waits until the platform API shows a candidate as wanted.
func (s *subject) shows(ctx context.Context, limit time.Duration, id, what string, want func(platform.Record[platform.Candidate]) bool) error {
	return wait(ctx, limit, what, func(ctx context.Context) (bool, string, error) {
		record, err := s.world.Platform.Candidate(ctx, s.tenant, id)
		if absent(err) {
			return false, "no such candidate", nil
		}
		return err == nil && want(record), "state " + record.State, err
	})
}

// showsInterview waits until the platform API shows an interview in a state.
func (s *subject) showsInterview(ctx context.Context, id, state string) error {
	return wait(ctx, soon, "the interview to be "+state, func(ctx context.Context) (bool, string, error) {
		record, err := s.world.Platform.Interview(ctx, s.tenant, id)
		if absent(err) {
			return false, "no such interview", nil
		}
		return err == nil && record.State == state, "state " + record.State, err
	})
}

// moved moves a candidate at Lever and gives the new stage.
func (s *subject) moved(ctx context.Context, candidate string) (string, error) {
	stage, err := s.account.NextStage(ctx, candidate)
	if err != nil {
		return "", err
	}
	return stage, s.account.Move(ctx, candidate, stage)
}

// follows moves a candidate at Lever and waits until the platform API shows it.
func (s *subject) follows(ctx context.Context, candidate string) error {
	stage, err := s.moved(ctx, candidate)
	if err != nil {
		return err
	}
	return s.stands(ctx, candidate, stage)
}

// stands waits until the platform API shows a candidate in a stage.
func (s *subject) stands(ctx context.Context, candidate, stage string) error {
	return s.shows(ctx, soon, candidate, "the stage change", func(r platform.Record[platform.Candidate]) bool {
		return r.Data != nil && r.Data.StageID == stage
	})
}

// checkedAt is when the last full resync of the organisation ended.
func (s *subject) checkedAt(ctx context.Context) (int64, error) {
	connection, err := s.world.Platform.Connection(ctx, s.tenant)
	if err != nil || connection.Check == nil {
		return 0, err
	}
	return connection.Check.At, nil
}

// swept waits until a full resync has ended after the given time.
func (s *subject) swept(ctx context.Context, limit time.Duration, before int64) error {
	return wait(ctx, limit, "the full resync", func(ctx context.Context) (bool, string, error) {
		at, err := s.checkedAt(ctx)
		return at > before, "no new result", err
	})
}

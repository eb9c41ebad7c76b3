package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/secret"
)

// stage is the simulated Lever behind a real HTTP server, with a clock that only waiting moves and somebody who does
// deeds at once.
type stage struct {
	lever   *levertest.Lever
	account *levertest.Account
	lab     *lab
	kept    string // the user who authorised
	note    string
	hook    string

	mu  sync.Mutex
	now time.Time
}

const (
	simulatedApp      = "conformance"
	simulatedSecret   = "conformance-secret"
	simulatedRedirect = "https://app.example/callback"
	simulatedHook     = "https://conformance.example/hooks"
	nonConfidential   = "non-confidential"
)

// askSimulated asks a simulated Lever under the given rules.
func askSimulated(ctx context.Context, rules levertest.Rules) ([]finding, error) {
	s, end, err := newStage(rules)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.lab.askAll(ctx)
}

// newStage starts a simulated Lever with the given rules; end stops it.
func newStage(rules levertest.Rules) (s *stage, end func(), err error) {
	s = &stage{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s.lever = levertest.New(levertest.Options{
		Now: s.clock, Seed: 7, ClientID: simulatedApp, ClientSecret: simulatedSecret, RedirectURIs: []string{simulatedRedirect}, Rules: &rules,
	})
	server := httptest.NewServer(s.lever.Handler())
	if err := s.open(server.URL); err != nil {
		server.Close()
		return nil, nil, err
	}
	return s, server.Close, nil
}

// open seeds two accounts, connects both and makes the lab.
func (s *stage) open(address string) error {
	s.account = s.lever.Seed(levertest.SmallCompany(1, 24, s.now))
	scopes := connection.Scopes(false)
	pair, err := s.account.Connect(scopes...)
	if err != nil {
		return err
	}
	other, err := s.lever.Seed(levertest.SmallCompany(2, 4, s.now)).Connect(scopes...)
	if err != nil {
		return err
	}
	hosts, err := lever.ParseHosts(address+"/v1", address, "https://api.lever.co/v1/")
	if err != nil {
		return err
	}
	posting, err := s.posting()
	if err != nil {
		return err
	}
	s.kept = s.account.Grants()[0].User
	s.lab = &lab{
		set: settings{
			hosts: hosts, access: secret.String(pair.AccessToken), other: secret.String(other.AccessToken), clientID: simulatedApp,
			clientSecret: simulatedSecret, posting: posting, confidentialID: s.unseen(), hookURL: simulatedHook, patience: time.Minute,
			person: true, spend: true, redirect: simulatedRedirect,
		},
		http:   &http.Client{Timeout: 10 * time.Second},
		person: s, now: s.clock, wait: s.wait, refreshed: s.now,
		grant: lever.Grant{Access: secret.String(pair.AccessToken), Refresh: secret.String(pair.RefreshToken)},
	}
	s.lab.inbox = newInbox(s.clock, s.pass)
	s.lab.equip(http.DefaultTransport)
	return nil
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass moves the clock.
func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// wait moves the clock and brings the webhooks that are due.
func (s *stage) wait(ctx context.Context, d time.Duration) error {
	s.pass(d)
	for _, due := range s.lever.Due(s.clock()) {
		req, err := due.NewRequest(ctx)
		if err != nil {
			return err
		}
		began, rec := s.clock(), httptest.NewRecorder()
		s.lab.inbox.ServeHTTP(rec, req)
		if s.clock().Sub(began) >= levertest.DeliveryTimeout {
			err = context.DeadlineExceeded
		}
		s.lever.Report(due.ID, rec.Code, err)
	}
	return ctx.Err()
}

// posting picks a posting that people who are active and not confidential have applied to.
func (s *stage) posting() (string, error) {
	for _, o := range s.account.Opportunities() {
		app, ok := s.account.Application(o.ID)
		if ok && o.Archived == nil && o.Confidentiality == nonConfidential {
			return app.Posting, nil
		}
	}
	return "", fmt.Errorf("the simulated company has no posting to write to")
}

// unseen picks a confidential candidate who is active.
func (s *stage) unseen() string {
	for _, o := range s.account.Opportunities() {
		if o.Archived == nil && o.Confidentiality != nonConfidential {
			return o.ID
		}
	}
	return ""
}

// do implements person with the deeds of the simulated Lever's pages.
func (s *stage) do(_ context.Context, d deed) (answer string, err error) {
	a, subject := s.account, s.lab.candidate
	switch d.name {
	case "login":
		return s.login(d.words)
	case switchOn.name:
		return "", a.SetToggle("all", true)
	case move.name, moveOnceMore.name:
		return "", s.advance(s.writable())
	case moveUnseen.name:
		return "", s.advance(s.lab.set.confidentialID)
	case hire.name:
		return "", a.Hire(s.writable())
	case unarchive.name:
		return "", a.Unarchive(s.writable())
	case deleteOne.name:
		return "", a.Delete(s.nobody()[0].ID)
	case merge.name:
		return "", a.MergeContacts(s.nobody()[0].Contact, s.nobody()[1].Contact)
	case writeNote.name:
		s.note, err = a.AddNoteUI(subject, byHand, false)
		return "", err
	case removeNote.name:
		return "", a.DeleteNoteUI(s.note)
	case addHook.name:
		s.hook, err = a.AddWebhook("", "candidateHired", "https://somebody.example/"+byHand)
		return "", err
	case removeHook.name:
		return "", a.DeleteWebhook(s.hook)
	case rerun.name:
		tries := a.Attempts()
		return "", a.Rerun(tries[len(tries)-1].ID)
	case hidePosting.name, showPosting.name:
		return "", a.SetPostingConfidential(s.lab.set.posting, d.name == hidePosting.name)
	case deactivate.name:
		return "", a.DeactivateUser(s.kept)
	case reactivate.name:
		return "", a.ReactivateUser(s.kept)
	case revoke.name:
		return "", a.Revoke()
	case removeHooks.name:
		return "", s.removeHooks()
	}
	return "", fmt.Errorf("nobody knows how to do %q", d.name)
}

// login consents to what an authorize address asks for and gives the address that the browser would end at.
func (s *stage) login(words string) (string, error) {
	u, err := url.Parse(words[strings.Index(words, "http"):])
	if err != nil {
		return "", err
	}
	asked := u.Query()
	code, err := s.account.Code(levertest.AuthorizeRequest{
		User: s.kept, RedirectURI: asked.Get("redirect_uri"), Scopes: strings.Fields(asked.Get("scope")), CodeChallenge: asked.Get("code_challenge"),
	})
	back := url.Values{"code": {code}, "state": {asked.Get("state")}}
	return asked.Get("redirect_uri") + "?" + back.Encode(), err
}

// writable is who the lab writes to, also before it has looked.
func (s *stage) writable() string {
	if s.lab.candidate != "" {
		return s.lab.candidate
	}
	for _, o := range s.account.Opportunities() {
		if app, ok := s.account.Application(o.ID); ok && app.Posting == s.lab.set.posting && o.Archived == nil {
			return o.ID
		}
	}
	return ""
}

// advance moves a candidate to another stage.
func (s *stage) advance(id string) error {
	o, _ := s.account.Opportunity(id)
	stages := s.account.Stages()
	at := slices.IndexFunc(stages, func(st levertest.Stage) bool { return st.ID == o.Stage })
	return s.account.MoveStage(id, stages[(at+1)%len(stages)].ID)
}

// nobody lists active candidates, each another person, who have nothing to do with the posting.
func (s *stage) nobody() (list []levertest.Opportunity) {
	for _, o := range s.account.Opportunities() {
		app, _ := s.account.Application(o.ID)
		met := slices.ContainsFunc(list, func(p levertest.Opportunity) bool { return p.Contact == o.Contact })
		if o.Archived == nil && o.Confidentiality == nonConfidential && app.Posting != s.lab.set.posting && !met {
			list = append(list, o)
		}
	}
	return list
}

func (s *stage) removeHooks() error {
	for _, h := range s.account.Webhooks() {
		if strings.HasPrefix(h.URL, simulatedHook) {
			if err := s.account.DeleteWebhook(h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

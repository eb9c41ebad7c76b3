package story

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Account is one customer of the simulated Lever. It is safe for concurrent use.
type Account struct {
	ID, Name string
	lever    *Lever
}

// Counts is how much there is of each kind: jobs in all states, active candidates, users with the deactivated ones, and
// interviews of active candidates.
type Counts struct {
	Jobs       int `json:"jobs"`
	Candidates int `json:"activeCandidates"`
	Users      int `json:"users"`
	Interviews int `json:"interviews"`
}

// String says the counts in words.
func (c Counts) String() string {
	return fmt.Sprintf("%d jobs, %d candidates, %d users, %d interviews", c.Jobs, c.Candidates, c.Users, c.Interviews)
}

// Counts is what a connection without the right to confidential data should find.
func (a *Account) Counts(ctx context.Context) (Counts, error) {
	var summary struct{ WithoutConfidential Counts }
	return summary.WithoutConfidential, a.lever.get(ctx, a.ID, "summary", nil, &summary)
}

// Person is a user of Lever.
type Person struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	Role          string `json:"accessRole"`
	DeactivatedAt int64  `json:"deactivatedAt"`
}

// superAdmin is the role that may authorise apps (lever/api.md section 1).
const superAdmin = "super admin"

// Users lists the users, deactivated ones too.
func (a *Account) Users(ctx context.Context) ([]Person, error) {
	var list []Person
	return list, a.lever.get(ctx, a.ID, "users", nil, &list)
}

// SuperAdmins lists the live users who may authorise apps; there is at least one.
func (a *Account) SuperAdmins(ctx context.Context) ([]Person, error) {
	return a.live(ctx, func(p Person) bool { return p.Role == superAdmin })
}

// Member finds a live user who may not authorise apps.
func (a *Account) Member(ctx context.Context) (Person, error) {
	members, err := a.live(ctx, func(p Person) bool { return p.Role == "team member" })
	if err != nil {
		return Person{}, err
	}
	return members[0], nil
}

func (a *Account) live(ctx context.Context, keep func(Person) bool) ([]Person, error) {
	list, err := a.Users(ctx)
	if err != nil {
		return nil, err
	}
	var found []Person
	for _, person := range list {
		if person.DeactivatedAt == 0 && keep(person) {
			found = append(found, person)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("account %q has no such user", a.ID)
	}
	return found, nil
}

// Webhook is a webhook at Lever with its signature token, which Lever's API shows only once.
type Webhook struct {
	ID             string `json:"id"`
	Event          string `json:"event"`
	URL            string `json:"url"`
	SignatureToken string `json:"signatureToken"`
}

// Webhooks lists the webhooks whose address begins with the given one.
func (a *Account) Webhooks(ctx context.Context, prefix string) ([]Webhook, error) {
	var list, own []Webhook
	if err := a.lever.get(ctx, a.ID, "webhooks", nil, &list); err != nil {
		return nil, err
	}
	for _, hook := range list {
		if strings.HasPrefix(hook.URL, prefix) {
			own = append(own, hook)
		}
	}
	return own, nil
}

// SwitchOn switches all webhooks of the account on, as a Super Admin does in Lever's settings who waits until the eight
// stand there: a connect at a busy moment leaves some of them to the keeper.
func (a *Account) SwitchOn(ctx context.Context) error {
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(250 * time.Millisecond) {
		list, err := a.Webhooks(ctx, "")
		if err != nil {
			return err
		}
		standing := 0
		for _, hook := range list {
			if strings.Contains(hook.URL, "/webhooks/lever/") {
				standing++
			}
		}
		if standing >= 8 {
			return a.lever.do(ctx, a.ID, "toggles", map[string]any{"event": "all", "on": true}, nil)
		}
		if time.Now().After(end) {
			return fmt.Errorf("only %d of the eight webhooks stand at Lever", standing)
		}
	}
}

// Delivery is an attempt to deliver a webhook.
type Delivery struct {
	ID, Event, URL string
	Status         int
	Body           json.RawMessage
}

// Deliveries lists the attempts to deliver webhooks, newest first.
func (a *Account) Deliveries(ctx context.Context) ([]Delivery, error) {
	var list []Delivery
	return list, a.lever.get(ctx, a.ID, "deliveries", nil, &list)
}

// Rerun sends a delivery once more, as the button in Lever's settings does.
func (a *Account) Rerun(ctx context.Context, delivery string) error {
	return a.lever.do(ctx, a.ID, "deliveries/"+delivery+"/rerun", nil, nil)
}

// Opportunity is a candidate at Lever.
type Opportunity struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Stage    string          `json:"stage"`
	Archived json.RawMessage `json:"archived"`
}

// Active lists the opportunities that are neither archived nor confidential.
func (a *Account) Active(ctx context.Context) ([]Opportunity, error) {
	var list []Opportunity
	return list, a.lever.get(ctx, a.ID, "opportunities", url.Values{"active": {"true"}, "confidential": {"false"}}, &list)
}

// Opportunity reads one.
func (a *Account) Opportunity(ctx context.Context, id string) (Opportunity, error) {
	var one Opportunity
	return one, a.lever.get(ctx, a.ID, "opportunities/"+id, nil, &one)
}

// Interviews lists the ids of all interviews.
func (a *Account) Interviews(ctx context.Context) ([]string, error) {
	var list []struct{ ID string }
	if err := a.lever.get(ctx, a.ID, "interviews", nil, &list); err != nil {
		return nil, err
	}
	var ids []string
	for _, one := range list {
		ids = append(ids, one.ID)
	}
	return ids, nil
}

// Note is a note on a candidate.
type Note struct {
	ID        string  `json:"id"`
	DeletedAt int64   `json:"deletedAt"`
	User      *string `json:"user"`
	Secret    bool    `json:"secret"` // only for people who may see sensitive information
	ViaAPI    bool    `json:"viaApi"`
	Fields    []struct {
		Value string `json:"value"`
	} `json:"fields"`
}

// Text is what the note and the replies in it say.
func (n Note) Text() string {
	var parts []string
	for _, field := range n.Fields {
		parts = append(parts, field.Value)
	}
	return strings.Join(parts, "\n")
}

// Notes lists the notes on a candidate that apps wrote and nobody deleted.
func (a *Account) Notes(ctx context.Context, opportunity string) ([]Note, error) {
	var list, live []Note
	if err := a.lever.get(ctx, a.ID, "opportunities/"+opportunity+"/notes", nil, &list); err != nil {
		return nil, err
	}
	for _, note := range list {
		if note.DeletedAt == 0 && note.ViaAPI {
			live = append(live, note)
		}
	}
	return live, nil
}

// NextStage is a stage that the candidate is not in.
func (a *Account) NextStage(ctx context.Context, opportunity string) (string, error) {
	one, err := a.Opportunity(ctx, opportunity)
	if err != nil {
		return "", err
	}
	var stages []struct{ ID string }
	if err := a.lever.get(ctx, a.ID, "stages", nil, &stages); err != nil {
		return "", err
	}
	for _, stage := range stages {
		if stage.ID != one.Stage {
			return stage.ID, nil
		}
	}
	return "", fmt.Errorf("account %q has one stage only", a.ID)
}

// Deed does something to an opportunity or interview that a person can do on Lever's pages: "opportunities/ID/move",
// "interviews/ID/delete" and the like. It returns the id of what was made, "" when nothing was.
func (a *Account) Deed(ctx context.Context, route string, fields map[string]any) (string, error) {
	var made struct{ ID string }
	return made.ID, a.lever.do(ctx, a.ID, route, fields, &made)
}

// Move moves a candidate to a stage.
func (a *Account) Move(ctx context.Context, opportunity, stage string) error {
	_, err := a.Deed(ctx, "opportunities/"+opportunity+"/move", map[string]any{"stage": stage})
	return err
}

// Apply lets a new candidate apply for a public job.
func (a *Account) Apply(ctx context.Context, name string) (string, error) {
	email := fmt.Sprintf("applicant-%d@company.example", time.Now().UnixNano())
	return a.ApplyAs(ctx, map[string]any{"name": name, "email": email})
}

// ApplyAs lets a new candidate with the given fields apply for a public job: name, email, phone, link, headline.
func (a *Account) ApplyAs(ctx context.Context, fields map[string]any) (string, error) {
	var postings []struct{ ID, State, Confidentiality string }
	if err := a.lever.get(ctx, a.ID, "postings", nil, &postings); err != nil {
		return "", err
	}
	for _, posting := range postings {
		if posting.State == "published" && posting.Confidentiality == "non-confidential" {
			fields["posting"] = posting.ID
			return a.Deed(ctx, "opportunities", fields)
		}
	}
	return "", fmt.Errorf("account %q has no public job", a.ID)
}

// Requests returns the lines of Lever's log that carried a token, a code or a refresh token of the account; newest first.
func (a *Account) Requests(ctx context.Context) ([]Request, error) {
	var list []Request
	return list, a.lever.get(ctx, "", "requests", url.Values{"of": {a.ID}}, &list)
}

// Revoke presses Revoke Access.
func (a *Account) Revoke(ctx context.Context) error { return a.lever.do(ctx, a.ID, "revoke", nil, nil) }

// Expire ends all access tokens before their time; refresh tokens stay good.
func (a *Account) Expire(ctx context.Context) error { return a.lever.do(ctx, a.ID, "expire", nil, nil) }

// Tokens lists every access and refresh token of the account that was ever issued and is still remembered there.
func (a *Account) Tokens(ctx context.Context) ([]string, error) {
	var list []string
	return list, a.lever.get(ctx, a.ID, "tokens", nil, &list)
}

package canary

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/evidenced/lever-integration/sandbox/canary"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// How many people of each sort are planted; together fifty.
const (
	applicants = 30
	users      = 10
	deciders   = 5
	authors    = 5 // of notes in Lever
)

// person is one planted person.
type person struct{ name, email, phone, link, text string }

// flock is everything that is planted.
type flock struct {
	mark   string // in every planted value
	people []person
	ids    []string // of the applicants' candidates
}

// newFlock makes fifty people whose names nobody else has, with letters that each encoding writes in its own way. What
// tells them apart does not stand at the end, of which base64 mixes the last letters with what follows.
func newFlock() *flock {
	f := &flock{mark: fmt.Sprintf("%x", time.Now().UnixNano()/1000%(1<<32))}
	for i := range applicants + users + deciders + authors {
		tag := fmt.Sprintf("%s%02d", f.mark, i)
		f.people = append(f.people, person{
			name: "Zoë O'Vox " + tag + " Vole", email: "vox+" + tag + "@canary.example", phone: fmt.Sprintf("+31 97 %s 00", tag),
			link: "https://canary.example/vox/" + tag + "/cv", text: "Said in confidence by " + tag + ": \"quite brilliant\"",
		})
	}
	return f
}

func (f *flock) user(i int) person    { return f.people[applicants+i] }
func (f *flock) decider(i int) person { return f.people[applicants+users+i] }
func (f *flock) author(i int) person  { return f.people[applicants+users+deciders+i] }

// canaries are the planted people as what to look for.
func (f *flock) canaries() (list []canary.Canary) {
	for i, p := range f.people {
		for what, value := range map[string]string{"name": p.name, "e-mail": p.email, "phone": p.phone, "link": p.link, "text": p.text} {
			list = append(list, canary.Canary{Name: fmt.Sprintf("the %s of person %d", what, i+1), Value: value})
		}
	}
	return list
}

// settle plants the people at Lever: users, applicants with every field, and notes of colleagues.
func (f *flock) settle(t *testing.T, account *story.Account) story.Person {
	t.Helper()
	for i := range users {
		role := "team member"
		if i == 0 {
			role = "super admin"
		}
		deed(t, account, "users", map[string]any{"name": f.user(i).name, "email": f.user(i).email, "role": role})
	}
	for i := range applicants {
		f.apply(t, account, i)
	}
	for i := range authors {
		deed(t, account, "opportunities/"+f.ids[i]+"/notes", map[string]any{"value": f.author(i).text + " " + f.author(i).name})
	}
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range super {
		if s.Name == f.user(0).name {
			return s
		}
	}
	t.Fatal("the planted Super Admin is not there")
	return story.Person{}
}

func (f *flock) apply(t *testing.T, account *story.Account, i int) {
	t.Helper()
	p := f.people[i]
	id, err := account.ApplyAs(t.Context(), map[string]any{"name": p.name, "email": p.email, "phone": p.phone, "link": p.link, "headline": p.text})
	if err != nil {
		t.Fatal(err)
	}
	f.ids = append(f.ids, id)
}

func deed(t *testing.T, account *story.Account, route string, fields map[string]any) string {
	t.Helper()
	id, err := account.Deed(t.Context(), route, fields)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// secrets gathers every secret that this run met: what passed the browsers, the tokens that Lever issued, the signature
// tokens of our webhooks, signatures of deliveries, Lever's client secret and the marker key.
func secrets(t *testing.T, account *story.Account) []canary.Canary {
	t.Helper()
	list := append(stack.wire.passed(), tokens(t, account)...)
	hooks, err := stack.OwnWebhooks(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		list = append(list, canary.Canary{Name: "signature token of " + h.Event, Value: h.SignatureToken})
	}
	deliveries, err := account.Deliveries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range deliveries {
		var signed struct{ Signature string }
		if json.Unmarshal(d.Body, &signed) == nil && signed.Signature != "" && i < 20 {
			list = append(list, canary.Canary{Name: fmt.Sprintf("signature of delivery %d", i+1), Value: signed.Signature})
		}
	}
	return append(list, kept(t.Context(), t)...)
}

// tokens lists what Lever issued.
func tokens(t *testing.T, account *story.Account) (list []canary.Canary) {
	t.Helper()
	issued, err := account.Tokens(t.Context())
	if err != nil || len(issued) < 2 {
		t.Fatalf("%d tokens of Lever, %v", len(issued), err)
	}
	for i, token := range issued {
		list = append(list, canary.Canary{Name: fmt.Sprintf("access or refresh token %d", i+1), Value: token})
	}
	return list
}

// kept reads what Secrets Manager keeps for the stack.
func kept(ctx context.Context, t *testing.T) (list []canary.Canary) {
	t.Helper()
	client := secretsmanager.NewFromConfig(stack.owner)
	all, err := client.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range all.SecretList {
		value, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: entry.ARN})
		if err != nil {
			t.Fatal(err)
		}
		name := aws.ToString(entry.Name)
		list = append(list, canary.Canary{Name: "secret " + name[strings.LastIndex(name, "/")+1:], Value: aws.ToString(value.SecretString)})
	}
	return list
}

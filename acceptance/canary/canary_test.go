package canary

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/canary"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// peopleBelong are the places where names and texts of people may stand.
var peopleBelong = []string{"table Mirror", "table Decisions"}

func TestNoSecretAndNobodyGetsOut(t *testing.T) {
	accounts, err := stack.Lever.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(accounts) < 9 {
		t.Fatal("the simulated Lever has no small companies; start the stack with SMALL_COMPANIES=22, as make acceptance does")
	}
	o := &organisation{flock: newFlock(), tenant: "canary-" + uuid.NewString()[:8], account: accounts[len(accounts)-4]}
	o.admin = stack.Visitor(o.tenant, "u-canary", "admin")
	seen, events := sights{}, newTap(t)

	o.connect(t, o.settle(t, o.account))
	o.happen(t)
	o.resync(t)
	o.decide(t)
	o.attack(t)
	o.wait(t, seen)
	keys := secrets(t, o.account) // while the webhooks stand
	look(t, seen)
	lookBeside(t, o, accounts[len(accounts)-5], seen)
	lookAsOperator(t, o, seen)
	o.leave(t)
	o.poison(t)
	look(t, seen)
	keys = append(keys, tokens(t, o.account)...)
	if n, err := events.drain(t.Context(), seen); err != nil || n == 0 {
		t.Errorf("%d events, %v", n, err)
	}
	seen.add("answers with errors", stack.wire.failed())

	nets := cast(t, keys, o.canaries())
	size := 0
	for place, text := range seen {
		size += len(text)
		for _, leak := range nets.leaks(place, text) {
			t.Error(leak)
		}
	}
	for _, place := range []string{"queue Hint", "queue Decision", "queue Resync", "log WebhookIntakeLogGroup", "log PlatformApiLogGroup", "answers with errors"} {
		if len(seen[place]) == 0 {
			t.Errorf("nothing was seen in %s; only in %v", place, slices.Sorted(maps.Keys(seen)))
		}
	}
	for _, place := range peopleBelong {
		if len(nets.people.Search(place, seen[place])) == 0 {
			t.Errorf("nobody is in %s, so looking shows nothing", place)
		}
	}
	t.Logf("%d values of 50 people and %d secrets looked for in %d places, %d KB", len(o.canaries()), len(keys), len(seen), size>>10)
	t.Run("a leak would be seen", func(t *testing.T) { leaksAreSeen(t, nets, keys[0].Value, o.people[0].name, events) })
}

// nets are what to look for.
type nets struct{ secrets, people *canary.Net }

func cast(t *testing.T, keys, people []canary.Canary) nets {
	t.Helper()
	different := map[string]bool{}
	for _, k := range keys {
		different[k.Value] = true
	}
	if len(different) < 20 || len(people) < 50*5 {
		t.Errorf("only %d secrets and %d values of people to look for", len(different), len(people))
	}
	secrets, err := canary.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	everybody, err := canary.New(people)
	if err != nil {
		t.Fatal(err)
	}
	return nets{secrets, everybody}
}

// leaks lists what must not be in a place.
func (n nets) leaks(place string, text []byte) []canary.Leak {
	leaks := n.secrets.Search(place, text)
	if !slices.Contains(peopleBelong, place) {
		leaks = append(leaks, n.people.Search(place, text)...)
	}
	return leaks
}

// look takes in logs and tables.
func look(t *testing.T, s sights) {
	t.Helper()
	if err := s.logs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.tables(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// lookBeside takes in what another organisation sees.
func lookBeside(t *testing.T, o *organisation, account *story.Account, s sights) {
	t.Helper()
	other := stack.Visitor("beside-"+uuid.NewString()[:8], "u-beside", "admin")
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Connect(t.Context(), super[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Synced(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
	page, err := other.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.add("the page of another organisation", []byte(page.Body))
	for _, path := range []string{"connection", "candidates", "jobs", "users", "interviews", "changes", "decisions", "settings", "candidates/" + o.ids[7]} {
		reply, err := stack.Platform.Send(t.Context(), http.MethodGet, "/v1/tenants/"+other.Tenant+"/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.add("answers to another organisation", reply.Body)
	}
	if _, err := other.DisconnectOnPage(t.Context()); err != nil { // the account is free for the next run
		t.Fatal(err)
	}
	if _, err := other.Disconnected(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
}

// lookAsOperator takes in what an operator sees of the organisation.
func lookAsOperator(t *testing.T, o *organisation, s sights) {
	t.Helper()
	operator := stack.operator(t)
	for _, path := range []string{
		"runs", "connections", "overdue", "tenants/" + o.tenant, "tenants/" + o.tenant + "/decisions",
		"tenants/" + o.tenant + "/candidates/" + o.ids[1], "tenants/" + o.tenant + "/candidates/" + o.ids[3],
	} {
		reply, err := operator.Send(t.Context(), http.MethodGet, "/v1/operations/"+path, nil)
		if err != nil || reply.Status != http.StatusOK || !strings.Contains(string(reply.Body), "{") {
			t.Fatalf("%s: %d %v", path, reply.Status, err)
		}
		s.add("answers to an operator", reply.Body)
	}
}

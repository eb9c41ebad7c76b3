package acceptance

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// The waits. They bound what must happen; each poll ends as soon as it has.
const (
	soon        = 2 * time.Minute // what takes seconds, on a machine that is busy with all tests at once
	nextMinute  = 150 * time.Second
	firstResync = 5 * time.Minute
)

// organisation is a tenant of Evidenced that is connected to an account at Lever.
type organisation struct {
	tenant     string
	admin      *story.Visitor
	account    *story.Account
	connection string
	candidates *supply
	colleague  story.Person // in whose name every second decision of a troubled test is made
}

// looks holds, by candidate, when the newest request came for just that one; see shows.
var looks sync.Map

// supply gives each test candidates of its own, so that tests of one organisation do not meet.
type supply struct {
	mu   sync.Mutex
	left []story.Opportunity
}

// shared is the one connected organisation that most tests use. A full-sized account takes a minute to sync at Lever's
// speed limit, and one account belongs to one organisation.
var shared = sync.OnceValues(func() (*organisation, error) {
	ctx, cancel := context.WithTimeout(context.Background(), firstResync+time.Minute)
	defer cancel()
	accounts, err := world.Lever.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	return connected(ctx, accounts[0])
})

// connected makes an organisation that is connected to the account, with its webhooks on and its first sync done.
func connected(ctx context.Context, account *story.Account) (*organisation, error) {
	o := &organisation{tenant: newTenant(), account: account}
	o.admin = world.Visitor(o.tenant, "u-1", "admin")
	super, err := o.account.SuperAdmins(ctx)
	if err != nil {
		return nil, err
	}
	if o.connection, err = o.admin.Connect(ctx, super[0]); err != nil {
		return nil, err
	}
	if err := o.account.SwitchOn(ctx); err != nil {
		return nil, err
	}
	if _, err := o.admin.Synced(ctx, firstResync); err != nil {
		return nil, err
	}
	active, err := o.account.Active(ctx)
	o.candidates = &supply{left: active}
	return o, err
}

// spares counts the small accounts that tests of this run have taken; see spare.
var spares atomic.Int32

// spare gives a parallel test an account at Lever that no other test uses. A Lever with a single account has none: then
// the test gets that one, in its turn, after the tests that use the shared connection.
func spare(t *testing.T, number int) (account *story.Account, own bool) {
	t.Helper()
	all := accounts(t)
	if len(all) == 1 {
		turn(t, number)
		return all[0], false
	}
	account = nextSpare(t, all)
	turn(t, 0)
	return account, true
}

// accounts lists the accounts of the simulated Lever.
func accounts(t *testing.T) []*story.Account {
	t.Helper()
	all, err := world.Lever.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// nextSpare takes a small account that no other test gets.
func nextSpare(t *testing.T, all []*story.Account) *story.Account {
	t.Helper()
	next := int(spares.Add(1))
	if next >= len(all) {
		t.Fatalf("the simulated Lever has %d accounts, too few for this suite; start the stack with a larger SMALL_COMPANIES", len(all))
	}
	return all[next]
}

// turns are the groups of tests that must not overlap where Lever has a single account: those that use the shared
// connection, those that end it, and the browser, which makes a new one.
var turns [3]sync.WaitGroup

// turn runs the test in parallel with those of the same turn and after all of the earlier ones. Go starts every
// top-level test before any parallel one goes on, so all have registered by then.
func turn(t *testing.T, number int) {
	t.Helper()
	turns[number].Add(1)
	t.Cleanup(turns[number].Done)
	t.Parallel()
	for earlier := range number {
		turns[earlier].Wait()
	}
}

// join gives the shared connected organisation to a parallel test.
func join(t *testing.T) *organisation {
	t.Helper()
	turn(t, 0)
	o, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// anyCandidate gives an active candidate that no other test gets.
func (o *organisation) anyCandidate(t *testing.T) story.Opportunity {
	t.Helper()
	o.candidates.mu.Lock()
	defer o.candidates.mu.Unlock()
	if len(o.candidates.left) == 0 {
		t.Fatal("the account has too few candidates for this suite")
	}
	one := o.candidates.left[0]
	o.candidates.left = o.candidates.left[1:]
	return one
}

// hook finds the webhook of an event at Lever.
func (o *organisation) hook(t *testing.T, event string) story.Webhook {
	t.Helper()
	hooks, err := world.OwnWebhooks(t.Context(), o.account)
	if err != nil {
		t.Fatal(err)
	}
	for _, hook := range hooks {
		if hook.Event == event {
			return hook
		}
	}
	t.Fatalf("Lever has no webhook for %s", event)
	return story.Webhook{}
}

// events are the eight webhooks of the help page, by Lever's names (lever/api.md section 4).
func events() []string {
	return []string{
		"applicationCreated", "candidateStageChange", "candidateArchiveChange", "candidateHired", "candidateDeleted",
		"interviewCreated", "interviewUpdated", "interviewDeleted",
	}
}

// requestsAbout counts the requests that ever reached Lever about one opportunity.
func (o *organisation) requestsAbout(t *testing.T, opportunity string) int {
	t.Helper()
	list, err := world.Lever.RequestsAbout(t.Context(), opportunity)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// requests counts the requests that ever reached Lever, whose URL has a text in it and that count says yes to.
func requests(t *testing.T, about string, count func(story.Request) bool) int {
	t.Helper()
	list, err := world.Lever.RequestsAbout(t.Context(), about)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, request := range list {
		if count(request) {
			found++
		}
	}
	return found
}

// deliverAboutAnother delivers a good webhook about a candidate of its own and waits until we fetched that one: what was
// delivered before it has been worked off, or was never taken.
func (o *organisation) deliverAboutAnother(t *testing.T, hook story.Webhook) {
	t.Helper()
	other := o.anyCandidate(t)
	before := o.requestsAbout(t, other.ID)
	status, answer := post(t, hook.URL, signed(t, hook.SignatureToken, hook.Event, map[string]any{"opportunityId": other.ID}))
	if status != 200 {
		t.Fatalf("a good delivery was answered with status %d %s", status, answer)
	}
	eventually(t, soon, "a look at what a good delivery points to", func(context.Context) (bool, string, error) {
		return o.requestsAbout(t, other.ID) > before, "no request", nil
	})
}

// eventually fails the test when look does not say done within the limit.
func eventually(t *testing.T, limit time.Duration, what string, look func(context.Context) (bool, string, error)) time.Duration {
	t.Helper()
	took, err := story.Eventually(t.Context(), limit, what, look)
	if err != nil {
		t.Fatal(err)
	}
	return took
}

// shows waits until the platform API shows a candidate as wanted, and until we asked Lever for just this one since the call
// before. A delta or a resync does not, they ask for lists; so it was the webhook that made us look, however slow the machine.
func (o *organisation) shows(t *testing.T, candidate, what string, want func(platform.Record[platform.Candidate]) bool) {
	t.Helper()
	eventually(t, soon, what, func(ctx context.Context) (bool, string, error) {
		record, err := world.Platform.Candidate(ctx, o.tenant, candidate)
		if problem := problemOf(err); problem != nil && problem.Status == 404 {
			return false, "no such candidate", nil
		}
		return err == nil && want(record), fmt.Sprintf("state %s, reason %q, data %+v", record.State, record.Reason, record.Data), err
	})
	before, _ := looks.LoadOrStore(candidate, time.Time{})
	eventually(t, soon, what+" by its webhook", func(ctx context.Context) (bool, string, error) {
		list, err := world.Lever.RequestsAbout(ctx, candidate)
		i := slices.IndexFunc(list, func(r story.Request) bool {
			return r.Path == "/v1/opportunities/{id}" && r.At.After(before.(time.Time))
		})
		if i < 0 {
			return false, "no request for this candidate", err
		}
		looks.Store(candidate, list[i].At)
		return true, "", nil
	})
}

package acceptance

import (
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// The tests of this file that do not run in parallel run before anything is connected, so they can count the token calls
// of the whole stack: there must be none.

// newcomer makes an admin of an organisation of their own, and gives the account at Lever with its Super Admins.
func newcomer(t *testing.T) (*story.Visitor, *story.Account, []story.Person) {
	t.Helper()
	accounts, err := world.Lever.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	super, err := accounts[0].SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return world.Visitor(newTenant(), "u-1", "admin"), accounts[0], super
}

// tokenCalls returns what counts the calls, from now on, for a token of the account, and those that are of none.
func tokenCalls(t *testing.T, account *story.Account) func() int {
	t.Helper()
	count := func() int {
		return requests(t, "/oauth/token", func(r story.Request) bool {
			return r.Path == "/oauth/token" && (r.Account == account.ID || r.Account == "")
		})
	}
	before := count()
	return func() int { return count() - before }
}

// refused wants a page of the integration that says the words and names the help address, that nothing is connected,
// and that Lever was not asked for a token.
func refused(t *testing.T, v *story.Visitor, page *browser.Page, words string, calls func() int) {
	t.Helper()
	if page.Status < 400 || !strings.HasPrefix(page.URL.String(), world.Endpoints.API) {
		t.Errorf("ended with status %d at %s", page.Status, page.URL.Host+page.URL.Path)
	}
	for _, want := range []string{words, "@"} {
		if !page.Says(want) {
			t.Errorf("the page does not say %q: %s", want, page.Text())
		}
	}
	connection, err := world.Platform.Connection(t.Context(), v.Tenant)
	if err != nil || connection.State != "not-connected" {
		t.Errorf("state %q, %v", connection.State, err)
	}
	if made := calls(); made != 0 {
		t.Errorf("%d token calls", made)
	}
}

func TestDenyingConsentConnectsNothing(t *testing.T) {
	v, account, super := newcomer(t)
	calls := tokenCalls(t, account)
	page, err := v.Consent(t.Context(), super[0], story.DenyButton)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, v, page, "You did not accept in Lever", calls)
	if _, err := page.Link("Try again"); err != nil {
		t.Error(err)
	}
}

func TestSomebodyWhoIsNoSuperAdminIsToldWhomToAsk(t *testing.T) {
	v, account, _ := newcomer(t)
	calls := tokenCalls(t, account)
	member, err := account.Member(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := v.Consent(t.Context(), member, "")
	if err != nil {
		t.Fatal(err)
	}
	back, err := page.Link("Back to")
	if err != nil {
		t.Fatal(err)
	}
	if page, err = v.Browser.Follow(t.Context(), page, back); err != nil {
		t.Fatal(err)
	}
	refused(t, v, page, "only Super Admins", calls)
}

func TestALeverAccountBelongsToOneOrganisation(t *testing.T) {
	o := join(t)
	v, _, super := newcomer(t)
	_, err := v.Connect(t.Context(), super[0])
	if problem := problemOf(err); problem == nil || problem.Code != "account-taken" {
		t.Fatalf("a second organisation: %v", err)
	}
	if connection, err := world.Platform.Connection(t.Context(), o.tenant); err != nil || connection.State != "connected" {
		t.Errorf("the first organisation is %s, %v", connection.State, err)
	}
}

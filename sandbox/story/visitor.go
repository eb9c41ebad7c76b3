package story

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/sandbox/browser"
	"github.com/evidenced/lever-integration/sandbox/platform"
)

// The buttons that a story presses: those of the integration by id, which no wording changes, those of Lever by label.
const (
	ConnectButton    = "#connect"
	disconnectButton = "#disconnect"
	AcceptButton     = "Accept"
	DenyButton       = "Deny"
)

// Visitor is a person of Evidenced with a browser of their own. It is not safe for concurrent use.
type Visitor struct {
	World      *World
	Browser    *browser.Browser
	Tenant     string
	TenantName string
	Person     platform.Person
	Role       string // admin or viewer
}

// Visitor makes a person with a fresh browser.
func (w *World) Visitor(tenant, id, role string) *Visitor {
	return &Visitor{
		World: w, Browser: browser.New(w.HTTP, time.Now), Tenant: tenant, TenantName: "Organisation " + tenant,
		Person: platform.Person{ID: id, Name: "Sample " + id}, Role: role,
	}
}

// returnTo is a page of the stand-in that needs no login and confirms nothing, so that a story can be the platform itself.
func (v *Visitor) returnTo() string {
	return strings.TrimSuffix(v.World.Endpoints.Evidenced, "/") + "/health"
}

// Entry asks the platform API for a one-time address of the integration's page.
func (v *Visitor) Entry(ctx context.Context) (string, error) {
	session, err := v.World.Platform.PortalSession(ctx, v.Tenant, platform.PortalRequest{
		ActingUser: v.Person, Role: v.Role, TenantName: v.TenantName, ReturnURL: v.returnTo(), TimeZone: "Europe/London",
	})
	if err != nil {
		return "", fmt.Errorf("open portal session: %w", err)
	}
	return session.URL, nil
}

// Page opens the integration's page through a new one-time address.
func (v *Visitor) Page(ctx context.Context) (*browser.Page, error) {
	entry, err := v.Entry(ctx)
	if err != nil {
		return nil, err
	}
	page, err := v.Browser.Get(ctx, entry)
	if err != nil {
		return nil, err
	}
	if page.Status != 200 || !strings.HasPrefix(page.URL.Path, "/portal") {
		return nil, fmt.Errorf("open the integration's page: status %d at %s: %s", page.Status, page.URL.Path, page.Text())
	}
	return page, nil
}

// PressOn presses a button of a page, with changes to the form's values given as name, value pairs.
func (v *Visitor) PressOn(ctx context.Context, page *browser.Page, label string, changes ...string) (*browser.Page, error) {
	press, err := page.Press(label)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(changes); i += 2 {
		press.Values.Set(changes[i], changes[i+1])
	}
	return v.Browser.Submit(ctx, page, press)
}

// ToLever opens the page and presses Connect; it returns Lever's first page.
func (v *Visitor) ToLever(ctx context.Context) (*browser.Page, error) {
	page, err := v.Page(ctx)
	if err != nil {
		return nil, err
	}
	return v.PressOn(ctx, page, ConnectButton)
}

// Consent goes from the integration's page through Lever's login and consent, and returns where the browser ended:
// at Evidenced with an attempt, or on a page of the integration that says why not. Lever asks nothing of somebody who
// accepted the same before; with the answer "" the browser stays on Lever's page.
func (v *Visitor) Consent(ctx context.Context, as Person, answer string) (*browser.Page, error) {
	page, err := v.ToLever(ctx)
	if err != nil {
		return nil, err
	}
	return v.answer(ctx, page, as, answer)
}

// answer logs in at Lever, unless this browser is logged in there, and answers the question for consent.
func (v *Visitor) answer(ctx context.Context, page *browser.Page, as Person, answer string) (*browser.Page, error) {
	var err error
	if page.URL.Path == "/login" {
		page, err = v.LogInAtLever(ctx, page, as)
	}
	if err != nil || answer == "" || page.URL.Query().Has("attempt") {
		return page, err
	}
	return v.PressOn(ctx, page, answer)
}

// Connect plays the whole connect: consent, return, and the confirmation by Evidenced. It returns the connection's id.
func (v *Visitor) Connect(ctx context.Context, as Person) (string, error) {
	page, err := v.ToLever(ctx)
	if err != nil {
		return "", err
	}
	return v.ConnectFrom(ctx, page, as)
}

// ConnectFrom does the rest of a connect from Lever's first page.
func (v *Visitor) ConnectFrom(ctx context.Context, page *browser.Page, as Person) (string, error) {
	page, err := v.answer(ctx, page, as, AcceptButton)
	if err != nil {
		return "", err
	}
	attempt := page.URL.Query().Get("attempt")
	if attempt == "" {
		return "", fmt.Errorf("connect: came back to %s without an attempt: %s", page.URL.Path, page.Text())
	}
	confirmed, err := v.World.Confirm(ctx, v.Tenant, attempt, v.Person)
	if err != nil {
		return "", fmt.Errorf("confirm connect: %w", err)
	}
	return confirmed.ID, nil
}

// confirming holds those who confirm a connect now. Each makes eight webhooks before it is answered, and the emulator
// answers one call at a time: a whole suite that confirms at once would wait longer than a function may run.
var confirming = make(chan struct{}, 3)

// Confirm confirms a connect for a tenant, at most three at a time.
func (w *World) Confirm(ctx context.Context, tenant, attempt string, by platform.Person) (platform.Confirmed, error) {
	select {
	case confirming <- struct{}{}:
		defer func() { <-confirming }()
	case <-ctx.Done():
		return platform.Confirmed{}, ctx.Err()
	}
	return w.Platform.Confirm(ctx, tenant, attempt, by)
}

// Synced waits until the first full resync is complete.
func (v *Visitor) Synced(ctx context.Context, limit time.Duration) (time.Duration, error) {
	return Eventually(ctx, limit, "the first full resync", func(ctx context.Context) (bool, string, error) {
		connection, err := v.World.Platform.Connection(ctx, v.Tenant)
		if err != nil {
			return false, "", err
		}
		if connection.Resync != nil {
			return false, fmt.Sprintf("%d of about %d", connection.Resync.Done, connection.Resync.Expected), nil
		}
		return connection.Check != nil && connection.Check.At > 0, "state " + connection.State, nil
	})
}

// DisconnectOnPage opens the page and presses Disconnect, and the second button that asks once more.
func (v *Visitor) DisconnectOnPage(ctx context.Context) (*browser.Page, error) {
	page, err := v.Page(ctx)
	if err != nil {
		return nil, err
	}
	link, err := page.Link(disconnectButton)
	if err != nil {
		return nil, err
	}
	if page, err = v.Browser.Follow(ctx, page, link); err != nil {
		return nil, err
	}
	return v.PressOn(ctx, page, disconnectButton)
}

// Disconnected waits until the end of the connection is complete.
func (v *Visitor) Disconnected(ctx context.Context, limit time.Duration) (time.Duration, error) {
	return v.Becomes(ctx, "disconnected", limit)
}

// Becomes waits until the connection is in a state.
func (v *Visitor) Becomes(ctx context.Context, state string, limit time.Duration) (time.Duration, error) {
	return Eventually(ctx, limit, "a connection that is "+state, func(ctx context.Context) (bool, string, error) {
		connection, err := v.World.Platform.Connection(ctx, v.Tenant)
		return connection.State == state, "state " + connection.State, err
	})
}

// LogInAtLever chooses a user on Lever's login page, which asks for no password. Somebody the page does not show at once
// is found by its search.
func (v *Visitor) LogInAtLever(ctx context.Context, page *browser.Page, as Person) (*browser.Page, error) {
	theirs := func(form browser.Form) bool { return form.Values.Get("user") == as.ID }
	press, err := page.Press(as.Name, theirs)
	if err != nil {
		if page, err = v.PressOn(ctx, page, "Find", "q", as.Name); err != nil {
			return nil, err
		}
		if press, err = page.Press(as.Name, theirs); err != nil {
			return nil, err
		}
	}
	return v.Browser.Submit(ctx, page, press)
}

package simulation

import (
	"context"
	"fmt"
	"net/url"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/portal"
)

// Admin is who connects in the simulated world.
func Admin() connection.Person { return connection.Person{ID: "admin", Name: "Admin"} }

// Connect plays the connect of a tenant to an account: portal session, consent at Lever, Lever's answer, confirmation.
func (w *World) Connect(ctx context.Context, tenant string, account *levertest.Account, confidential bool) (connection.Connection, error) {
	if err := w.Connections.Welcome(ctx, tenant, tenant); err != nil {
		return connection.Connection{}, err
	}
	entry, _, err := w.Sessions.Create(ctx, portal.Entry{
		Tenant: tenant, TenantName: tenant, UserID: Admin().ID, UserName: Admin().Name, Role: portal.Admin, ReturnURL: returnURL,
	})
	if err != nil {
		return connection.Connection{}, err
	}
	_, session, err := w.Sessions.Enter(ctx, parameter(entry, "entry"))
	if err != nil {
		return connection.Connection{}, err
	}
	authorize, err := w.Connections.Begin(ctx, session, confidential)
	if err != nil {
		return connection.Connection{}, err
	}
	code, err := account.Code(levertest.AuthorizeRequest{
		RedirectURI: parameter(authorize, "redirect_uri"), Scopes: connection.Scopes(confidential), CodeChallenge: parameter(authorize, "code_challenge"),
	})
	if err != nil {
		return connection.Connection{}, fmt.Errorf("consent: %w", err)
	}
	back, err := w.Connections.Return(ctx, session.Key, url.Values{"state": {parameter(authorize, "state")}, "code": {code}})
	if err != nil {
		return connection.Connection{}, err
	}
	return w.Connections.Confirm(ctx, tenant, parameter(back, "attempt"), Admin())
}

func parameter(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

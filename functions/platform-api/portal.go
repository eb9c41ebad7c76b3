package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/evidenced/lever-integration/shared/portal"
)

// openPortal answers POST .../portal-sessions with the one-time address of the admin's page. It is the first call that a
// tenant needs and makes the tenant known here.
func (h *handler) openPortal(ctx context.Context, c call) (reply, error) {
	var body struct {
		ActingUser person      `json:"actingUser"`
		Role       portal.Role `json:"role"`
		TenantName string      `json:"tenantName"`
		ReturnURL  string      `json:"returnUrl"`
		TimeZone   string      `json:"timeZone"`
	}
	if err := c.read(&body, longestBody); err != nil {
		return reply{}, err
	}
	address, expires, err := h.portal.Create(ctx, portal.Entry{
		Tenant: c.tenant, TenantName: body.TenantName, UserID: body.ActingUser.ID, UserName: body.ActingUser.Name,
		Role: body.Role, ReturnURL: body.ReturnURL, TimeZone: body.TimeZone,
	})
	if err != nil {
		return reply{}, fmt.Errorf("create portal session of %q: %w", c.tenant, err)
	}
	if err := h.connections.Welcome(ctx, c.tenant, body.TenantName); err != nil {
		return reply{}, fmt.Errorf("make tenant %q known: %w", c.tenant, err)
	}
	return reply{status: http.StatusCreated, body: map[string]any{"url": address, "expiresAt": expires.UnixMilli()}}, nil
}

package lever

import (
	"context"
	"net/http"
	"net/url"
)

// RoleSuperAdmin is the access role of those who may connect this integration.
const RoleSuperAdmin = "super admin"

// User is somebody with an account at the customer's Lever (lever/api.md section 3.9). Only ID
// is certain.
type User struct {
	ID       string  `json:"id"`
	Name     *string `json:"name"`
	Username *string `json:"username"`
	Email    *string `json:"email"`
	// AccessRole is super admin, admin, team member, limited team member, interviewer, or the id
	// of a role of the customer's own.
	AccessRole    *string `json:"accessRole"`
	Photo         *string `json:"photo"`
	JobTitle      *string `json:"jobTitle"`
	Manager       *Ref    `json:"managerId"`
	CreatedAt     *Millis `json:"createdAt"`
	DeactivatedAt *Millis `json:"deactivatedAt"`
}

func (u *User) key() string { return u.ID }

// Users gets one page of the users. Deactivated ones stay in Lever, and postings and owners may
// refer to them.
func (c *Client) Users(ctx context.Context, includeDeactivated bool, offset string) (Page[User], error) {
	query := url.Values{"limit": {pageSize(0)}}
	if includeDeactivated {
		query.Set("includeDeactivated", "true")
	}
	return list[User](ctx, c, &call{method: http.MethodGet, path: "/users", query: query}, offset)
}

// User gets one user, also a deactivated one.
func (c *Client) User(ctx context.Context, id string) (Single[User], error) {
	return one[User](ctx, c, &call{method: http.MethodGet, path: "/users/{user}", ids: []string{id}})
}

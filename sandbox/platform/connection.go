package platform

import (
	"context"
	"net/http"
)

// Person is somebody at Evidenced, as the platform names them to the integration.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PortalRequest asks for a one-time address of the integration's page.
type PortalRequest struct {
	ActingUser Person `json:"actingUser"`
	Role       string `json:"role"` // admin or viewer
	TenantName string `json:"tenantName"`
	ReturnURL  string `json:"returnUrl"`
	TimeZone   string `json:"timeZone,omitempty"` // IANA name
}

// PortalSession is that address; it opens the page once, within a minute.
type PortalSession struct {
	URL       string `json:"url"`
	ExpiresAt int64  `json:"expiresAt"` // milliseconds since the epoch
}

// PortalSession asks for a one-time address of the integration's page. It also makes the tenant known there.
func (c *Client) PortalSession(ctx context.Context, tenant string, request PortalRequest) (PortalSession, error) {
	var session PortalSession
	return session, c.call(ctx, http.MethodPost, path(tenant, "portal-sessions"), request, &session)
}

// Connection says how a tenant's connection to Lever is doing. Times are milliseconds since the epoch.
type Connection struct {
	ID          string    `json:"connectionId"`
	State       string    `json:"state"`     // not-connected, connecting, connected, revoked, disconnecting, disconnected
	Attention   int       `json:"attention"` // findings that ask for something
	ConnectedBy string    `json:"connectedBy"`
	ConnectedAt int64     `json:"connectedAt"`
	Records     []Records `json:"records"`
	Resync      *Resync   `json:"resync"`        // while one runs
	Check       *Check    `json:"lastFullCheck"` // after the first complete one
	DeltaAt     int64     `json:"deltaAt"`       // when Lever's changes were last read to their end
	PatrolAt    int64     `json:"patrolAt"`      // when all interviews were last read
	Webhooks    []Webhook `json:"webhooks"`
	SetUp       bool      `json:"setUp"`
	Findings    []Finding `json:"findings"`
}

// Records counts the active records of one kind.
type Records struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Resync is a full resync that runs.
type Resync struct {
	First    bool `json:"first"`
	Done     int  `json:"done"`
	Expected int  `json:"expected"`
}

// Check is the result of the last complete comparison with Lever.
type Check struct {
	At    int64 `json:"at"`
	Match bool  `json:"match"`
}

// Webhook is one of the eight.
type Webhook struct {
	Event  string `json:"event"`
	Status string `json:"status"`
}

// Finding is something that needs attention or is good to know.
type Finding struct {
	Code  string `json:"code"`
	Level string `json:"level"`
}

// Has says whether a finding stands.
func (c Connection) Has(code string) bool {
	for _, finding := range c.Findings {
		if finding.Code == code {
			return true
		}
	}
	return false
}

// Connection reads how the connection is doing.
func (c *Client) Connection(ctx context.Context, tenant string) (Connection, error) {
	var connection Connection
	return connection, c.call(ctx, http.MethodGet, path(tenant, "connection"), nil, &connection)
}

// Confirmed is what a confirmation answers.
type Confirmed struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// Confirm says that this person, logged in at Evidenced, is the one who came back from Lever with the attempt. The code
// of Lever is redeemed only then.
func (c *Client) Confirm(ctx context.Context, tenant, attempt string, by Person) (Confirmed, error) {
	var confirmed Confirmed
	request := struct {
		Attempt    string `json:"attempt"`
		ActingUser Person `json:"actingUser"`
	}{attempt, by}
	return confirmed, c.call(ctx, http.MethodPost, path(tenant, "connection", "confirmations"), request, &confirmed)
}

// Disconnect ends the connection; the rest happens by itself.
func (c *Client) Disconnect(ctx context.Context, tenant string, by Person) error {
	request := struct {
		ActingUser Person `json:"actingUser"`
	}{by}
	return c.call(ctx, http.MethodPost, path(tenant, "connection", "disconnections"), request, nil)
}

// Resync asks for a complete resync, or for that of one candidate when it is named.
func (c *Client) Resync(ctx context.Context, tenant, candidate string) error {
	request := struct {
		Candidate string `json:"candidate,omitempty"`
	}{candidate}
	return c.call(ctx, http.MethodPost, path(tenant, "resyncs"), request, nil)
}

// Settings are what a tenant may choose.
type Settings struct {
	SecretNotes     bool     `json:"secretNotes"`
	NotifyFollowers bool     `json:"notifyFollowers"`
	Outcomes        []string `json:"outcomes"` // empty = all
}

// Settings reads the tenant's settings.
func (c *Client) Settings(ctx context.Context, tenant string) (Settings, error) {
	var settings Settings
	return settings, c.call(ctx, http.MethodGet, path(tenant, "settings"), nil, &settings)
}

// PutSettings replaces the tenant's settings.
func (c *Client) PutSettings(ctx context.Context, tenant string, settings Settings) error {
	if settings.Outcomes == nil {
		settings.Outcomes = []string{}
	}
	return c.call(ctx, http.MethodPut, path(tenant, "settings"), settings, nil)
}

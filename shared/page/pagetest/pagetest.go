// Package pagetest has the states in which the admin's page can be, as facts of an invented company: for the tests of
// the page and for the gallery of screenshots. Names and figures are made up and the moment is fixed, so that the same
// code always gives the same page.
package pagetest

import (
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/portal"
	"github.com/evidenced/lever-integration/shared/table"
)

var now = time.Date(2026, time.November, 3, 9, 14, 20, 0, time.UTC)

// Now gives the moment at which all fixtures are seen.
func Now() time.Time { return now }

// Names of the fixtures.
const (
	NotConnected   = "not-connected"
	Refused        = "connect-refused" // the first connect came to nothing
	Connecting     = "connecting"
	FirstSync      = "set-up-first-sync"
	SwitchedOn     = "set-up-switched-on" // all eight are said to be on
	Good           = "connected"
	Resyncing      = "resync"
	NeedsAttention = "needs-attention"
	EachFinding    = "each-finding"
	StoodStill     = "stood-still" // nothing could be read for long
	Revoked        = "revoked"
	Disconnecting  = "disconnecting"
	Disconnected   = "disconnected"
	Ended          = "ended-by-evidenced" // disconnected by operators
	Taken          = "account-taken"      // disconnected, and then tried with the account of another organisation
)

// Names lists the fixtures in the order of the story.
func Names() []string {
	return []string{
		NotConnected, Refused, Connecting, FirstSync, SwitchedOn, Good, Resyncing, NeedsAttention, EachFinding, StoodStill,
		Revoked, Disconnecting, Disconnected, Ended, Taken,
	}
}

// Session is a visit in the given role.
func Session(role portal.Role) portal.Session {
	return portal.Session{
		Key: "session#fixture", CSRF: "fixture-anti-forgery-token",
		Entry: portal.Entry{
			Tenant: "northwind", TenantName: "Northwind Savings Bank", UserID: "user-1", UserName: "Anna Berg", Role: role,
			ReturnURL: "https://app.evidenced.example/integrations", TimeZone: "Europe/Amsterdam",
		},
	}
}

// Facts gives the facts of a fixture.
func Facts(name string) health.Facts {
	f := health.Facts{Now: now, Tenant: connection.Tenant{Name: "Northwind Savings Bank"}}
	f.Decisions.Recent = []health.Decision{}
	switch name {
	case NotConnected:
	case Refused:
		f.Tenant.Refused = refusal("scope-missing", "interviews:read:admin", "notes:write:admin")
	case Connecting:
		f.Connection = linked(connection.Connecting, 4*time.Second)
	case FirstSync:
		firstSync(&f)
	case SwitchedOn:
		switchedOn(&f)
	case Resyncing:
		resyncing(&f)
	case StoodStill:
		stoodStill(&f)
	case Good:
		good(&f)
	case NeedsAttention:
		needsAttention(&f)
	case EachFinding:
		eachFinding(&f)
	case Revoked:
		good(&f)
		f.Connection.State, f.Connection.EndedAt = connection.Revoked, before(10*time.Minute)
		f.Progress.DeltaAt, f.Progress.PatrolAt = before(11*time.Minute), before(15*time.Minute)
		f.Counts = counts(20, 120, 300, 1140, 12*time.Minute)
		f.Decisions.Recent[0] = made("d-8", decision.Advance, decision.Held, decision.NotConnected, 2*time.Minute)
		f.Activity = append([]connection.Activity{activity(10*time.Minute, "revoked")}, f.Activity...)
	case Disconnecting:
		good(&f)
		f.Connection.State, f.Connection.EndedAt = connection.Disconnecting, before(6*time.Second)
		f.Activity = append([]connection.Activity{activity(6*time.Second, "disconnect-pressed", "Anna Berg")}, f.Activity...)
	case Disconnected:
		f.Connection = linked(connection.Disconnected, 40*24*time.Hour)
		f.Connection.EndedAt, f.Connection.LeftWebhooks = before(3*time.Minute), 2
		f.Activity = []connection.Activity{activity(2*time.Minute, "disconnected"), activity(3*time.Minute, "disconnect-pressed", "Anna Berg")}
	case Ended:
		f.Connection = linked(connection.Disconnected, 40*24*time.Hour)
		f.Connection.EndedAt = before(20 * time.Minute)
		f.Activity = []connection.Activity{activity(19*time.Minute, "disconnected"), activity(20*time.Minute, "ended-by-evidenced")}
	case Taken:
		f.Connection = linked(connection.Disconnected, 40*24*time.Hour)
		f.Connection.EndedAt = before(time.Hour)
		f.Tenant.Refused = refusal("account-taken")
		f.Activity = []connection.Activity{activity(time.Hour-time.Minute, "disconnected"), activity(time.Hour, "disconnect-pressed", "Anna Berg")}
	}
	return f
}

func before(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

func activity(d time.Duration, code string, args ...string) connection.Activity {
	return connection.Activity{At: before(d), Code: code, Args: args}
}

func linked(state connection.State, since time.Duration) connection.Connection {
	return connection.Connection{
		Meta: table.Meta{PK: "9f3c77d0-51b2-4a60-9f0e-000000000001", SK: "state", Rev: 1}, Tenant: "northwind", State: state,
		LeverUser: "lever-user", By: connection.Person{ID: "user-1", Name: "Anna Berg"}, Scopes: connection.Scopes(true),
		Confidential: true, CreatedAt: before(since), ConnectedAt: before(since), GrantedAt: before(since),
	}
}

func refusal(code string, scopes ...string) *connection.Refusal {
	return &connection.Refusal{ID: "c2d81b07-0000-4000-8000-000000000002", At: before(90 * time.Second), Code: code, Scopes: scopes}
}

func authoriser() *mirror.UserDoc {
	return &mirror.UserDoc{Name: "Jane Doe", Email: "jane.doe@northwind-savings.example", Role: "super admin"}
}

// hooks gives the eight webhooks; heard says how long ago each spoke, 0 = never.
func hooks(heard ...time.Duration) []connection.Hook {
	events := []string{
		"applicationCreated", "candidateStageChange", "candidateArchiveChange", "candidateHired", "candidateDeleted",
		"interviewCreated", "interviewUpdated", "interviewDeleted",
	}
	list := make([]connection.Hook, 0, len(events))
	for i, event := range events {
		h := connection.Hook{Event: event, LeverID: "hook", Address: "fixture"}
		if i < len(heard) && heard[i] > 0 {
			h.LastSeen, h.LastEvent = before(heard[i]), before(heard[i])
		}
		list = append(list, h)
	}
	return list
}

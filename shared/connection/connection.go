// Package connection is the link between one tenant of Evidenced and one Lever account: its states, the connect flow,
// the sealed tokens with their fenced refresh, the eight webhooks, and its end. Everything else in the integration is
// keyed by the connection's id, so nothing left over from an earlier account can touch a new one.
package connection

import (
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/table"
)

// State is where a connection stands.
type State string

// The states. A tenant without any connection is NotConnected, which is never stored.
const (
	NotConnected  State = "not-connected"
	Connecting    State = "connecting"    // what a report calls a new connection whose webhooks are being made; never stored
	Connected     State = "connected"     // syncing
	Revoked       State = "revoked"       // Lever no longer accepts our grant; nothing is called any more
	Disconnecting State = "disconnecting" // an admin pressed Disconnect; webhooks, tokens and mirror are being removed
	Disconnected  State = "disconnected"  // nothing of it is left but this record
)

// Person is somebody at Evidenced, as the platform names them to us.
type Person struct {
	ID   string `dynamodbav:"id" json:"id"`
	Name string `dynamodbav:"name" json:"name"`
}

// Connection is the record of one connection. Times are milliseconds since the epoch.
type Connection struct {
	table.Meta            // PK is the connection's id, SK "state"
	RosterPk     string   `dynamodbav:"rosterPk,omitempty"` // index roster; empty once it has ended
	RosterSk     string   `dynamodbav:"rosterSk,omitempty"`
	Tenant       string   `dynamodbav:"tenant"`
	State        State    `dynamodbav:"state"`
	Account      string   `dynamodbav:"account"`             // Lever's account id, or a fingerprint when Lever names none
	LeverUser    string   `dynamodbav:"leverUser,omitempty"` // id of the Lever user who authorised; Lever ties the grant to them
	By           Person   `dynamodbav:"by"`                  // who connected, at Evidenced
	Scopes       []string `dynamodbav:"scopes"`              // as granted
	Confidential bool     `dynamodbav:"confidential"`        // confidential objects are granted
	CreatedAt    int64    `dynamodbav:"createdAt"`
	ConnectedAt  int64    `dynamodbav:"connectedAt,omitempty"`
	EndedAt      int64    `dynamodbav:"endedAt,omitempty"`      // when it was revoked or Disconnect was pressed
	LeftWebhooks int      `dynamodbav:"leftWebhooks,omitempty"` // webhooks that may remain at Lever because it could not be asked
	WasRevoked   bool     `dynamodbav:"wasRevoked,omitempty"`   // access was gone already when Disconnect was pressed
	// HooksRefusedAt is when Lever did not permit us to keep webhooks; 0 when it does.
	HooksRefusedAt int64 `dynamodbav:"hooksRefusedAt,omitempty"`
	GrantedAt      int64 `dynamodbav:"grantedAt,omitempty"` // the refresh token dies one year later (lever/api.md section 1)
	RenewedAt      int64 `dynamodbav:"renewedAt,omitempty"` // last refresh; 90 idle days after it the refresh token dies (same place)
}

// ID returns the connection's id.
func (c Connection) ID() string { return c.PK }

// Settings are what a tenant may choose.
type Settings struct {
	SecretNotes     bool     `dynamodbav:"secretNotes" json:"secretNotes"`         // notes only for Lever users with sensitive information privileges
	NotifyFollowers bool     `dynamodbav:"notifyFollowers" json:"notifyFollowers"` // Lever mails the candidate's followers about a new note
	Outcomes        []string `dynamodbav:"outcomes,omitempty" json:"outcomes"`     // outcomes that are sent; empty = all
}

// Tenant is an organisation at Evidenced and the connection it uses now.
type Tenant struct {
	table.Meta          // PK is "tenant#<id>", SK "tenant"
	Name       string   `dynamodbav:"name"`              // as the platform names it, shown before consent
	Current    string   `dynamodbav:"current,omitempty"` // connection id; empty before the first connect
	Settings   Settings `dynamodbav:"settings"`
	Refused    *Refusal `dynamodbav:"refused,omitempty"` // the last connect that Evidenced confirmed and that came to nothing
}

// Refusal is a connect that came to nothing after the way through Lever, when no page of ours can say so any more.
type Refusal struct {
	ID     string   `dynamodbav:"id"` // what support finds in the log
	At     int64    `dynamodbav:"at"`
	Code   string   `dynamodbav:"code"`             // of the fault
	Scopes []string `dynamodbav:"scopes,omitempty"` // what Lever did not grant
}

// Hook is one of our eight webhooks at Lever, as its connection knows it. The half that webhook-intake needs, with the
// sealed signature token, is a HookSecret in the table Hooks.
type Hook struct {
	table.Meta        // PK is the connection's id, SK "hook#<event>"
	Event      string `dynamodbav:"event"`
	LeverID    string `dynamodbav:"leverId"`
	Address    string `dynamodbav:"address"` // the unguessable last part of its URL
	CreatedAt  int64  `dynamodbav:"createdAt"`
	// UnsureAt is when a creation was begun whose outcome was never known, before the one that CreatedAt tells of; Unsure is
	// how many there were since the last look that found nothing more of them.
	UnsureAt int64 `dynamodbav:"unsureAt,omitempty"`
	Unsure   int   `dynamodbav:"unsure,omitempty"`
	// Former are the webhooks that this one replaces: their secrets stay until Lever knows them no more.
	Former    []FormerHook `dynamodbav:"former,omitempty"`
	LastSeen  int64        `dynamodbav:"lastSeen,omitempty"`  // newest verified delivery, the test ping included
	LastEvent int64        `dynamodbav:"lastEvent,omitempty"` // newest verified delivery with data
	Missed    int          `dynamodbav:"missed,omitempty"`    // changes since LastSeen that should have come by it and did not
	MissedAt  int64        `dynamodbav:"missedAt,omitempty"`  // the first of them
	EnoughAt  int64        `dynamodbav:"enoughAt,omitempty"`  // when the third of them was found
	Late      int64        `dynamodbav:"late,omitempty"`      // latest that a delivery came after its event in the last week, milliseconds
	LateAt    int64        `dynamodbav:"lateAt,omitempty"`    // when that was
	Doubted   bool         `dynamodbav:"doubted,omitempty"`   // some were missed since the last delivery with data
	Awaiting  int64        `dynamodbav:"awaiting,omitempty"`  // when the admin said it was switched on; waiting for the next event
}

// FormerHook is a webhook of ours that was replaced by another.
type FormerHook struct {
	LeverID string `dynamodbav:"leverId"`
	Address string `dynamodbav:"address"`
}

// Grant is what Lever gave us, in the clear: only in memory.
type Grant struct {
	Access, Refresh secret.String
	Expires         int64
}

// Activity is one line of the page's list of happenings. Code names a sentence of the page; Args are ids, numbers or
// event names; the one name of a person in it is that of the Evidenced admin who pressed a button.
type Activity struct {
	table.Meta          // PK is the connection's id, SK "activity#<time>#<id>"
	At         int64    `dynamodbav:"at"`
	Code       string   `dynamodbav:"code"`
	Args       []string `dynamodbav:"args,omitempty"`
}

// Progress is how far a full resync is, for the page, and what the last one found.
type Progress struct {
	table.Meta             // PK is the connection's id, SK "progress"
	Running    bool        `dynamodbav:"running"`
	First      bool        `dynamodbav:"first"` // the first one of this connection
	StartedAt  int64       `dynamodbav:"startedAt"`
	UpdatedAt  int64       `dynamodbav:"updatedAt"`
	EndedAt    int64       `dynamodbav:"endedAt,omitempty"` // of the last complete one
	Kinds      []KindCount `dynamodbav:"kinds"`
	Drift      []KindDrift `dynamodbav:"drift,omitempty"`      // of the last complete one
	DeltaAt    int64       `dynamodbav:"deltaAt,omitempty"`    // last good delta; of a connection at work from its work item
	SeenTo     int64       `dynamodbav:"seenTo,omitempty"`     // how far deltas had seen everything when access was lost, see delta.Runner
	PatrolAt   int64       `dynamodbav:"patrolAt,omitempty"`   // last completed patrol circle
	PatrolTook int64       `dynamodbav:"patrolTook,omitempty"` // how long that one took, in milliseconds
	PatrolFind int64       `dynamodbav:"patrolFind,omitempty"` // when the patrol last found an interview changed, of which no webhook had told
	PatrolPace int64       `dynamodbav:"patrolPace,omitempty"` // how long one takes as it goes now, in milliseconds
	Broken     int         `dynamodbav:"broken,omitempty"`     // records set aside because they cannot be read
}

// KindCount is the progress of one kind: how many are done of how many expected (0 = not known yet).
type KindCount struct {
	Kind     string `dynamodbav:"kind" json:"kind"`
	Done     int    `dynamodbav:"done" json:"done"`
	Expected int    `dynamodbav:"expected" json:"expected"`
	Ready    bool   `dynamodbav:"ready" json:"ready"` // this kind is complete
}

// KindDrift is what a full resync had to repair, by kind.
type KindDrift struct {
	Kind    string `dynamodbav:"kind" json:"kind"`
	Checked int    `dynamodbav:"checked" json:"checked"`
	Missing int    `dynamodbav:"missing" json:"missing"`
	Extra   int    `dynamodbav:"extra" json:"extra"`
	Stale   int    `dynamodbav:"stale" json:"stale"`
	Broken  int    `dynamodbav:"broken,omitempty" json:"broken,omitempty"` // could not be read and were set aside
}

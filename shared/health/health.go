// Package health says how the connection of one tenant is doing, in facts that a page or a program can show: its state,
// how far a resync is, how old the mirror may be, which webhooks speak, what became of decisions, and findings, each with
// the deed that ends it. The integration page renders a Report, and the platform API serves it as
// GET /v1/tenants/{tenant}/connection.
//
// A Report only reads what is stored here already and never calls Lever. It carries no personal data except the names of
// the two people who made the connection. Findings are pure functions of Facts, so the simulation can check them after
// each step. All times are milliseconds since the epoch; zero means never or not known.
package health

import (
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// Report is the health of a tenant's connection at one moment.
type Report struct {
	At           int64               `json:"at"` // when the facts were read
	Organisation string              `json:"organisation"`
	State        connection.State    `json:"state"`
	Attention    int                 `json:"attention"` // findings of the level Attention
	ConnectedBy  string              `json:"connectedBy,omitempty"`
	ConnectedAt  int64               `json:"connectedAt,omitempty"`
	EndedAt      int64               `json:"endedAt,omitempty"`
	Authoriser   string              `json:"authoriser,omitempty"` // the Lever user to whom Lever ties the grant, by name
	Account      string              `json:"account,omitempty"`    // the Lever account, by the mail domain of that user
	Scopes       []string            `json:"scopes"`               // as granted
	Missing      []string            `json:"missingScopes"`        // required and not granted
	Confidential bool                `json:"confidential"`
	RenewBy      int64               `json:"renewBy,omitempty"` // the day on which Lever's grant ends
	Records      []Records           `json:"records"`
	CountedAt    int64               `json:"countedAt,omitempty"` // when the records were counted; large mirrors are counted rarely
	Resync       *Resync             `json:"resync,omitempty"`    // while one runs
	Check        *Check              `json:"lastFullCheck,omitempty"`
	DeltaAt      int64               `json:"deltaAt,omitempty"`       // the last time Lever's changes were read to their end
	LagSeconds   int64               `json:"lagSeconds,omitempty"`    // how long ago that was
	PatrolAt     int64               `json:"patrolAt,omitempty"`      // the last time the interviews of all candidates were read again
	PatrolTook   int64               `json:"patrolSeconds,omitempty"` // how long that takes as it goes now, in seconds: an interview is no older
	Broken       int                 `json:"recordsSetAside"`         // records that the last full check could not read
	Hooks        []Hook              `json:"webhooks"`
	SetUp        bool                `json:"setUp"` // every webhook has spoken once, or the admin says that it is on
	Decisions    Decisions           `json:"decisions"`
	Settings     connection.Settings `json:"settings"`
	Findings     []Finding           `json:"findings"`
	Activity     []Activity          `json:"activity"`
	Reference    string              `json:"reference,omitempty"` // to quote to support
	ConnectionID string              `json:"connectionId,omitempty"`
}

// Records is what the mirror holds of one kind.
type Records struct {
	Kind      mirror.Kind `json:"kind"`
	Count     int         `json:"count"` // active ones
	CheckedAt int64       `json:"checkedAt,omitempty"`
	ChangedAt int64       `json:"changedAt,omitempty"`
}

// Resync is a full resync that runs now.
type Resync struct {
	First            bool                   `json:"first"` // the first one of this connection
	StartedAt        int64                  `json:"startedAt"`
	Done             int                    `json:"done"`
	Expected         int                    `json:"expected"`                   // 0 = not known yet
	RemainingSeconds int64                  `json:"remainingSeconds,omitempty"` // 0 = not known yet
	Kinds            []connection.KindCount `json:"kinds"`
}

// Check is the result of the last complete comparison with Lever: what had to be repaired, by kind.
type Check struct {
	At    int64                  `json:"at"`                // when it ended
	Took  int64                  `json:"seconds,omitempty"` // how long it took; 0 while the next one runs
	Match bool                   `json:"match"`             // nothing had to be repaired
	Drift []connection.KindDrift `json:"drift"`
}

// HookStatus says what is known about one webhook.
type HookStatus string

// The statuses. Lever does not show whether a webhook is switched on (lever/api.md section 4), so they rest on what
// arrived and on what should have.
const (
	Receiving HookStatus = "receiving" // an event came by it
	Ready     HookStatus = "ready"     // nothing to report yet
	Awaiting  HookStatus = "awaiting"  // the admin switched it on; its next event will show
	LooksOff  HookStatus = "looks-off" // changes that it should have reported came without it
	Missing   HookStatus = "missing"   // it does not stand at Lever
)

// Hook is one of the eight webhooks.
type Hook struct {
	Event    string     `json:"event"`
	Name     string     `json:"name"` // as Lever's settings call it
	Status   HookStatus `json:"status"`
	Heard    bool       `json:"heard"` // an event or a test ping came by it at least once
	LastSeen int64      `json:"lastSeen,omitempty"`
	Missed   int        `json:"missed,omitempty"`
	MissedAt int64      `json:"missedAt,omitempty"`
}

// Decisions says what became of the interview decisions.
type Decisions struct {
	decision.Tally
	// Recent are the ten that changed last, then up to twenty older ones that are stuck; newest first.
	Recent []Decision `json:"recent"`
}

// Decision is one decision on its way to Lever, without any content of it but the outcome.
type Decision struct {
	ID        string           `json:"id"`
	Outcome   decision.Outcome `json:"outcome,omitempty"` // empty once its text is erased
	State     decision.State   `json:"state"`
	Cause     decision.Cause   `json:"cause,omitempty"`
	Dismissed bool             `json:"dismissed,omitempty"`
	At        int64            `json:"at"`             // of its last change
	Link      string           `json:"link,omitempty"` // to the decision in Evidenced
}

// Stuck says that a person has to look at it.
func (d Decision) Stuck() bool { return d.State == decision.Undeliverable && !d.Dismissed }

// Activity is one happening: a code with its arguments. The one name of a person in them is that of the Evidenced admin
// who pressed Disconnect.
type Activity struct {
	At   int64    `json:"at"`
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Level says whether a finding asks something of the admin.
type Level string

// The levels.
const (
	Attention Level = "attention" // something is wrong
	Note      Level = "note"      // good to know; nothing is wrong
)

// Action is the deed that ends a finding.
type Action string

// The actions.
const (
	None      Action = ""          // it ends by itself
	Reconnect Action = "reconnect" // go through Lever's consent again
	SwitchOn  Action = "switch-on" // switch webhooks on in Lever
	Support   Action = "support"   // ask for help, quoting the reference
	Review    Action = "review"    // look at the decisions below
	Remove    Action = "remove"    // remove webhooks in Lever by hand
)

// Finding is something that is wrong or worth knowing. Code names the sentences of the page; Args fill them.
type Finding struct {
	Code   string   `json:"code"`
	Level  Level    `json:"level"`
	Since  int64    `json:"since,omitempty"`
	Args   []string `json:"args,omitempty"`
	Events []Missed `json:"events,omitempty"` // for findings about webhooks
	Action Action   `json:"action,omitempty"`
	// Reference is to quote to support where it is not the report's own.
	Reference string `json:"reference,omitempty"`
}

// Missed counts the changes that one webhook should have reported and did not.
type Missed struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	Count int    `json:"count,omitempty"`
	Since int64  `json:"since,omitempty"`
}

package health

import (
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
)

// The bounds of the rules.
const (
	missesUntilOff = 3                    // changes without their webhook until it looks switched off
	quietUntilDown = 10 * time.Minute     // without a good delta until Lever counts as not answering
	renewAhead     = 14 * 24 * time.Hour  // warning before the grant ends
	grantLasts     = 365 * 24 * time.Hour // lever/api.md section 1: one year
	grantIdles     = 90 * 24 * time.Hour  // and section 1 again: a grant that nobody uses ends sooner
	accessLasts    = time.Hour            // a look at Lever may rest on an access token as old as this
	refusedFor     = 24 * time.Hour       // how long a connect that came to nothing stays worth a word
	largeRemoval   = 20                   // records repaired away in one check, and a fifth of all
	justRepaired   = 24 * time.Hour       // how long a repair of the webhooks stays worth a note
)

// rule is one finding: the states in which it can stand, and the look at the facts.
type rule struct {
	states []connection.State
	look   func(Facts) (Finding, bool)
}

var (
	living = []connection.State{connection.Connected}
	setup  = []connection.State{connection.Connecting, connection.Connected}
	dead   = []connection.State{connection.Revoked}
	ended  = []connection.State{connection.Disconnected, connection.Revoked, connection.NotConnected}

	refusable = append([]connection.State{connection.Connected}, ended...)
)

// rules lists every finding in the order of the page: what stops everything first, what is only good to know last.
func rules() []rule {
	return []rule{
		{dead, revoked},
		{refusable, connectRefused},
		{ended, leftWebhooks},
		{living, leverDown},
		{living, authoriserDeactivated},
		{living, authoriserDemoted},
		{living, grantExpiring},
		{living, grantIdle},
		{setup, scopeMissing},
		{setup, webhooksRefused},
		{living, webhooksMissing},
		{living, webhooksOff},
		{living, decisionsStuck},
		{living, recordsBroken},
		{living, workSetAside},
		{living, webhooksAwaited},
		{living, webhooksRepaired},
		{living, rateTaken},
		{living, removedMany},
		{living, confidentialNot},
	}
}

// Findings applies every rule. The result depends on the facts alone.
func Findings(f Facts) []Finding {
	findings := []Finding{}
	for _, r := range rules() {
		for _, state := range r.states {
			if state != f.State() {
				continue
			}
			if finding, found := r.look(f); found {
				findings = append(findings, finding)
			}
		}
	}
	return findings
}

func revoked(f Facts) (Finding, bool) {
	return Finding{Code: "revoked", Level: Attention, Since: f.Connection.EndedAt, Action: Reconnect}, true
}

// connectRefused says why the last connect came to nothing; a later one that worked ends it. Its codes are
// connect-scope-missing, connect-account-taken and, for what passes, connect-failed.
func connectRefused(f Facts) (Finding, bool) {
	r := f.Tenant.Refused
	if r == nil || r.At <= f.Connection.ConnectedAt || f.Now.Sub(time.UnixMilli(r.At)) > refusedFor {
		return Finding{}, false
	}
	finding := Finding{Code: "connect-failed", Level: Attention, Since: r.At, Action: Reconnect, Reference: Reference(r.ID)}
	switch r.Code {
	case "scope-missing":
		finding.Code, finding.Args = "connect-scope-missing", r.Scopes
	case "account-taken":
		finding.Code, finding.Action = "connect-account-taken", Support
	}
	return finding, true
}

func leftWebhooks(f Facts) (Finding, bool) {
	left := f.Connection.LeftWebhooks
	return Finding{
		Code: "webhooks-left", Level: Attention, Since: f.Connection.EndedAt,
		Args: []string{strconv.Itoa(left)}, Action: Remove,
	}, left > 0
}

func leverDown(f Facts) (Finding, bool) {
	last := max(f.Progress.DeltaAt, f.Connection.ConnectedAt)
	quiet := last > 0 && f.Now.Sub(time.UnixMilli(last)) > quietUntilDown
	return Finding{Code: "lever-down", Level: Attention, Since: last}, quiet
}

func authoriserDeactivated(f Facts) (Finding, bool) {
	if f.Authoriser == nil || !f.Authoriser.Deactivated {
		return Finding{}, false
	}
	return Finding{
		Code: "authoriser-deactivated", Level: Attention, Since: f.Authoriser.DeactivatedAt,
		Args: []string{f.Authoriser.Name}, Action: Reconnect,
	}, true
}

// superAdmin is the access role of Lever that may authorise an app (lever/api.md section 3.9).
const superAdmin = "super admin"

func authoriserDemoted(f Facts) (Finding, bool) {
	if f.Authoriser == nil || f.Authoriser.Deactivated || f.Authoriser.Role == "" || f.Authoriser.Role == superAdmin {
		return Finding{}, false
	}
	return Finding{Code: "authoriser-demoted", Level: Attention, Args: []string{f.Authoriser.Name}, Action: Reconnect}, true
}

func grantExpiring(f Facts) (Finding, bool) {
	until := renewBy(f.Connection)
	soon := until > 0 && time.UnixMilli(until).Sub(f.Now) < renewAhead
	return Finding{Code: "grant-expiring", Level: Attention, Args: []string{strconv.FormatInt(until, 10)}, Action: Reconnect}, soon
}

// grantIdle foresees that Lever ends a grant which has not been used for long. Reading changes each minute keeps it alive,
// so this stands only while syncing does not. Args are the last use that is sure and the end.
func grantIdle(f Facts) (Finding, bool) {
	used := max(f.Progress.DeltaAt-accessLasts.Milliseconds(), f.Connection.GrantedAt)
	until := used + grantIdles.Milliseconds()
	soon := used > 0 && time.UnixMilli(until).Sub(f.Now) < renewAhead
	return Finding{
		Code: "grant-idle", Level: Attention, Since: max(f.Progress.DeltaAt, f.Connection.ConnectedAt),
		Args: []string{strconv.FormatInt(until, 10)}, Action: Reconnect,
	}, soon
}

func renewBy(c connection.Connection) int64 {
	if c.GrantedAt == 0 {
		return 0
	}
	return c.GrantedAt + grantLasts.Milliseconds()
}

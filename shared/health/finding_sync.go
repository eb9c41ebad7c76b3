package health

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
)

func isWebhookScope(scope string) bool { return strings.HasPrefix(scope, "webhooks:") }

// scopeMissing holds for connections that were made before a scope became required; today's connect refuses less.
func scopeMissing(f Facts) (Finding, bool) {
	missing := slices.DeleteFunc(connection.Missing(f.Connection.Scopes), isWebhookScope)
	return Finding{
		Code: "scope-missing", Level: Attention, Since: f.Connection.GrantedAt, Args: missing, Action: Reconnect,
	}, len(missing) > 0
}

func webhooksRefused(f Facts) (Finding, bool) {
	return Finding{
		Code: "webhooks-refused", Level: Attention, Since: f.Connection.HooksRefusedAt, Action: Reconnect,
	}, f.Connection.HooksRefusedAt > 0
}

func webhooksMissing(f Facts) (Finding, bool) {
	if _, refused := webhooksRefused(f); refused {
		return Finding{}, false
	}
	events := missedBy(f, Missing)
	return Finding{Code: "webhooks-missing", Level: Attention, Events: events}, len(events) > 0
}

func webhooksOff(f Facts) (Finding, bool) {
	events := missedBy(f, LooksOff)
	finding := Finding{Code: "webhooks-off", Level: Attention, Events: events, Action: SwitchOn}
	for _, e := range events {
		if finding.Since == 0 || e.Since < finding.Since {
			finding.Since = e.Since
		}
	}
	return finding, len(events) > 0
}

// webhooksAwaited is what a finding about a switched-off webhook turns to once the admin says that it is on.
func webhooksAwaited(f Facts) (Finding, bool) {
	events := missedBy(f, Awaiting)
	return Finding{Code: "webhooks-awaited", Level: Note, Events: events}, len(events) > 0
}

func missedBy(f Facts, status HookStatus) []Missed {
	var events []Missed
	for _, h := range f.Hooks {
		if f.status(h) == status {
			events = append(events, Missed{Event: h.Event, Name: HookName(h.Event), Count: h.Missed, Since: h.MissedAt})
		}
	}
	return events
}

// webhooksRepaired shows a repair by the keeper (activity "webhooks-repaired") for a day.
func webhooksRepaired(f Facts) (Finding, bool) {
	for _, a := range f.Activity {
		if a.Code == "webhooks-repaired" && f.Now.Sub(time.UnixMilli(a.At)) < justRepaired {
			return Finding{Code: "webhooks-repaired", Level: Note, Since: a.At, Args: a.Args}, true
		}
	}
	return Finding{}, false
}

func decisionsStuck(f Facts) (Finding, bool) {
	finding := Finding{
		Code: "decisions-stuck", Level: Attention, Args: []string{strconv.Itoa(f.Decisions.Attention), ""}, Action: Review,
	}
	for _, d := range f.Decisions.Recent {
		if d.Stuck() {
			finding.Args[1], finding.Since = string(d.Cause), d.At
		}
	}
	return finding, f.Decisions.Attention > 0
}

// recordsBroken tells of records that the last full check could not read. Args are how many, then a number and a kind for
// each kind.
func recordsBroken(f Facts) (Finding, bool) {
	finding := Finding{
		Code: "records-broken", Level: Attention, Since: f.Progress.EndedAt, Args: []string{strconv.Itoa(f.Progress.Broken)}, Action: Support,
	}
	for _, d := range f.Progress.Drift {
		if d.Broken > 0 {
			finding.Args = append(finding.Args, strconv.Itoa(d.Broken), d.Kind)
		}
	}
	return finding, f.Progress.Broken > 0
}

func workSetAside(f Facts) (Finding, bool) {
	count, since := 0, int64(0)
	for _, item := range f.Work {
		if !item.SetAside {
			continue
		}
		count++
		if since == 0 || item.FirstAsked < since {
			since = item.FirstAsked
		}
	}
	return Finding{
		Code: "work-set-aside", Level: Attention, Since: since, Args: []string{strconv.Itoa(count)}, Action: Support,
	}, count > 0
}

// removedMany explains a full check after which much is gone: args are removed, checked and the kind.
func removedMany(f Facts) (Finding, bool) {
	for _, d := range f.Progress.Drift {
		if d.Kind == string(mirror.Candidate) && d.Extra >= largeRemoval && d.Extra*5 >= d.Checked+d.Extra {
			return Finding{
				Code: "removed-many", Level: Note, Since: f.Progress.EndedAt,
				Args: []string{strconv.Itoa(d.Extra), strconv.Itoa(d.Checked + d.Extra)},
			}, true
		}
	}
	return Finding{}, false
}

// pressedFor is how long Lever must have refused requests for their number before anybody is told.
const pressedFor = 5 * time.Minute

func rateTaken(f Facts) (Finding, bool) {
	if f.Pressed.IsZero() || f.Now.Sub(f.Pressed) <= pressedFor {
		return Finding{}, false
	}
	return Finding{Code: "rate-taken", Level: Note, Since: f.Pressed.UnixMilli()}, true
}

func confidentialNot(f Facts) (Finding, bool) {
	return Finding{Code: "confidential-not-granted", Level: Note, Action: Reconnect}, !f.Connection.Confidential
}

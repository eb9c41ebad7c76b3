package health

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

// Facts is what is stored about a tenant at one moment: all that a rule may look at.
type Facts struct {
	Now        time.Time
	Tenant     connection.Tenant
	Connection connection.Connection // zero when there is none
	Hooks      []connection.Hook
	Progress   connection.Progress
	Counts     map[mirror.Kind]mirror.Count
	CountedAt  int64           // as of when the counts are; 0 when nobody said
	Authoriser *mirror.UserDoc // nil when not mirrored yet
	Work       []work.Item
	Pressed    time.Time // since when another program uses up Lever's limit; zero when none does
	Decisions  Decisions
	Activity   []connection.Activity // newest first
}

// settingUp is how long a new connection may be without any webhook before that is worth a finding.
const settingUp = time.Minute

// State is the connection's state; a tenant without a connection is not connected, and one whose connect is just making
// its webhooks is connecting.
func (f Facts) State() connection.State {
	fresh := f.Now.Sub(time.UnixMilli(f.Connection.ConnectedAt)) < settingUp
	made := slices.ContainsFunc(f.Hooks, func(h connection.Hook) bool { return h.LeverID != "" })
	if f.Connection.State == connection.Connected && fresh && !made {
		return connection.Connecting
	}
	if f.Connection.State == "" {
		return connection.NotConnected
	}
	return f.Connection.State
}

// Report says what follows from the facts; it depends on nothing else.
func (f Facts) Report() Report {
	r := Report{
		At: f.Now.UnixMilli(), Organisation: f.Tenant.Name, State: f.State(), Settings: f.Tenant.Settings,
		Scopes: []string{}, Missing: []string{}, Records: []Records{}, Hooks: []Hook{}, Activity: []Activity{},
		Decisions: f.Decisions, Findings: Findings(f),
	}
	for _, finding := range r.Findings {
		if finding.Level == Attention {
			r.Attention++
		}
	}
	if f.Connection.State == "" {
		return r
	}
	r.connected(f)
	r.synced(f)
	for _, a := range f.Activity {
		r.Activity = append(r.Activity, Activity{At: a.At, Code: a.Code, Args: a.Args})
	}
	return r
}

// connected says who connected what.
func (r *Report) connected(f Facts) {
	c := f.Connection
	r.ConnectionID, r.Reference = c.ID(), Reference(c.ID())
	r.ConnectedBy, r.ConnectedAt, r.EndedAt = c.By.Name, c.ConnectedAt, c.EndedAt
	r.Confidential, r.RenewBy = c.Confidential, renewBy(c)
	r.Scopes = append(r.Scopes, c.Scopes...)
	r.Missing = append(r.Missing, connection.Missing(c.Scopes)...)
	if f.Authoriser != nil {
		r.Authoriser = f.Authoriser.Name
		_, r.Account, _ = strings.Cut(f.Authoriser.Email, "@")
	}
}

// synced says how the mirror and what feeds it are doing.
func (r *Report) synced(f Facts) {
	r.Hooks = f.hooks()
	r.SetUp = setUp(r.Hooks)
	r.Resync = resync(f.Progress)
	r.Check = lastCheck(f.Progress)
	r.Records, r.CountedAt = kinds(f.Counts, f.Progress), f.CountedAt
	if r.DeltaAt = f.Progress.DeltaAt; r.DeltaAt > 0 {
		r.LagSeconds = max(0, (r.At-r.DeltaAt)/1000)
	}
	r.PatrolAt, r.PatrolTook, r.Broken = f.Progress.PatrolAt, cmp.Or(f.Progress.PatrolPace, f.Progress.PatrolTook)/1000, f.Progress.Broken
	passed := slices.ContainsFunc(f.Progress.Drift, func(d connection.KindDrift) bool { return d.Kind == string(mirror.Interview) && d.Broken > 0 })
	if r.PatrolTook > 0 && !passed {
		r.PatrolAt = max(r.PatrolAt, f.Progress.EndedAt) // a full resync reads all interviews too
	}
}

// Reference shortens an id to what a person can read out to support: at most eight letters and digits.
func Reference(id string) string {
	var short strings.Builder
	for _, r := range strings.ToUpper(id) {
		if short.Len() == 9 {
			break
		}
		if r < '0' || r > '9' && r < 'A' || r > 'Z' {
			continue
		}
		if short.Len() == 4 {
			short.WriteByte('-')
		}
		short.WriteRune(r)
	}
	return short.String()
}

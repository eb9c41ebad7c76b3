package health

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

var now = time.Date(2026, time.November, 3, 10, 0, 0, 0, time.UTC)

func before(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

// healthy is a connection of which no rule has anything to say.
func healthy() Facts {
	f := Facts{
		Now: now,
		Connection: connection.Connection{
			Meta: table.Meta{PK: "c1", Rev: 1}, State: connection.Connected, Scopes: connection.Scopes(true), Confidential: true,
			ConnectedAt: before(48 * time.Hour), GrantedAt: before(48 * time.Hour), LeverUser: "u1",
		},
		Progress:   connection.Progress{DeltaAt: before(20 * time.Second), EndedAt: before(7 * time.Hour)},
		Authoriser: &mirror.UserDoc{Name: "Jane Doe", Email: "jane@northwind.example", Role: "super admin"},
	}
	for _, event := range connection.Events() {
		f.Hooks = append(f.Hooks, connection.Hook{Event: event, LeverID: "h", LastSeen: before(time.Hour), LastEvent: before(time.Hour)})
	}
	return f
}

// idle is a connection that was used last so long ago.
func idle(f *Facts, since time.Duration) {
	f.Connection.ConnectedAt, f.Connection.GrantedAt = before(100*24*time.Hour), before(100*24*time.Hour)
	f.Progress.DeltaAt = before(since)
}

func TestFindings(t *testing.T) {
	t.Parallel()
	stage := "Candidate Stage Change"
	for name, test := range map[string]struct {
		change func(*Facts)
		want   []Finding
	}{
		"healthy":       {func(*Facts) {}, []Finding{}},
		"no connection": {func(f *Facts) { *f = Facts{Now: now} }, []Finding{}},
		"revoked": {
			func(f *Facts) { f.Connection.State, f.Connection.EndedAt = connection.Revoked, 7 },
			[]Finding{{Code: "revoked", Level: Attention, Since: 7, Action: Reconnect}},
		},
		"ended without webhooks left": {func(f *Facts) { f.Connection.State = connection.Disconnected }, []Finding{}},
		"ended with webhooks left": {
			func(f *Facts) {
				f.Connection.State, f.Connection.LeftWebhooks, f.Connection.EndedAt = connection.Disconnected, 3, 7
			},
			[]Finding{{Code: "webhooks-left", Level: Attention, Since: 7, Args: []string{"3"}, Action: Remove}},
		},
		"ten minutes of quiet": {func(f *Facts) { f.Progress.DeltaAt = before(10 * time.Minute) }, []Finding{}},
		"Lever down": {
			func(f *Facts) { f.Progress.DeltaAt = before(10*time.Minute + time.Second) },
			[]Finding{{Code: "lever-down", Level: Attention, Since: before(10*time.Minute + time.Second)}},
		},
		"never a delta since the connect": {
			func(f *Facts) { f.Progress.DeltaAt, f.Connection.ConnectedAt = 0, before(11*time.Minute) },
			[]Finding{{Code: "lever-down", Level: Attention, Since: before(11 * time.Minute)}},
		},
		"just connected": {func(f *Facts) { f.Progress.DeltaAt, f.Connection.ConnectedAt = 0, before(time.Minute) }, []Finding{}},
		"authoriser deactivated": {
			func(f *Facts) { f.Authoriser.Deactivated, f.Authoriser.DeactivatedAt = true, 5 },
			[]Finding{{Code: "authoriser-deactivated", Level: Attention, Since: 5, Args: []string{"Jane Doe"}, Action: Reconnect}},
		},
		"authoriser demoted": {
			func(f *Facts) { f.Authoriser.Role = "admin" },
			[]Finding{{Code: "authoriser-demoted", Level: Attention, Args: []string{"Jane Doe"}, Action: Reconnect}},
		},
		"role not told":          {func(f *Facts) { f.Authoriser.Role = "" }, []Finding{}},
		"authoriser not known":   {func(f *Facts) { f.Authoriser = nil }, []Finding{}},
		"grant good for 15 days": {func(f *Facts) { f.Connection.GrantedAt = before(350 * 24 * time.Hour) }, []Finding{}},
		"grant ends in 13 days": {
			func(f *Facts) { f.Connection.GrantedAt = before(352 * 24 * time.Hour) },
			[]Finding{{Code: "grant-expiring", Level: Attention, Args: []string{"1794823200000"}, Action: Reconnect}},
		},
		"grant idle for 75 days": {
			func(f *Facts) { idle(f, 75*24*time.Hour) },
			[]Finding{{Code: "lever-down", Level: Attention, Since: before(75 * 24 * time.Hour)}},
		},
		"grant idle for 76 days": {
			func(f *Facts) { idle(f, 76*24*time.Hour) },
			[]Finding{
				{Code: "lever-down", Level: Attention, Since: before(76 * 24 * time.Hour)},
				{Code: "grant-idle", Level: Attention, Since: before(76 * 24 * time.Hour), Args: []string{"1794906000000"}, Action: Reconnect},
			},
		},
		"connect refused": {
			func(f *Facts) {
				*f = Facts{Now: now, Tenant: connection.Tenant{Refused: &connection.Refusal{ID: "abcd1234ef", At: before(time.Hour), Code: "account-taken"}}}
			},
			[]Finding{{Code: "connect-account-taken", Level: Attention, Since: before(time.Hour), Action: Support, Reference: "ABCD-1234"}},
		},
		"reconnect granted too little": {
			func(f *Facts) {
				f.Tenant.Refused = &connection.Refusal{At: before(time.Hour), Code: "scope-missing", Scopes: []string{"notes:write:admin"}}
			},
			[]Finding{{Code: "connect-scope-missing", Level: Attention, Since: before(time.Hour), Args: []string{"notes:write:admin"}, Action: Reconnect}},
		},
		"connect refused, then done": {
			func(f *Facts) {
				f.Connection.ConnectedAt, f.Tenant.Refused = before(time.Hour), &connection.Refusal{At: before(2 * time.Hour)}
			}, []Finding{},
		},
		"connect refused the day before": {
			func(f *Facts) {
				f.Tenant.Refused = &connection.Refusal{At: before(24*time.Hour + time.Second), Code: "lever-exchange"}
			}, []Finding{},
		},
		"scopes not told": {func(f *Facts) { f.Connection.Scopes = nil }, []Finding{}},
		"scope missing": {
			func(f *Facts) {
				f.Connection.Scopes, f.Connection.GrantedAt = without("interviews:read:admin"), 9
				renewed(f)
			},
			[]Finding{{Code: "scope-missing", Level: Attention, Since: before(0), Args: []string{"interviews:read:admin"}, Action: Reconnect}},
		},
		"webhooks refused": {
			func(f *Facts) {
				f.Connection.HooksRefusedAt = 7
				f.Hooks[0].LeverID = ""
			},
			[]Finding{{Code: "webhooks-refused", Level: Attention, Since: 7, Action: Reconnect}},
		},
		"Lever's limit taken for a moment": {func(f *Facts) { f.Pressed = now.Add(-time.Minute) }, []Finding{}},
		"Lever's limit taken": {
			func(f *Facts) { f.Pressed = now.Add(-6 * time.Minute) },
			[]Finding{{Code: "rate-taken", Level: Note, Since: before(6 * time.Minute)}},
		},
		"webhook missing": {
			func(f *Facts) { f.Hooks[1].LeverID = "" },
			[]Finding{{Code: "webhooks-missing", Level: Attention, Events: []Missed{{Event: "candidateStageChange", Name: stage}}}},
		},
		"the third miss may still come late": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].EnoughAt = 3, before(8*time.Minute), before(7*time.Minute)
				f.Hooks[2].Late, f.Hooks[2].LateAt = 200, before(time.Hour)
			},
			[]Finding{},
		},
		"where deliveries came late, the third miss may still come": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].EnoughAt = 3, before(25*time.Minute), before(24*time.Minute)
				f.Hooks[2].Late, f.Hooks[2].LateAt = (14 * time.Minute).Milliseconds(), before(48*time.Hour)
			},
			[]Finding{},
		},
		"where deliveries were punctual, nine minutes are enough": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].EnoughAt = 3, before(10*time.Minute), before(9*time.Minute)
				f.Hooks[2].Late, f.Hooks[2].LateAt = 200, before(time.Hour)
			},
			[]Finding{{
				Code: "webhooks-off", Level: Attention, Since: before(10 * time.Minute), Action: SwitchOn,
				Events: []Missed{{Event: "candidateStageChange", Name: stage, Count: 3, Since: before(10 * time.Minute)}},
			}},
		},
		"two misses are no sign": {func(f *Facts) { f.Hooks[1].Missed, f.Hooks[1].MissedAt = 2, before(time.Minute) }, []Finding{}},
		"webhook off": {
			func(f *Facts) { f.Hooks[1].Missed, f.Hooks[1].MissedAt = 3, before(time.Minute) },
			[]Finding{{
				Code: "webhooks-off", Level: Attention, Since: before(time.Minute), Action: SwitchOn,
				Events: []Missed{{Event: "candidateStageChange", Name: stage, Count: 3, Since: before(time.Minute)}},
			}},
		},
		"heard since the misses": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].LastSeen = 3, before(time.Hour), before(time.Minute)
			}, []Finding{},
		},
		"said to be on": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].Awaiting = 3, before(30*time.Minute), before(time.Minute)
			},
			[]Finding{{
				Code: "webhooks-awaited", Level: Note,
				Events: []Missed{{Event: "candidateStageChange", Name: stage, Count: 3, Since: before(30 * time.Minute)}},
			}},
		},
		"said to be on and still missing": {
			func(f *Facts) {
				f.Hooks[1].Missed, f.Hooks[1].MissedAt, f.Hooks[1].Awaiting = 3, before(time.Minute), before(30*time.Minute)
			},
			[]Finding{{
				Code: "webhooks-off", Level: Attention, Since: before(time.Minute), Action: SwitchOn,
				Events: []Missed{{Event: "candidateStageChange", Name: stage, Count: 3, Since: before(time.Minute)}},
			}},
		},
		"webhooks repaired": {
			func(f *Facts) {
				f.Activity = []connection.Activity{{At: before(time.Hour), Code: "webhooks-repaired", Args: []string{"2"}}}
			},
			[]Finding{{Code: "webhooks-repaired", Level: Note, Since: before(time.Hour), Args: []string{"2"}}},
		},
		"repaired long ago": {
			func(f *Facts) {
				f.Activity = []connection.Activity{{At: before(25 * time.Hour), Code: "webhooks-repaired"}}
			}, []Finding{},
		},
		"decision stuck": {
			func(f *Facts) {
				f.Decisions = Decisions{Tally: decision.Tally{Attention: 1}, Recent: []Decision{
					{State: decision.Uncertain, Cause: decision.Unanswered, At: 4},
					{State: decision.Undeliverable, Cause: decision.OpportunityGone, At: 3},
				}}
			},
			[]Finding{{Code: "decisions-stuck", Level: Attention, Since: 3, Args: []string{"1", "opportunity-gone"}, Action: Review}},
		},
		"records broken": {
			func(f *Facts) {
				f.Progress.Broken, f.Progress.Drift = 3, []connection.KindDrift{{Kind: "candidate", Broken: 2}, {Kind: "job"}, {Kind: "interview", Broken: 1}}
			},
			[]Finding{{
				Code: "records-broken", Level: Attention, Since: before(7 * time.Hour), Args: []string{"3", "2", "candidate", "1", "interview"}, Action: Support,
			}},
		},
		"work set aside": {
			func(f *Facts) {
				f.Work = []work.Item{{}, {SetAside: true, FirstAsked: 8}, {SetAside: true, FirstAsked: 6}}
			},
			[]Finding{{Code: "work-set-aside", Level: Attention, Since: 6, Args: []string{"2"}, Action: Support}},
		},
		"removed many": {
			func(f *Facts) {
				f.Progress.Drift = []connection.KindDrift{{Kind: "candidate", Checked: 180, Extra: 120}}
			},
			[]Finding{{Code: "removed-many", Level: Note, Since: before(7 * time.Hour), Args: []string{"120", "300"}}},
		},
		"removed few": {
			func(f *Facts) {
				f.Progress.Drift = []connection.KindDrift{{Kind: "candidate", Checked: 18, Extra: 12}}
			}, []Finding{},
		},
		"confidential not granted": {
			func(f *Facts) { f.Connection.Confidential = false },
			[]Finding{{Code: "confidential-not-granted", Level: Note, Action: Reconnect}},
		},
		"nothing but the end matters while disconnecting": {
			func(f *Facts) {
				f.Connection.State, f.Connection.Confidential, f.Progress.Broken = connection.Disconnecting, false, 3
			}, []Finding{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := healthy()
			test.change(&f)
			if diff := cmp.Diff(test.want, Findings(f)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func renewed(f *Facts) { f.Connection.GrantedAt = before(0) }

func without(gone ...string) []string {
	var scopes []string
	for _, s := range connection.Scopes(true) {
		keep := true
		for _, g := range gone {
			keep = keep && s != g
		}
		if keep {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

func TestEveryRuleIsOfAStateThatExists(t *testing.T) {
	t.Parallel()
	for i, r := range rules() {
		if len(r.states) == 0 || r.look == nil {
			t.Errorf("rule %d can never find anything", i)
		}
	}
}

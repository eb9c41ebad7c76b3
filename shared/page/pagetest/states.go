package pagetest

import (
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

// firstSync is 214 of 300 candidates into the first sync, with two webhooks tested already.
func firstSync(f *health.Facts) {
	f.Connection = linked(connection.Connected, 50*time.Second)
	f.Authoriser = authoriser()
	f.Hooks = hooks(0, 20*time.Second, 8*time.Second)
	f.Hooks[1].LastEvent = 0
	f.Progress = connection.Progress{
		Running: true, First: true, StartedAt: before(42 * time.Second), UpdatedAt: before(time.Second),
		Kinds: []connection.KindCount{
			{Kind: "job", Done: 20, Expected: 20, Ready: true},
			{Kind: "user", Done: 120, Expected: 120, Ready: true},
			{Kind: "candidate", Done: 214, Expected: 300},
			{Kind: "interview", Done: 88, Expected: 300},
		},
	}
	f.Counts = counts(20, 120, 214, 88, time.Second)
	f.Activity = []connection.Activity{activity(42*time.Second, "resync-started"), activity(50*time.Second, "connected")}
}

// switchedOn is the same a while later: the admin says that all eight webhooks are on.
func switchedOn(f *health.Facts) {
	firstSync(f)
	for i := range f.Hooks {
		if f.Hooks[i].LastSeen == 0 {
			f.Hooks[i].Awaiting = before(3 * time.Second)
		}
	}
	f.Progress.Running, f.Progress.First = false, false
	f.Progress.EndedAt, f.Progress.DeltaAt = before(4*time.Second), before(4*time.Second)
	f.Progress.Drift = []connection.KindDrift{
		{Kind: "job", Checked: 20}, {Kind: "candidate", Checked: 300}, {Kind: "user", Checked: 120}, {Kind: "interview", Checked: 1140},
	}
	f.Counts = counts(20, 120, 300, 1140, time.Second)
	f.Activity = append([]connection.Activity{activity(4*time.Second, "resync-finished", "1580", "0")}, f.Activity...)
}

// resyncing is a good connection while everything is compared anew.
func resyncing(f *health.Facts) {
	good(f)
	f.Progress.Running, f.Progress.StartedAt, f.Progress.UpdatedAt = true, before(15*time.Second), before(time.Second)
	f.Progress.Kinds = []connection.KindCount{
		{Kind: "job", Done: 20, Expected: 20, Ready: true},
		{Kind: "user", Done: 120, Expected: 120, Ready: true},
		{Kind: "candidate", Done: 100, Expected: 300},
		{Kind: "interview", Expected: 300},
	}
	f.CountedAt = before(40 * time.Second) // as where the mirror is large
	f.Activity = append([]connection.Activity{activity(15*time.Second, "resync-started"), activity(16*time.Second, "resync-asked")}, f.Activity...)
}

// stoodStill is a connection that could not be used for so long that Lever will end it, authorised by somebody who is no
// Super Admin any more, and with a webhook missing at Lever.
func stoodStill(f *health.Facts) {
	good(f)
	f.Connection.ConnectedAt, f.Connection.GrantedAt = before(88*24*time.Hour), before(88*24*time.Hour)
	f.Authoriser.Role = "admin"
	f.Progress.DeltaAt, f.Progress.PatrolAt, f.Progress.EndedAt = before(80*24*time.Hour), before(80*24*time.Hour), before(80*24*time.Hour)
	long := 81 * 24 * time.Hour
	f.Hooks = hooks(long, long, long, long, long, long, long, long)
	f.Hooks[3].LeverID = ""
	f.Counts = counts(20, 120, 300, 1140, long)
	for kind, count := range f.Counts {
		f.Counts[kind] = mirror.Count{Active: count.Active, ChangedAt: before(long)}
	}
	f.Tenant.Refused = refusal("lever-exchange")
	f.Decisions.Recent, f.Decisions.Tally = []health.Decision{}, decision.Tally{}
	f.Activity = []connection.Activity{activity(88*24*time.Hour, "connected")}
}

// good is a connection that has worked for a while.
func good(f *health.Facts) {
	f.Connection = linked(connection.Connected, 40*24*time.Hour)
	f.Authoriser = authoriser()
	f.Hooks = hooks(2*time.Minute, 26*time.Minute, 3*time.Hour, 5*24*time.Hour, 0, 14*time.Minute, 49*time.Minute, 27*time.Hour)
	f.Hooks[4].LastSeen = before(39 * 24 * time.Hour)
	f.Progress = connection.Progress{
		StartedAt: before(7*time.Hour + 3*time.Minute), UpdatedAt: before(7 * time.Hour), EndedAt: before(7 * time.Hour),
		DeltaAt: before(20 * time.Second), PatrolAt: before(4 * time.Minute), PatrolTook: (5 * time.Minute).Milliseconds(),
		Drift: []connection.KindDrift{
			{Kind: "job", Checked: 20}, {Kind: "candidate", Checked: 300}, {Kind: "user", Checked: 120}, {Kind: "interview", Checked: 1140},
		},
	}
	f.Counts = counts(20, 120, 300, 1140, 2*time.Minute)
	f.Decisions = health.Decisions{
		Tally: decision.Tally{Delivered: 23, Waiting: 1},
		Recent: []health.Decision{
			made("d-8", decision.Advance, decision.Sending, "", 2*time.Second),
			made("d-7", decision.Reject, decision.Delivered, "", 18*time.Minute),
			made("d-6", decision.Hire, decision.Delivered, "", 3*time.Hour),
			made("d-5", decision.NoShow, decision.Delivered, "", 26*time.Hour),
		},
	}
	f.Activity = []connection.Activity{
		activity(18*time.Minute, "decision-delivered"), activity(7*time.Hour, "resync-finished", "1580", "0"),
		activity(7*time.Hour+3*time.Minute, "resync-started"), activity(26*time.Hour, "decision-delivered"),
		activity(40*24*time.Hour, "connected"),
	}
}

// needsAttention has three findings of which the admin can solve each.
func needsAttention(f *health.Facts) {
	good(f)
	f.Connection.Confidential, f.Connection.Scopes = false, connection.Scopes(false)
	f.Authoriser.Deactivated, f.Authoriser.DeactivatedAt = true, before(20*time.Hour)
	f.Hooks[1].LastSeen, f.Hooks[1].LastEvent = before(26*time.Hour), before(26*time.Hour)
	f.Hooks[1].Missed, f.Hooks[1].MissedAt = 4, before(2*time.Minute+62*time.Minute)
	f.Hooks[5].Awaiting = before(5 * time.Minute)
	f.Progress.Drift[1] = connection.KindDrift{Kind: "candidate", Checked: 300, Missing: 2, Stale: 1}
	f.Activity[1] = activity(7*time.Hour, "resync-finished", "1580", "3")
	f.Decisions.Attention = 1
	f.Decisions.Recent = append([]health.Decision{
		made("d-9", decision.Advance, decision.Undeliverable, decision.OpportunityGone, 6*time.Minute),
		made("d-4", decision.Hold, decision.Uncertain, decision.Unanswered, 40*time.Second),
	}, f.Decisions.Recent...)
}

// eachFinding has every finding that can stand at the same time.
func eachFinding(f *health.Facts) {
	needsAttention(f)
	f.Connection.GrantedAt = before(355 * 24 * time.Hour)
	f.Connection.Scopes, f.Connection.HooksRefusedAt = connection.Scopes(false)[:5], before(2*time.Hour)
	f.Pressed = f.Now.Add(-10 * time.Minute)
	f.Progress.DeltaAt, f.Progress.Broken = before(25*time.Minute), 2
	f.Progress.Drift[1] = connection.KindDrift{Kind: "candidate", Checked: 180, Extra: 120, Broken: 2}
	f.Hooks[2].Missed, f.Hooks[2].MissedAt = 1+2, before(time.Hour)
	f.Work = []work.Item{{SetAside: true, FirstAsked: before(3 * time.Hour)}}
	f.Activity = append([]connection.Activity{activity(time.Hour, "webhooks-repaired", "1")}, f.Activity...)
}

func counts(jobs, users, candidates, interviews int, changed time.Duration) map[mirror.Kind]mirror.Count {
	return map[mirror.Kind]mirror.Count{
		mirror.Job:       {Active: jobs, ChangedAt: before(3 * 24 * time.Hour)},
		mirror.User:      {Active: users, ChangedAt: before(26 * time.Hour)},
		mirror.Candidate: {Active: candidates, ChangedAt: before(changed)},
		mirror.Interview: {Active: interviews, ChangedAt: before(14 * time.Minute)},
	}
}

func made(id string, outcome decision.Outcome, state decision.State, cause decision.Cause, since time.Duration) health.Decision {
	return health.Decision{
		ID: id, Outcome: outcome, State: state, Cause: cause, At: before(since), Link: "https://app.evidenced.example/decisions/" + id,
	}
}

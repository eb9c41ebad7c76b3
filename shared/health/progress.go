package health

import (
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
)

// leastForGuess is how much must be done before the remaining time is worth a guess.
const leastForGuess = 10

func resync(p connection.Progress) *Resync {
	if !p.Running {
		return nil
	}
	r := &Resync{First: p.First, StartedAt: p.StartedAt, Kinds: p.Kinds}
	known := len(p.Kinds) > 0
	for _, k := range p.Kinds {
		r.Done += k.Done
		r.Expected += max(k.Expected, k.Done)
		known = known && (k.Expected > 0 || k.Ready)
	}
	if !known {
		r.Expected = 0
	}
	r.RemainingSeconds = remaining(p, r.Done, r.Expected)
	return r
}

// remaining extends the pace so far; 0 means that nothing can be said yet.
func remaining(p connection.Progress, done, expected int) int64 {
	took := p.UpdatedAt - p.StartedAt
	if done < leastForGuess || expected <= done || took < time.Second.Milliseconds() {
		return 0
	}
	return max(1, took*int64(expected-done)/int64(done)/1000)
}

func lastCheck(p connection.Progress) *Check {
	if p.EndedAt == 0 {
		return nil
	}
	c := &Check{At: p.EndedAt, Match: true, Drift: p.Drift}
	if !p.Running {
		c.Took = max(0, p.EndedAt-p.StartedAt) / 1000
	}
	for _, d := range p.Drift {
		c.Match = c.Match && d.Missing+d.Extra+d.Stale == 0
	}
	return c
}

// kinds says for each kind how much there is and when it was last compared with Lever. Interviews have no list of
// changes at Lever, so for them the patrol counts.
func kinds(counts map[mirror.Kind]mirror.Count, p connection.Progress) []Records {
	shown := make([]Records, 0, 4)
	for _, kind := range []mirror.Kind{mirror.Job, mirror.Candidate, mirror.User, mirror.Interview} {
		checked := p.DeltaAt
		if kind == mirror.Interview {
			checked = p.PatrolAt
		}
		checked = max(checked, p.EndedAt)
		if p.First && p.Running && !slices.ContainsFunc(p.Kinds, func(k connection.KindCount) bool { return k.Kind == string(kind) && k.Ready }) {
			checked = 0 // the first sync is still filling this kind
		} else if p.First && p.Running {
			checked = max(checked, p.UpdatedAt) // filled a moment ago
		}
		shown = append(shown, Records{Kind: kind, Count: counts[kind].Active, CheckedAt: checked, ChangedAt: counts[kind].ChangedAt})
	}
	return shown
}

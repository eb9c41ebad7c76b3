package health

import (
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
)

// HookName is what Lever's settings call the event; unknown events keep their own word.
func HookName(event string) string {
	switch event {
	case "applicationCreated":
		return "Application Created"
	case "candidateStageChange":
		return "Candidate Stage Change"
	case "candidateArchiveChange":
		return "Candidate Archive State Change"
	case "candidateHired":
		return "Candidate Hired"
	case "candidateDeleted":
		return "Candidate Deleted"
	case "interviewCreated":
		return "Interview Created"
	case "interviewUpdated":
		return "Interview Updated"
	case "interviewDeleted":
		return "Interview Deleted"
	}
	return event
}

// Waiting for a webhook that may be late. Where deliveries came punctually, ten minutes after the third change must be
// enough to say so; where one came late within a month, the next may be half as late again; where none came, nobody knows.
const (
	punctual = 8 * time.Minute
	lateOnce = time.Minute
	lateAll  = 20 * time.Minute
	slack    = 5 * time.Minute
	patience = time.Hour
	recent   = 31 * 24 * time.Hour
)

// patient is how long after the third change its webhook may still come.
func (f Facts) patient() time.Duration {
	late, known := time.Duration(0), false
	for _, h := range f.Hooks {
		if h.LateAt > 0 && f.Now.Sub(time.UnixMilli(h.LateAt)) < recent {
			late, known = max(late, time.Duration(h.Late)*time.Millisecond), true
		}
	}
	if known && late < lateOnce {
		return punctual
	}
	return min(max(lateAll, late*3/2+slack), patience)
}

// status weighs what arrived against what should have.
func (f Facts) status(h connection.Hook) HookStatus {
	return hookStatus(h, f.Now.Sub(time.UnixMilli(h.EnoughAt)) >= f.patient())
}

// hookStatus is the status of a webhook; waited says that its missing deliveries had time enough to come. A claim of the
// admin that it is on holds until a change after it comes without its webhook.
func hookStatus(h connection.Hook, waited bool) HookStatus {
	off := h.Missed >= missesUntilOff && h.MissedAt > h.LastSeen && waited
	switch {
	case h.LeverID == "":
		return Missing
	case off && h.MissedAt > h.Awaiting:
		return LooksOff
	case h.Awaiting > h.LastSeen:
		return Awaiting
	case h.LastEvent > 0:
		return Receiving
	}
	return Ready
}

func (f Facts) hooks() []Hook {
	shown := make([]Hook, 0, len(f.Hooks))
	for _, h := range f.Hooks {
		shown = append(shown, Hook{
			Event: h.Event, Name: HookName(h.Event), Status: f.status(h), Heard: h.LastSeen > 0,
			LastSeen: h.LastSeen, Missed: h.Missed, MissedAt: h.MissedAt,
		})
	}
	return shown
}

// setUp says that the second step of the set-up is behind: each webhook spoke or is said to be on.
func setUp(shown []Hook) bool {
	for _, h := range shown {
		if !h.Heard && h.Status != Awaiting {
			return false
		}
	}
	return len(shown) > 0
}

package page

import (
	"html/template"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
)

// freshView is one line about how old the mirror may be, or about what it lacks.
type freshView struct {
	Name, Look string
	Text       []template.HTML
}

// fresh says how far behind Lever the mirror can be, by each of the ways that it is kept: the changes, the round of the
// interviews, the full check; and what could not be read at all.
func (b statusBuilder) fresh() []freshView {
	var lines []freshView
	add := func(key, look string, text ...template.HTML) {
		lines = append(lines, freshView{Name: b.text("fresh." + key), Look: look, Text: text})
	}
	r := b.report
	switch {
	case r.DeltaAt == 0:
	case r.State != connection.Connected:
		add("changes", "idle", b.rich("fresh.changes.ended", ago(r.DeltaAt)))
	case r.LagSeconds > int64(freshList/time.Second):
		add("changes", "warn", b.rich("fresh.changes.late", ago(r.DeltaAt)))
	default:
		add("changes", "ok", b.rich("fresh.changes.ok", ago(r.DeltaAt)))
	}
	switch {
	case r.PatrolAt == 0:
	case r.State != connection.Connected:
		add("interviews", "idle", b.rich("fresh.interviews.ended", ago(r.PatrolAt)))
	case b.older(r.PatrolAt, b.freshRound()):
		add("interviews", "warn", b.rich("fresh.interviews.late", ago(r.PatrolAt)))
	default:
		add("interviews", "ok", b.rich("fresh.interviews.ok", ago(r.PatrolAt), b.span(max(r.PatrolTook, 1))))
	}
	if r.Check == nil {
		return lines
	}
	next := b.rich("fresh.check.next")
	if r.Check.Took > 0 {
		next = b.rich("fresh.check.took", b.span(r.Check.Took)) + " " + next
	}
	switch {
	case r.State != connection.Connected:
		add("check", "idle", b.check())
	case b.older(r.Check.At, lateCheck):
		add("check", "warn", b.check(), b.rich("fresh.check.late"))
	default:
		add("check", "ok", b.check(), next)
	}
	if r.Broken == 0 {
		add("aside", "ok", b.rich("fresh.aside.none"))
	} else {
		add("aside", "warn", b.rich("fresh.aside.some", b.setAside()))
	}
	return lines
}

// lateCheck is how old the last full check may be: one comes by itself each day.
const lateCheck = 36 * time.Hour

// freshRound is how old the last round over the interviews may be: there is one more under way.
func (b statusBuilder) freshRound() time.Duration {
	return freshInterview + time.Duration(b.report.PatrolTook)*time.Second
}

func (s speaker) older(millis int64, than time.Duration) bool {
	return s.now.Sub(time.UnixMilli(millis)) > than
}

// check says what the last full comparison found.
func (b statusBuilder) check() template.HTML {
	c := b.report.Check
	var checked, repaired []string
	for _, d := range c.Drift {
		checked = append(checked, b.text("kinds."+d.Kind, d.Checked))
		var parts []string
		for _, part := range []struct {
			key string
			n   int
		}{{"check.missing", d.Missing}, {"check.extra", d.Extra}, {"check.stale", d.Stale}} {
			if part.n > 0 {
				parts = append(parts, b.text(part.key, part.n))
			}
		}
		if len(parts) > 0 {
			repaired = append(repaired, b.text("check.kind", b.text("kind."+d.Kind), strings.Join(parts, ", ")))
		}
	}
	if c.Match {
		return b.rich("check.match", at(c.At), b.list(checked))
	}
	return b.rich("check.repaired", at(c.At), b.list(checked), strings.Join(repaired, "; "))
}

// setAside names how many of what the full check could not read.
func (b statusBuilder) setAside() string {
	var kinds []string
	for _, d := range b.report.Check.Drift {
		if d.Broken > 0 {
			kinds = append(kinds, b.text("kinds."+d.Kind, d.Broken))
		}
	}
	if len(kinds) == 0 {
		return b.text("kinds.record", b.report.Broken)
	}
	return b.list(kinds)
}

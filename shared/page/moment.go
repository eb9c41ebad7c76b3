package page

import (
	"html"
	"time"
)

// plain says a moment in words alone.
func (s speaker) plain(m moment) string {
	switch m.style {
	case clock:
		return s.clock(m.millis, true)
	case dated:
		return s.clock(m.millis, false)
	}
	return s.ago(m.millis)
}

// timeElement says a moment as a time element: the exact time on hover and for screen readers.
func (s speaker) timeElement(m moment) string {
	exact := html.EscapeString(s.exact(m.millis))
	return `<time datetime="` + time.UnixMilli(m.millis).UTC().Format(time.RFC3339) + `" title="` + exact + `">` +
		html.EscapeString(s.plain(m)) + `<span class="vh"> (` + exact + `)</span></time>`
}

// exact is the whole time in the reader's time zone.
func (s speaker) exact(millis int64) string {
	return time.UnixMilli(millis).In(s.zone).Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// clock is the time of day with the date; short leaves the date out when it is today.
func (s speaker) clock(millis int64, short bool) string {
	t, now := time.UnixMilli(millis).In(s.zone), s.now.In(s.zone)
	switch {
	case short && t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// day is the date alone.
func (s speaker) day(millis int64) string {
	return time.UnixMilli(millis).In(s.zone).Format("2 January 2006")
}

// ago is the time since, in the largest unit that fits; a clock ahead of ours counts as now.
func (s speaker) ago(millis int64) string {
	switch d := s.now.Sub(time.UnixMilli(millis)); {
	case d < 5*time.Second:
		return s.text("ago.now")
	case d < time.Minute:
		return s.text("ago.seconds", int(d/time.Second))
	case d < time.Hour:
		return s.text("ago.minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		return s.text("ago.hours", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return s.text("ago.days", int(d/(24*time.Hour)))
	}
	return s.text("ago.on", s.day(millis))
}

// span is a remaining time, rounded so that it does not jump about.
func (s speaker) span(seconds int64) string {
	switch {
	case seconds < 10:
		return s.text("span.moment")
	case seconds < 60:
		return s.text("span.seconds", int((seconds+9)/10*10))
	case seconds < 90*60:
		return s.text("span.minutes", int((seconds+59)/60))
	}
	return s.text("span.hours", int((seconds+3599)/3600))
}

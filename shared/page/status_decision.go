package page

import (
	"html/template"
	"slices"
	"strconv"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/health"
)

type decisionsView struct {
	CSRF                          tokens
	Admin                         bool
	Delivered, Waiting, Attention string
	Stuck                         bool
	Recent                        []decisionView
	More                          string // how many stuck ones are not shown
}

type decisionView struct {
	ID             string
	Outcome, State string
	Look           string
	Cause          string
	When           template.HTML
	Link           string
	Stuck          bool
}

func (b statusBuilder) decisions() *decisionsView {
	d := b.report.Decisions
	view := &decisionsView{
		CSRF: b.session.Form, Admin: b.session.Admin(), Delivered: b.number(d.Delivered), Waiting: b.number(d.Waiting),
		Attention: b.number(d.Attention), Stuck: d.Attention > 0,
	}
	for _, one := range d.Recent {
		view.Recent = append(view.Recent, b.decision(one))
		if one.Stuck() {
			d.Attention--
		}
	}
	if d.Attention > 0 {
		view.More = b.text("decisions.more", d.Attention)
	}
	return view
}

func (b statusBuilder) decision(d health.Decision) decisionView {
	view := decisionView{
		ID: d.ID, Outcome: b.coded("outcome.", string(d.Outcome)), State: b.coded("decision.", string(d.State)),
		Look: "busy", When: b.when(d.At), Link: d.Link, Stuck: d.Stuck(),
	}
	switch {
	case d.Outcome == "":
		view.Outcome = b.text("outcome.erased")
	}
	switch {
	case d.Dismissed:
		view.State, view.Look = b.text("decision.dismissed"), "idle"
	case d.Stuck():
		view.Look = "warn"
	case d.State == decision.Delivered:
		view.Look = "ok"
	}
	if d.Cause != "" {
		view.Cause = b.coded("cause.", string(d.Cause))
	}
	return view
}

// coded says a code in words, or makes something readable of one that has none.
func (s speaker) coded(prefix, code string) string {
	if s.has(prefix + code) {
		return s.text(prefix + code)
	}
	return humanise(code)
}

type settingsView struct {
	CSRF     tokens
	Admin    bool
	Secret   bool
	Notify   bool
	Outcomes []outcomeView
}

type outcomeView struct {
	Value, Name string
	On          bool
}

func (b statusBuilder) settings() *settingsView {
	s := b.report.Settings
	return &settingsView{
		CSRF: b.session.Form, Admin: b.session.Admin(), Secret: s.SecretNotes, Notify: s.NotifyFollowers, Outcomes: b.outcomes(s),
	}
}

func (b statusBuilder) outcomes(settings connection.Settings) []outcomeView {
	var views []outcomeView
	for _, o := range decision.Outcomes() {
		views = append(views, outcomeView{
			Value: string(o), Name: b.coded("outcome.", string(o)),
			On: len(settings.Outcomes) == 0 || slices.Contains(settings.Outcomes, string(o)),
		})
	}
	return views
}

type activityView struct {
	Text string
	When template.HTML
}

func (b statusBuilder) activity() []activityView {
	var views []activityView
	for _, a := range b.report.Activity {
		args := make([]any, 0, len(a.Args))
		for _, arg := range a.Args {
			if n, err := strconv.Atoi(arg); err == nil {
				args = append(args, n)
			} else {
				args = append(args, health.HookName(arg))
			}
		}
		text := humanise(a.Code)
		if b.has("activity."+a.Code) || b.has("activity."+a.Code+".other") {
			text = b.text("activity."+a.Code, args...)
		}
		views = append(views, activityView{Text: text, When: b.when(a.At)})
	}
	return views
}

// when is a moment alone.
func (s speaker) when(millis int64) template.HTML {
	return template.HTML(s.timeElement(ago(millis))) //nolint:gosec // escaped by timeElement
}

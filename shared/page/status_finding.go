package page

import (
	"cmp"
	"html/template"
	"strconv"
	"strings"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/health"
)

type findingView struct {
	Code   string
	Title  template.HTML
	Since  template.HTML
	Events []template.HTML
	Means  template.HTML
	Do     []template.HTML
	Action health.Action
	Help   template.HTML // whom to ask, for what the reader cannot solve alone
	Ask    template.HTML // the same, quietly, for everything else that is wrong
	Hooks  []string      // events to say "I have switched it on" about
	CSRF   tokens
	Look   string
	Check  bool
}

// Brief says in words what a finding is, as the page does, but without names and figures; "" for a code that has no words
// here. It is for operators, who see ids and times only.
func Brief(code string) string {
	s := speaker{words: english()}
	for _, key := range []string{"finding." + code + ".brief", "finding." + code + ".title"} {
		if s.has(key) {
			return s.text(key)
		}
	}
	return ""
}

// connectAgain is what reconnecting is called where nothing is connected: the way to Lever stands on the page itself.
const connectAgain health.Action = "connect"

// findings gives what needs attention, what is good to know now, and the word about confidential jobs, which stands with
// what syncs.
func (b statusBuilder) findings() (needs, notes []findingView, confidential *findingView) {
	for _, f := range b.report.Findings {
		view := b.finding(f)
		switch {
		case f.Level == health.Attention:
			view.Check = b.session.Admin() && b.report.State == connection.Connected && !aboutConnecting(f.Code)
			view.Look = "warn"
			if view.Help == "" {
				view.Ask = b.rich("finding.help", b.pages.mailto(), cmp.Or(f.Reference, b.report.Reference))
			}
			needs = append(needs, view)
		case f.Code == "confidential-not-granted":
			confidential = &view
		default:
			notes = append(notes, view)
		}
	}
	return needs, notes, confidential
}

func (b statusBuilder) finding(f health.Finding) findingView {
	key := "finding." + f.Code
	args := b.args(f)
	view := findingView{
		Code: f.Code, Title: b.rich(key+".title", args...), Means: b.rich(key+".means", args...), CSRF: b.session.Form, Look: "idle",
	}
	if f.Code == "revoked" && f.Since == 0 {
		view.Title = b.rich(key + ".brief")
	}
	switch {
	case f.Since == 0 || showsSince(f.Code):
	case aboutConnecting(f.Code):
		view.Since = b.rich("finding.tried", at(f.Since))
	default:
		view.Since = b.rich("finding.since", at(f.Since))
	}
	view.Events, view.Hooks = b.details(f)
	if f.Code == "webhooks-awaited" {
		view.Look = "busy"
	}
	if b.has(key + ".do") {
		view.Do = append(view.Do, b.rich(key+".do", args...))
	}
	for i := 1; b.has(key + ".do." + strconv.Itoa(i)); i++ {
		view.Do = append(view.Do, b.rich(key+".do."+strconv.Itoa(i), args...))
	}
	if f.Action == health.Support {
		view.Help = b.rich("finding.action.support", b.pages.mailto(), cmp.Or(f.Reference, b.report.Reference))
	}
	if b.session.Admin() {
		view.Action = f.Action
		if f.Action == health.Reconnect && !b.standing() {
			view.Action = connectAgain
		}
	}
	return view
}

// aboutConnecting says that a finding tells of a try to connect, which is over.
func aboutConnecting(code string) bool { return strings.HasPrefix(code, "connect-") }

// standing says that there is a connection to renew.
func (b statusBuilder) standing() bool {
	switch b.report.State {
	case connection.Connecting, connection.Connected, connection.Revoked:
		return true
	}
	return false
}

// details lists what a finding is about, one by one, and the webhooks that its button speaks for.
func (b statusBuilder) details(f health.Finding) (lines []template.HTML, hooks []string) {
	switch f.Code {
	case "webhooks-off":
		for _, e := range f.Events {
			lines = append(lines, b.rich("finding.webhooks-off.event", e.Count, e.Name, at(e.Since)))
			hooks = append(hooks, e.Event)
		}
	case "scope-missing", "connect-scope-missing":
		for _, scope := range f.Args {
			if lost := "scope." + scope + ".lost"; b.has(lost) {
				lines = append(lines, b.rich("finding.scope-missing.lost", b.scope(scope).Name, b.text(lost)))
			}
		}
	}
	return lines, hooks
}

// showsSince names the findings whose title says since when.
func showsSince(code string) bool {
	switch code {
	case "revoked", "lever-down", "webhooks-repaired", "removed-many", "rate-taken", "confidential-not-granted", "webhooks-left",
		"webhooks-off", "grant-idle":
		return true
	}
	return false
}

// args gives the arguments of a finding's sentences: {0} since when or how many, {1} and {2} its own, {3} our address.
func (b statusBuilder) args(f health.Finding) []any {
	args := []any{at(f.Since), "", "", b.pages.publicURL}
	for i, arg := range f.Args {
		if i < 2 {
			args[i+1] = arg
		}
	}
	switch f.Code {
	case "revoked":
		args[0] = on(f.Since)
	case "webhooks-off":
		args[0] = len(f.Events)
	case "webhooks-awaited":
		names := make([]string, 0, len(f.Events))
		for _, e := range f.Events {
			names = append(names, e.Name)
		}
		args[1] = b.list(names)
	case "decisions-stuck", "work-set-aside":
		args[0] = count(f.Args, 0)
	case "records-broken":
		args[1] = b.broken(f.Args)
	case "scope-missing", "connect-scope-missing":
		names := make([]string, 0, len(f.Args))
		for _, scope := range f.Args {
			names = append(names, b.scope(scope).Name)
		}
		args[1], args[2] = b.list(names), ""
	case "grant-expiring", "grant-idle":
		args[1] = b.day(int64(count(f.Args, 0)))
	}
	return args
}

// broken names how many of what could not be read: after their sum, a number and a kind for each kind.
func (b statusBuilder) broken(args []string) string {
	var kinds []string
	for i := 1; i+1 < len(args); i += 2 {
		kinds = append(kinds, b.text("kinds."+args[i+1], count(args, i)))
	}
	if len(kinds) == 0 {
		return b.text("kinds.record", count(args, 0))
	}
	return b.list(kinds)
}

// count reads a number that the rules wrote; anything else would be 0.
func count(args []string, i int) int {
	if i >= len(args) {
		return 0
	}
	n, _ := strconv.Atoi(args[i])
	return n
}

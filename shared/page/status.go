package page

import (
	"html/template"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/portal"
)

// statusView is the whole status page in words.
type statusView struct {
	CSRF        tokens
	Admin       bool
	Poll        int // seconds until the script asks again
	State       string
	Look        string // ok, warn, bad, busy or idle
	Facts       []template.HTML
	Granted     []scopeView
	GrantedMore []template.HTML
	Flash       string
	FlashWhile  string // the word goes when Asked is no longer this
	Asked       string // how far the full resync is that somebody asked for: asked, running, ended, or "" for none
	Consent     *consentView
	SetUp       *hooksView
	Needs       []findingView
	Notes       []findingView
	Closed      *findingView // the word about confidential jobs
	Resync      *resyncView
	Records     []recordsView
	Counted     template.HTML // how old the counts are, where they are remembered
	Fresh       []freshView
	Revoke      []template.HTML // where to withdraw the permission in Lever
	Hooks       *hooksView
	Decisions   *decisionsView
	Settings    *settingsView
	Activity    []activityView
	Connected   bool // something to resync
	Actions     bool // something to reconnect or disconnect
	Reference   string
}

// Status renders the admin's page. done names the deed that the reader just did, "" for none.
func (p *Pages) Status(session portal.Session, report health.Report, done string) ([]byte, error) {
	view := p.statusView(session, report)
	view.Flash, view.FlashWhile = p.flash(session, report, done)
	f := p.frame(&session, p.speaker(&session).text("title.state", view.State), view)
	f.Script = true
	if view.Look == "busy" || view.Resync != nil {
		f.Refresh = "10"
	}
	return p.render("page-status", f)
}

// flash is the word about the deed that the reader just did, where it still holds: a reload must not repeat it after the end.
func (p *Pages) flash(session portal.Session, report health.Report, done string) (said, while string) {
	b := statusBuilder{speaker: p.speaker(&session), report: report}
	key := "done." + done
	switch {
	case !b.has(key), done == "disconnect" && report.State != connection.Disconnecting:
		return "", ""
	case done == "resync":
		switch while = b.asked(); while {
		case "":
			return "", ""
		case running:
			key = "done.resync.running"
		case ended:
			key = "done.resync.ended"
		}
	}
	return b.text(key), while
}

// How far a full resync is: asked for a moment ago and not begun, running, or ended a moment ago, as that of a small account
// may be before its page is drawn.
const (
	waits   = "asked"
	running = "running"
	ended   = "ended"
)

// startsWithin is how long the page promises a full resync that was asked for; dispatch looks each minute.
const startsWithin = 2 * time.Minute

// justEnded is how long the end of a full resync is worth a word to who asked for it.
const justEnded = 10 * time.Second

// asked says how far the full resync is that somebody asked for.
func (b statusBuilder) asked() string {
	if b.report.Resync != nil {
		return running
	}
	for _, a := range b.report.Activity { // newest first
		switch a.Code {
		case "resync-asked":
			if b.older(a.At, startsWithin) {
				return ""
			}
			return waits
		case "resync-finished":
			if b.older(a.At, justEnded) {
				return ""
			}
			return ended
		case "resync-started":
			return ""
		}
	}
	return ""
}

// Live renders the part of the page that keeps itself fresh.
func (p *Pages) Live(session portal.Session, report health.Report) ([]byte, error) {
	return p.render("live", p.statusView(session, report))
}

// statusBuilder holds what the parts of the page need to say themselves.
type statusBuilder struct {
	speaker
	pages   *Pages
	session portal.Session
	report  health.Report
}

func (p *Pages) statusView(session portal.Session, report health.Report) statusView {
	b := statusBuilder{speaker: p.speaker(&session), pages: p, session: session, report: report}
	view := statusView{CSRF: session.Form, Admin: session.Admin(), Poll: 10, Reference: report.Reference, Asked: b.asked()}
	view.State, view.Look = b.state()
	view.Needs, view.Notes, view.Closed = b.findings()
	switch report.State {
	case connection.NotConnected, connection.Disconnected:
		view.Facts, view.Revoke = b.farewell()
		consent := p.consentView(session, false, false)
		view.Consent = &consent
	case connection.Connecting:
		view.Facts = append(b.facts(), b.rich("head.setting"))
		view.Poll = 3
		b.sync(&view)
		view.Decisions, view.Settings = nil, nil
	case connection.Connected:
		view.Facts = b.facts()
		view.Connected = true
		b.sync(&view)
	case connection.Revoked:
		view.Facts = append(b.facts(), b.rich("head.revoked"))
		b.sync(&view)
		view.Hooks, view.SetUp, view.Resync = nil, nil, nil
	case connection.Disconnecting:
		view.Facts = b.ending()
		view.Poll = 3
	}
	if len(report.Activity) > 0 {
		view.Activity = b.activity()
	}
	view.Actions = b.standing() // a connect that got stuck half-way is repaired by connecting again
	if !view.Admin {
		view.Facts = append(view.Facts, b.rich("head.viewer"))
	}
	if view.Resync != nil {
		view.Poll = 3
	}
	return view
}

// state gives the one state of the header and how it looks.
func (b statusBuilder) state() (said, look string) {
	switch b.report.State {
	case connection.Connecting:
		return b.text("state.connecting"), "busy"
	case connection.Connected:
		if b.report.Attention > 0 {
			return b.text("state.attention", b.report.Attention), "warn"
		}
		return b.text("state.connected"), "ok"
	case connection.Revoked:
		return b.text("state.revoked"), "bad"
	case connection.Disconnecting:
		return b.text("state.disconnecting"), "busy"
	}
	return b.text("state.not-connected"), "idle"
}

// facts says who connected what, under the state.
func (b statusBuilder) facts() []template.HTML {
	r := b.report
	facts := []template.HTML{b.rich("head.by", r.ConnectedBy, ago(r.ConnectedAt))}
	if r.Account != "" && r.Authoriser != "" {
		facts = append(facts, b.rich("head.account", r.Account, r.Authoriser))
	}
	return facts
}

// sync fills in what a living connection shows.
func (b statusBuilder) sync(view *statusView) {
	for _, scope := range b.report.Scopes {
		view.Granted = append(view.Granted, b.scope(scope))
	}
	confidential := "head.confidential.no"
	if b.report.Confidential {
		confidential = "head.confidential.yes"
	}
	view.GrantedMore = []template.HTML{b.rich(confidential)}
	if b.report.RenewBy > 0 {
		view.GrantedMore = append(view.GrantedMore, b.rich("head.renew", b.day(b.report.RenewBy)))
	}
	view.Resync = b.resync()
	view.Records = b.records()
	if c := b.report.CountedAt; c > 0 && b.older(c, freshCount) {
		view.Counted = b.rich("sync.counted", ago(c))
	}
	view.Fresh = b.fresh()
	if hooks := b.hooks(); b.report.SetUp {
		view.Hooks = hooks
	} else if b.report.State == connection.Connected {
		view.SetUp = hooks
	}
	view.Decisions = b.decisions()
	view.Settings = b.settings()
}

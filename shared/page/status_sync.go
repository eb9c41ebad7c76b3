package page

import (
	"html/template"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/mirror"
)

type resyncView struct {
	Title          string
	Done, Expected int
	Text           string
	Remaining      string
	Started        template.HTML
	Kinds          []kindView
}

type kindView struct {
	Name, Text, Look string
	Bar              string // what its bar is called for who cannot see it
	Done, Expected   int    // of its bar; 0 expected = none
}

func (b statusBuilder) resync() *resyncView {
	r := b.report.Resync
	if r == nil {
		return nil
	}
	view := &resyncView{Title: b.text("resync.again"), Done: r.Done, Expected: r.Expected, Started: b.rich("resync.started", ago(r.StartedAt))}
	if r.First {
		view.Title = b.text("resync.first")
	}
	if view.Text = b.text("resync.so.far", r.Done); r.Expected > 0 {
		view.Text = b.text("resync.done", r.Done, r.Expected)
	}
	if r.RemainingSeconds > 0 {
		view.Remaining = b.text("resync.remaining", b.span(r.RemainingSeconds))
	}
	for _, k := range r.Kinds {
		view.Kinds = append(view.Kinds, b.kind(k))
	}
	return view
}

func (b statusBuilder) kind(k connection.KindCount) kindView {
	name := b.text("kind." + k.Kind)
	view := kindView{Name: name, Look: "busy", Bar: b.text("resync.kind.bar", name), Done: k.Done, Expected: max(k.Expected, k.Done)}
	switch {
	case k.Ready:
		view.Text, view.Look, view.Done = b.text("resync.kind.done", k.Done), "ok", view.Expected
		if k.Kind == string(mirror.Interview) {
			view.Text = b.text("resync.kind.complete")
		}
	case k.Expected > 0 && k.Kind == string(mirror.Interview):
		view.Text = b.text("resync.kind.interview", k.Done, k.Expected)
	case k.Expected > 0:
		view.Text = b.text("resync.kind", k.Done, k.Expected)
	case k.Done > 0:
		view.Text, view.Expected = b.text("resync.so.far", k.Done), 0
	default:
		view.Text, view.Look = b.text("resync.kind.wait"), "idle"
	}
	return view
}

type recordsView struct {
	Name, Count    string
	Fresh          bool
	Checked, Moved template.HTML
}

// How old a look may be so that a kind still counts as up to date: the lists are read each minute, the interviews in a
// slow circle.
const (
	freshList      = 3 * time.Minute
	freshInterview = 2 * time.Hour
	freshCount     = 5 * time.Second // younger counts are as good as new, and "just now" to the reader
)

func (b statusBuilder) records() []recordsView {
	views := make([]recordsView, 0, len(b.report.Records))
	for _, r := range b.report.Records {
		view := recordsView{Name: b.text("kind." + string(r.Kind)), Count: b.number(r.Count), Moved: b.rich("sync.unchanged")}
		if r.ChangedAt > 0 {
			view.Moved = b.rich("sync.changed", ago(r.ChangedAt))
		}
		fresh := freshList
		if r.Kind == mirror.Interview && b.report.LagSeconds <= int64(freshList/time.Second) {
			fresh = b.freshRound()
		}
		switch {
		case r.CheckedAt == 0:
			view.Checked = b.rich("sync.loading")
		case b.report.State != connection.Connected:
			view.Checked = b.rich("sync.stopped", at(r.CheckedAt))
		case b.now.Sub(time.UnixMilli(r.CheckedAt)) <= fresh:
			view.Checked, view.Fresh = b.rich("sync.fresh", ago(r.CheckedAt)), true
		default:
			view.Checked = b.rich("sync.checked", ago(r.CheckedAt))
		}
		views = append(views, view)
	}
	return views
}

type hooksView struct {
	CSRF         tokens
	Admin        bool
	Heard, Count int
	Text         string
	Hooks        []hookView
	Steps        []template.HTML
	Unheard      []string
}

type hookView struct {
	Name, Look string
	Status     template.HTML
	Last       template.HTML
}

func (b statusBuilder) hooks() *hooksView {
	view := &hooksView{CSRF: b.session.Form, Admin: b.session.Admin(), Count: len(b.report.Hooks)}
	for _, h := range b.report.Hooks {
		view.Hooks = append(view.Hooks, b.hook(h))
		if h.Heard {
			view.Heard++
		} else {
			view.Unheard = append(view.Unheard, h.Event)
		}
	}
	view.Text = b.text("setup.count", view.Heard, view.Count)
	for _, key := range []string{"toggle.1", "toggle.2", "toggle.3"} {
		view.Steps = append(view.Steps, b.rich(key, b.pages.publicURL))
	}
	return view
}

func (b statusBuilder) hook(h health.Hook) hookView {
	view := hookView{Name: h.Name, Look: "idle", Status: b.rich("hook." + string(h.Status))}
	switch h.Status {
	case health.Receiving:
		view.Look, view.Last = "ok", b.rich("hook.last", ago(h.LastSeen))
	case health.Ready:
		switch {
		case h.Heard:
			view.Look, view.Status = "ok", b.rich("hook.tested", ago(h.LastSeen))
		case !b.report.SetUp:
			view.Status = b.rich("hook.silent")
		}
	case health.LooksOff:
		view.Look = "warn"
	case health.Missing:
		view.Look = "warn"
	case health.Awaiting:
		view.Look = "busy"
	}
	return view
}

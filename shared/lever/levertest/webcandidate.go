package levertest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const candidatesPerPage = 25

// candidateRow is a line of the candidate list.
type candidateRow struct {
	Opportunity
	StageName, Job string
}

// stageName is a stage's text, or its id.
func (st *account) stageName(id string) string {
	if i := st.stageIndex(id); i >= 0 {
		return st.stages[i].Text
	}
	return id
}

func (st *account) jobName(opportunity string) string {
	app := st.application(opportunity, time.Time{})
	if app == nil {
		return ""
	}
	if p := st.postings.get(app.Posting, time.Time{}); p != nil {
		return p.Text
	}
	return "(deleted job)"
}

// candidatesPage lists candidacies, the latest movement first.
func candidatesPage(v *visit) {
	q := v.r.URL.Query()
	state, search := q.Get("state"), strings.ToLower(strings.TrimSpace(q.Get("q")))
	if state == "" {
		state = "active"
	}
	rows := read(v.acct, func(st *account) []candidateRow {
		var rows []candidateRow
		for _, o := range st.opps.all(time.Time{}) {
			archived := o.Archived != nil
			if state == "active" && archived || state == "archived" && !archived ||
				!strings.Contains(strings.ToLower(o.Name+" "+strings.Join(o.Emails, " ")), search) {
				continue
			}
			rows = append(rows, candidateRow{*o, st.stageName(o.Stage), st.jobName(o.ID)})
		}
		return rows
	})
	slices.SortStableFunc(rows, func(a, b candidateRow) int { return int(b.LastAdvancedAt/1000 - a.LastAdvancedAt/1000) })
	total := len(rows)
	page, _ := strconv.Atoi(q.Get("page")) // anything unreadable is the first page
	pages := max(1, (total+candidatesPerPage-1)/candidatesPerPage)
	page = min(max(page, 1), pages)
	rows = rows[(page-1)*candidatesPerPage : min(page*candidatesPerPage, total)]
	v.show("candidates.html", "candidates", "Candidates", map[string]any{
		"Rows": rows, "Total": total, "State": state, "Search": q.Get("q"), "Page": page, "Pages": pages, "Earlier": page - 1, "Later": page + 1,
		"Postings": v.acct.Postings(),
	})
}

func newCandidateForm(v *visit) {
	name := strings.TrimSpace(v.r.FormValue("name"))
	if name == "" {
		v.trouble(http.StatusBadRequest, "A candidate needs a name.")
		return
	}
	n := NewCandidate{Name: name, Email: strings.TrimSpace(v.r.FormValue("email")), Posting: v.r.FormValue("posting"), Owner: v.user.ID}
	if n.Posting != "" {
		n.Stage, n.Origin = "applicant-new", "applied"
	}
	id, err := v.acct.CreateOpportunity(n)
	v.finish(err, "/candidates/"+id, "created")
}

// noteShown is a note with the names of its authors.
type noteShown struct {
	Note
	Entries []noteEntryShown
}

type noteEntryShown struct {
	NoteField
	Author string
}

func candidatePage(v *visit) {
	o, ok := v.acct.Opportunity(v.r.PathValue("id"))
	if !ok {
		v.trouble(http.StatusNotFound, "This candidate does not exist or was deleted.")
		return
	}
	data := read(v.acct, func(st *account) map[string]any {
		reason := ""
		if o.Archived != nil {
			if r := st.reason(o.Archived.Reason); r != nil {
				reason = r.Text
			}
		}
		var notes []noteShown
		for _, n := range slices.Backward(st.notesOf(o.ID, time.Time{})) {
			notes = append(notes, st.shown(n))
		}
		return map[string]any{
			"C": candidateRow{o, st.stageName(o.Stage), st.jobName(o.ID)}, "Owner": st.userName(o.Owner), "Reason": reason,
			"Stages": st.stages, "Reasons": st.reasons, "Interviews": values(st.interviewsOf(o.ID, time.Time{})), "Notes": notes,
		}
	})
	data["Tomorrow"] = v.lever.opts.Now().Add(24 * time.Hour).Truncate(time.Hour).UnixMilli()
	v.show("candidate.html", "candidates", o.Name, data)
}

func (st *account) shown(n *Note) noteShown {
	out := noteShown{Note: *n}
	for _, f := range n.Fields {
		author := st.userName(f.User)
		if author == "" {
			author = "An app, through the API"
		}
		out.Entries = append(out.Entries, noteEntryShown{f, author})
	}
	return out
}

func (st *account) userName(id *string) string {
	if u := st.users.get(deref(id), time.Time{}); u != nil {
		return u.Name
	}
	return ""
}

func candidateForm(v *visit) {
	id := v.r.PathValue("id")
	here := "/candidates/" + id
	switch v.r.PathValue("deed") {
	case "move":
		v.finish(v.acct.MoveStage(id, v.r.FormValue("stage")), here, "moved")
	case "archive":
		v.finish(v.acct.Archive(id, v.r.FormValue("reason")), here, "archived")
	case "unarchive":
		v.finish(v.acct.Unarchive(id), here, "unarchived")
	case "hire":
		v.finish(v.acct.Hire(id), here, "hired")
	case "delete":
		v.finish(v.acct.Delete(id), "/candidates", "deleted")
	case "confidential":
		v.finish(v.acct.SetConfidential(id, v.r.FormValue("on") == "yes"), here, "saved")
	case "note":
		_, err := v.acct.AddNoteUI(id, v.r.FormValue("value"), v.r.FormValue("secret") == "yes")
		v.finish(err, here, "note")
	case "schedule":
		at, err := formTime(v.r.FormValue("at"))
		if err == nil {
			minutes, _ := strconv.Atoi(v.r.FormValue("minutes")) // unreadable means the default
			_, err = v.acct.ScheduleInterview(id, NewInterview{Subject: v.r.FormValue("subject"), At: at, Minutes: minutes})
		}
		v.finish(err, here, "scheduled")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

// formTime reads an input of type datetime-local as UTC.
func formTime(value string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04", value)
	if err != nil {
		return at, badRequest("the time cannot be read")
	}
	return at, nil
}

func interviewForm(v *visit) {
	id := v.r.PathValue("id")
	iv := read(v.acct, func(st *account) *Interview { return st.interviews.get(id, time.Time{}) })
	if iv == nil {
		v.trouble(http.StatusNotFound, "This interview does not exist any more.")
		return
	}
	here := "/candidates/" + iv.OpportunityID
	switch v.r.PathValue("deed") {
	case "move":
		at, err := formTime(v.r.FormValue("at"))
		if err == nil {
			err = v.acct.MoveInterview(id, at)
		}
		v.finish(err, here, "changed")
	case "cancel":
		v.finish(v.acct.CancelInterview(id), here, "cancelled")
	case "delete":
		v.finish(v.acct.DeleteInterview(id), here, "removed")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

func noteForm(v *visit) {
	id := v.r.PathValue("id")
	n := read(v.acct, func(st *account) *Note { return st.notes.get(id, time.Time{}) })
	if n == nil {
		v.trouble(http.StatusNotFound, "This note does not exist any more.")
		return
	}
	here := "/candidates/" + n.OpportunityID
	switch v.r.PathValue("deed") {
	case "reply":
		v.finish(v.acct.ReplyToNote(id, v.r.FormValue("value")), here, "reply")
	case "delete":
		v.finish(v.acct.DeleteNoteUI(id), here, "note-deleted")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

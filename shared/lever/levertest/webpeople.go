package levertest

import (
	"net/http"
	"strings"
	"time"
)

func postingsPage(v *visit) {
	v.show("postings.html", "postings", "Jobs", map[string]any{"Postings": v.acct.Postings(), "States": PostingStates[:]})
}

func newPostingForm(v *visit) {
	title := strings.TrimSpace(v.r.FormValue("title"))
	if title == "" {
		v.trouble(http.StatusBadRequest, "A job needs a title.")
		return
	}
	_, err := v.acct.CreatePosting(NewPosting{Title: title, State: v.r.FormValue("state"), Confidential: v.r.FormValue("confidential") == "yes"})
	v.finish(err, "/postings", "added")
}

func postingForm(v *visit) {
	id := v.r.PathValue("id")
	switch v.r.PathValue("deed") {
	case "edit":
		p := read(v.acct, func(st *account) *Posting { return st.postings.get(id, time.Time{}) })
		if p == nil {
			v.trouble(http.StatusNotFound, "This job does not exist any more.")
			return
		}
		err := v.acct.SetPostingState(id, v.r.FormValue("state"))
		if title := strings.TrimSpace(v.r.FormValue("title")); err == nil && title != "" {
			err = v.acct.EditPosting(id, func(p *Posting) { p.Text = title })
		}
		if hide := v.r.FormValue("confidential") == "yes"; err == nil && hide != (p.Confidentiality == confidential) {
			err = v.acct.SetPostingConfidential(id, hide)
		}
		v.finish(err, "/postings", "saved")
	case "delete":
		v.finish(v.acct.DeletePosting(id), "/postings", "deleted")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

func usersPage(v *visit) {
	v.show("users.html", "users", "Users", map[string]any{"Users": v.acct.Users(), "Roles": roles()})
}

func userForm(v *visit) {
	if v.user.AccessRole != RoleSuperAdmin {
		v.trouble(http.StatusForbidden, "Only Super Admins can change users.")
		return
	}
	id := v.r.PathValue("id")
	switch v.r.PathValue("deed") {
	case "role":
		v.finish(v.acct.SetRole(id, v.r.FormValue("role")), "/users", "saved")
	case "deactivate":
		v.finish(v.acct.DeactivateUser(id), "/users", "saved")
	case "reactivate":
		v.finish(v.acct.ReactivateUser(id), "/users", "saved")
	default:
		v.trouble(http.StatusNotFound, "There is no such action.")
	}
}

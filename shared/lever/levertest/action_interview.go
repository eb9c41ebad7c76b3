package levertest

import (
	"slices"
	"time"
)

// NewInterview describes a meeting. Only At is required.
type NewInterview struct {
	Subject      string
	At           time.Time
	Minutes      int      // default 45
	Interviewers []string // user ids; default: the acting user
	Location     string
	Timezone     string // IANA, default Europe/Amsterdam
}

// ScheduleInterview adds an interview with a panel of its own and fires interviewCreated.
func (a *Account) ScheduleInterview(opportunity string, n NewInterview) (id string, err error) {
	err = a.do(func(t tx) error {
		id, err = t.schedule(opportunity, n)
		return err
	})
	return id, err
}

func (t tx) schedule(opportunity string, n NewInterview) (string, error) {
	o, err := t.opp(opportunity)
	if err != nil {
		return "", err
	}
	if n.Minutes == 0 {
		n.Minutes = 45
	}
	if n.Timezone == "" {
		n.Timezone = "Europe/Amsterdam"
	}
	if n.Subject == "" {
		n.Subject = "Interview - " + o.Name
	}
	if len(n.Interviewers) == 0 && t.by != "" {
		n.Interviewers = []string{t.by}
	}
	i := Interview{
		ID: newID(t.st.rng), Panel: newID(t.st.rng), Subject: ptr(n.Subject), Note: ptr(""), Interviewers: []Interviewer{},
		Timezone: n.Timezone, CreatedAt: t.millis(), Date: n.At.UnixMilli(), Duration: n.Minutes, FeedbackForms: []string{},
		FeedbackReminder: "once", User: t.actor(), Stage: o.Stage, Postings: []string{}, OpportunityID: opportunity,
	}
	for _, id := range n.Interviewers {
		u := t.st.users.get(id, time.Time{})
		if u == nil {
			return "", notFound("users", id)
		}
		i.Interviewers = append(i.Interviewers, Interviewer{ID: u.ID, Name: u.Name, Email: u.Email})
	}
	if n.Location != "" {
		i.Location = ptr(n.Location)
	}
	if app := t.st.application(opportunity, time.Time{}); app != nil {
		i.Postings = []string{app.Posting}
	}
	t.st.interviews.put(i.ID, t.at, i)
	t.emitInterview(&i, eventInterviewCreated, "createdAt")
	return i.ID, nil
}

// MoveInterview changes the time of an interview and fires interviewUpdated.
func (a *Account) MoveInterview(interview string, to time.Time) error {
	return a.EditInterview(interview, func(i *Interview) { i.Date = to.UnixMilli() })
}

// CancelInterview cancels an interview: it stays listed with canceledAt, and interviewUpdated fires
// (lever/api.md section 3.3).
func (a *Account) CancelInterview(interview string) error {
	return a.do(func(t tx) error { return t.cancel(interview) })
}

func (t tx) cancel(interview string) error {
	return t.editInterview(interview, func(i *Interview) { i.CanceledAt = ptr(t.millis()) })
}

// EditInterview changes an interview and fires interviewUpdated. The change must replace slices, not write into them.
func (a *Account) EditInterview(interview string, change func(*Interview)) error {
	return a.do(func(t tx) error { return t.editInterview(interview, change) })
}

func (t tx) editInterview(interview string, change func(*Interview)) error {
	i := t.st.interviews.update(interview, t.at, change)
	if i == nil {
		return notFound("interviews", interview)
	}
	t.emitInterview(i, eventInterviewUpdated, "updatedAt")
	return nil
}

// DeleteInterview removes an interview and fires interviewDeleted.
func (a *Account) DeleteInterview(interview string) error {
	return a.do(func(t tx) error {
		i := t.st.interviews.get(interview, time.Time{})
		if i == nil {
			return notFound("interviews", interview)
		}
		t.st.interviews.remove(interview, t.at)
		t.emitInterview(i, eventInterviewDeleted, "deletedAt")
		return nil
	})
}

// cancelComing cancels what lies ahead, as archiving with cleanInterviews does.
func (t tx) cancelComing(opportunity string) {
	coming := slices.DeleteFunc(t.st.interviewsOf(opportunity, time.Time{}), func(i *Interview) bool {
		return i.CanceledAt != nil || i.Date < t.millis()
	})
	for _, i := range coming {
		_ = t.cancel(i.ID) // it was found a line above
	}
}

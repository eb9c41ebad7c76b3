package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

const perPage = 50

// lister reads one page of a list of the platform API.
type lister[T any] func(context.Context, string, platform.Query) (platform.List[T], error)

// table is one page of a list, as the templates show it.
type table[T any] struct {
	Items   []platform.Record[T]
	Next    string // address of the next page, "" on the last
	First   bool
	Problem *trouble
}

func readTable[T any](r *http.Request, tenant string, read lister[T]) table[T] {
	query := platform.Query{Limit: perPage, Cursor: r.URL.Query().Get("cursor"), State: r.URL.Query().Get("state")}
	list, err := read(r.Context(), tenant, query)
	if err != nil {
		return table[T]{First: true, Problem: troubleOf(err)}
	}
	shown := table[T]{Items: list.Data, First: query.Cursor == ""}
	if list.Next != "" {
		next := url.Values{"cursor": {list.Next}}
		if query.State != "" {
			next.Set("state", query.State)
		}
		shown.Next = "?" + next.Encode()
	}
	return shown
}

func (a *app) jobs(w http.ResponseWriter, r *http.Request, s *session) {
	a.showTo(w, s, view{Page: "jobs", Title: "Jobs", Data: map[string]any{"Table": readTable(r, s.person.Organisation.Tenant, a.api.Jobs)}})
}

func (a *app) users(w http.ResponseWriter, r *http.Request, s *session) {
	a.showTo(w, s, view{Page: "users", Title: "Users", Data: map[string]any{"Table": readTable(r, s.person.Organisation.Tenant, a.api.Users)}})
}

func (a *app) candidates(w http.ResponseWriter, r *http.Request, s *session) {
	tenant := s.person.Organisation.Tenant
	a.showTo(w, s, view{Page: "candidates", Title: "Candidates", Data: map[string]any{
		"Table": readTable(r, tenant, a.api.Candidates), "Jobs": a.titles(r.Context(), tenant),
		"Inactive": r.URL.Query().Get("state") == "inactive",
	}})
}

func (a *app) interviews(w http.ResponseWriter, r *http.Request, s *session) {
	a.showTo(w, s, view{Page: "interviews", Title: "Interviews", Data: map[string]any{"Table": readTable(r, s.person.Organisation.Tenant, a.api.Interviews)}})
}

// titles reads the titles of jobs by id. A page without them is still useful, so trouble here stays unsaid.
func (a *app) titles(ctx context.Context, tenant string) map[string]string {
	titles := map[string]string{}
	list, err := a.api.Jobs(ctx, tenant, platform.Query{Limit: 100})
	if err != nil {
		return titles
	}
	for _, job := range list.Data {
		if job.Data != nil {
			titles[job.ID] = job.Data.Title
		}
	}
	return titles
}

func (a *app) candidate(w http.ResponseWriter, r *http.Request, s *session) {
	tenant, id := s.person.Organisation.Tenant, r.PathValue("id")
	candidate, err := a.api.Candidate(r.Context(), tenant, id)
	if err != nil {
		status := http.StatusBadGateway
		if problem := new(platform.Problem); errors.As(err, &problem) && problem.Status == http.StatusNotFound {
			status = http.StatusNotFound
		}
		a.trouble(w, s, status, *troubleOf(err))
		return
	}
	if candidate.Data == nil { // deleted in Lever, or its retention time is over
		a.trouble(w, s, http.StatusGone, trouble{Title: "This candidate is gone", Text: "Lever no longer has the candidate, or their data was erased here.", Code: candidate.Reason})
		return
	}
	interviews, err := a.api.Interviews(r.Context(), tenant, platform.Query{Candidate: id})
	var problem *trouble
	if err != nil {
		problem = troubleOf(err)
	}
	a.refresh(r.Context(), tenant)
	a.showTo(w, s, view{Page: "candidate", Title: candidate.Data.Name, Data: map[string]any{
		"Candidate": candidate, "Person": candidate.Data, "Interviews": interviews.Data, "Problem": problem,
		"Jobs": a.titles(r.Context(), tenant), "Decisions": a.decisions.about(tenant, id), "Outcomes": outcomes(), "Blank": platform.Decision{},
	}})
}

package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Record is a mirrored record. Data is nil for a tombstone and once the retention time is over. Times are milliseconds
// since the epoch.
type Record[T any] struct {
	ID           string `json:"id"`
	Kind         string `json:"kind"` // job, candidate, user, interview
	Version      int64  `json:"version"`
	State        string `json:"state"` // active, inactive, removed
	Reason       string `json:"reason"`
	ChangedAt    int64  `json:"changedAt"`
	Confidential bool   `json:"confidential"`
	CandidateID  string `json:"candidateId"` // of an interview
	Data         *T     `json:"data"`
}

// Candidate is an opportunity of Lever.
type Candidate struct {
	Name      string   `json:"name"`
	Headline  string   `json:"headline"`
	Emails    []string `json:"emails"`
	Location  string   `json:"location"`
	StageID   string   `json:"stageId"`
	StageName string   `json:"stageName"`
	JobIDs    []string `json:"jobIds"`
	OwnerID   string   `json:"ownerId"`
	Tags      []string `json:"tags"`
	Archived  bool     `json:"archived"`
	Hired     bool     `json:"hired"`
	CreatedAt int64    `json:"createdAt"`
	URL       string   `json:"url"`
}

// Job is a posting of Lever.
type Job struct {
	Title      string `json:"title"`
	State      string `json:"state"` // published, internal, closed, draft, pending, rejected
	Team       string `json:"team"`
	Department string `json:"department"`
	Location   string `json:"location"`
	Commitment string `json:"commitment"`
	URL        string `json:"url"`
}

// User is a user of Lever.
type User struct {
	Name        string `json:"name"`
	Email       string `json:"email"`
	Role        string `json:"role"`
	JobTitle    string `json:"jobTitle"`
	Deactivated bool   `json:"deactivated"`
}

// Interview is an interview of an active candidate.
type Interview struct {
	CandidateID     string        `json:"candidateId"`
	Subject         string        `json:"subject"`
	StartsAt        int64         `json:"startsAt"`
	DurationMinutes int64         `json:"durationMinutes"`
	Timezone        string        `json:"timezone"`
	Location        string        `json:"location"`
	Interviewers    []Interviewer `json:"interviewers"`
	CanceledAt      int64         `json:"canceledAt"`
}

// Interviewer takes part in an interview.
type Interviewer struct {
	UserID string `json:"userId"`
	Name   string `json:"name"`
	Email  string `json:"email"`
}

// Query narrows a list and says where to go on.
type Query struct {
	State     string // "" = active
	Candidate string // of interviews: only those of this candidate
	Limit     int    // 0 = the API's own
	Cursor    string // Next of the page before
}

func (q Query) encode() string {
	values := url.Values{}
	for name, value := range map[string]string{"state": q.State, "candidate": q.Candidate, "cursor": q.Cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// List is one page of records.
type List[T any] struct {
	Data []Record[T] `json:"data"`
	Next string      `json:"next"` // "" on the last page, except in the change feed
}

// Jobs reads one page of jobs.
func (c *Client) Jobs(ctx context.Context, tenant string, query Query) (List[Job], error) {
	return read[List[Job]](ctx, c, path(tenant, "jobs")+query.encode())
}

// Candidates reads one page of candidates.
func (c *Client) Candidates(ctx context.Context, tenant string, query Query) (List[Candidate], error) {
	return read[List[Candidate]](ctx, c, path(tenant, "candidates")+query.encode())
}

// Users reads one page of users, deactivated ones included.
func (c *Client) Users(ctx context.Context, tenant string, query Query) (List[User], error) {
	return read[List[User]](ctx, c, path(tenant, "users")+query.encode())
}

// Interviews reads one page of interviews.
func (c *Client) Interviews(ctx context.Context, tenant string, query Query) (List[Interview], error) {
	return read[List[Interview]](ctx, c, path(tenant, "interviews")+query.encode())
}

// Job reads one job.
func (c *Client) Job(ctx context.Context, tenant, id string) (Record[Job], error) {
	return read[Record[Job]](ctx, c, path(tenant, "jobs", id))
}

// Candidate reads one candidate.
func (c *Client) Candidate(ctx context.Context, tenant, id string) (Record[Candidate], error) {
	return read[Record[Candidate]](ctx, c, path(tenant, "candidates", id))
}

// User reads one user.
func (c *Client) User(ctx context.Context, tenant, id string) (Record[User], error) {
	return read[Record[User]](ctx, c, path(tenant, "users", id))
}

// Interview reads one interview.
func (c *Client) Interview(ctx context.Context, tenant, id string) (Record[Interview], error) {
	return read[Record[Interview]](ctx, c, path(tenant, "interviews", id))
}

// Changes reads the change feed after a cursor, "" = from the beginning. Next is always given.
func (c *Client) Changes(ctx context.Context, tenant, since string) (List[json.RawMessage], error) {
	query := ""
	if since != "" {
		query = "?" + url.Values{"since": {since}}.Encode()
	}
	return read[List[json.RawMessage]](ctx, c, path(tenant, "changes")+query)
}

// All walks a list to its end. A page that points to itself is an error, so that the walk ends.
func All[T any](ctx context.Context, page func(context.Context, string, Query) (List[T], error), tenant string, query Query) ([]Record[T], error) {
	var all []Record[T]
	for {
		list, err := page(ctx, tenant, query)
		if err != nil {
			return nil, err
		}
		all = append(all, list.Data...)
		if list.Next == "" {
			return all, nil
		}
		if list.Next == query.Cursor {
			return nil, fmt.Errorf("read list: the page after %d records points to itself", len(all))
		}
		query.Cursor = list.Next
	}
}

func read[T any](ctx context.Context, c *Client, path string) (T, error) {
	var answer T
	return answer, c.call(ctx, http.MethodGet, path, nil, &answer)
}

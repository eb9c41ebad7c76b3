package mirror

import "encoding/json"

// The documents are what the platform reads. Times are milliseconds since the epoch, ids are Lever's, absent values are
// left out. docs/data.md has a row for every field: source, why it is kept, how long.

// CandidateDoc is an opportunity of Lever that is or was active.
type CandidateDoc struct {
	Name           string   `json:"name"`
	Headline       string   `json:"headline,omitempty"`
	Emails         []string `json:"emails,omitempty"`
	Phones         []string `json:"phones,omitempty"`
	Location       string   `json:"location,omitempty"`
	Contact        string   `json:"contactId,omitempty"` // the person: several opportunities may share it
	Stage          string   `json:"stageId,omitempty"`   // stage ids may be slugs such as "applicant-new"
	StageName      string   `json:"stageName,omitempty"`
	Owner          string   `json:"ownerId,omitempty"`
	Jobs           []string `json:"jobIds,omitempty"` // at most one today
	Tags           []string `json:"tags,omitempty"`
	Sources        []string `json:"sources,omitempty"`
	Origin         string   `json:"origin,omitempty"`
	Archived       bool     `json:"archived"`
	ArchivedAt     int64    `json:"archivedAt,omitempty"`
	ArchiveReason  string   `json:"archiveReasonId,omitempty"`
	Hired          bool     `json:"hired,omitempty"`
	Anonymized     bool     `json:"anonymized,omitempty"`
	CreatedAt      int64    `json:"createdAt,omitempty"`
	LastAdvancedAt int64    `json:"lastAdvancedAt,omitempty"`
	URL            string   `json:"url,omitempty"`
}

// JobDoc is a posting of Lever.
type JobDoc struct {
	Title         string   `json:"title"`
	State         string   `json:"state"` // published, internal, closed, draft, pending, rejected
	Team          string   `json:"team,omitempty"`
	Department    string   `json:"department,omitempty"`
	Location      string   `json:"location,omitempty"`
	Commitment    string   `json:"commitment,omitempty"`
	Level         string   `json:"level,omitempty"`
	Workplace     string   `json:"workplaceType,omitempty"`
	Country       string   `json:"country,omitempty"`
	Owner         string   `json:"ownerId,omitempty"`
	HiringManager string   `json:"hiringManagerId,omitempty"`
	Requisitions  []string `json:"requisitionCodes,omitempty"`
	Description   string   `json:"description,omitempty"` // plain text, at most 20,000 bytes
	CreatedAt     int64    `json:"createdAt,omitempty"`
	URL           string   `json:"url,omitempty"`
}

// UserDoc is a user of Lever, deactivated ones included.
type UserDoc struct {
	Name          string `json:"name"`
	Email         string `json:"email,omitempty"`
	Role          string `json:"role,omitempty"` // Lever's access role, or the id of a custom one
	JobTitle      string `json:"jobTitle,omitempty"`
	Deactivated   bool   `json:"deactivated"`
	DeactivatedAt int64  `json:"deactivatedAt,omitempty"`
	CreatedAt     int64  `json:"createdAt,omitempty"`
}

// InterviewDoc is an interview of an active candidate.
type InterviewDoc struct {
	Candidate       string        `json:"candidateId"`
	Panel           string        `json:"panelId,omitempty"`
	Subject         string        `json:"subject,omitempty"`
	StartsAt        int64         `json:"startsAt,omitempty"`
	DurationMinutes int64         `json:"durationMinutes,omitempty"`
	Timezone        string        `json:"timezone,omitempty"` // IANA name, for display only
	Location        string        `json:"location,omitempty"`
	Stage           string        `json:"stageId,omitempty"`
	Jobs            []string      `json:"jobIds,omitempty"`
	Interviewers    []Interviewer `json:"interviewers,omitempty"`
	CanceledAt      int64         `json:"canceledAt,omitempty"`
	CreatedAt       int64         `json:"createdAt,omitempty"`
}

// Interviewer is a user of Lever who takes part in an interview.
type Interviewer struct {
	User  string `json:"userId"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// asKnown is a document that newer code made, without the fields that are unknown here: as this code would have made it,
// when newer code only adds fields. What is no such document comes back as it is.
func asKnown(kind Kind, doc string) string {
	into, known := map[Kind]any{Job: &JobDoc{}, Candidate: &CandidateDoc{}, User: &UserDoc{}, Interview: &InterviewDoc{}}[kind]
	if doc == "" || !known || json.Unmarshal([]byte(doc), into) != nil {
		return doc
	}
	raw, err := json.Marshal(into)
	if err != nil {
		return doc
	}
	return string(raw)
}

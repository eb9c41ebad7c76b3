// Package mirror holds, for each connection, the jobs, candidates, users and interviews as Lever last showed them, and
// the one rule by which they change. Every path (hint, delta, patrol, full resync, replay) ends in Apply with what a
// fetch from Lever showed; the rule is idempotent and ordered by the start of the fetch, so duplicates, replays,
// overlaps and crashes are harmless.
//
// The words here are the platform's (job, candidate, user, interview); Lever's (posting, opportunity) are translated
// in translate.go and nowhere else. Personal data stands only in Record.Doc.
package mirror

import (
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

// Kind is a kind of record, in the platform's words.
type Kind string

// The kinds, with what they are at Lever.
const (
	Job       Kind = "job"       // posting
	Candidate Kind = "candidate" // opportunity
	User      Kind = "user"      // user
	Interview Kind = "interview" // interview
)

// Kinds lists all kinds in the order in which a full resync fills them.
func Kinds() []Kind { return []Kind{Job, User, Candidate, Interview} }

// State says what the platform may make of a record.
type State string

// The states. Active records are what the lists of the platform API show by default; an inactive candidate was archived
// or hired in Lever and keeps its data until the retention time is over; a removed record is a tombstone without data.
const (
	Active   State = "active"
	Inactive State = "inactive"
	Removed  State = "removed"
)

// Record is one record as stored. Times are milliseconds since the epoch.
type Record struct {
	table.Meta
	ParentPk     string `dynamodbav:"parentPk,omitempty"`
	ParentSk     string `dynamodbav:"parentSk,omitempty"`
	FeedPk       string `dynamodbav:"feedPk,omitempty"` // the connection; empty for what consumers never saw
	Version      int64  `dynamodbav:"feedSk,omitempty"` // for consumers: grows with each change of content, time-derived (microseconds)
	Connection   string `dynamodbav:"connection"`
	Tenant       string `dynamodbav:"tenant"`
	Kind         Kind   `dynamodbav:"kind"`
	ID           string `dynamodbav:"id"`
	Parent       string `dynamodbav:"parent,omitempty"` // of an interview: its candidate
	State        State  `dynamodbav:"state"`
	Reason       string `dynamodbav:"reason,omitempty"` // why it is not active: archived, hired, deleted, unreadable, candidate-left
	LeftAt       int64  `dynamodbav:"leftAt,omitempty"`
	EraseAt      int64  `dynamodbav:"eraseAt,omitempty"` // from then on Doc must not be shown and is erased soon
	Confidential bool   `dynamodbav:"confidential,omitempty"`
	Fetched      int64  `dynamodbav:"fetched"`          // start of the newest fetch that confirmed this, microseconds since the epoch
	Listed       int64  `dynamodbav:"listed,omitempty"` // of a candidate: start of the first complete list of its interviews since it is active; 0 = still to be fetched
	Absent       int64  `dynamodbav:"absent,omitempty"` // of an interview: since when its complete list leaves it out although it can be read
	Hash         string `dynamodbav:"hash,omitempty"`
	Schema       int    `dynamodbav:"schema"` // version of the translation that made Doc
	ChangedAt    int64  `dynamodbav:"changedAt,omitempty"`
	News         string `dynamodbav:"news,omitempty"` // newsYes in a write that raises the version: what change-publisher is called for
	Doc          string `dynamodbav:"doc,omitempty"`  // JSON of CandidateDoc, JobDoc, UserDoc or InterviewDoc
}

// Schema is the version of the translation; it rises when the documents change their form. While code of two versions runs
// side by side, the newer makes each record anew that the older made, and the older leaves alone what the newer made for
// as long as the fields that it knows are right (docs/decisions/0019).
const Schema = 1

// newsYes is the value of Record.News that the stream's filter in template.yaml lets through.
const newsYes = "yes"

// renew gives the record a new version, which consumers are told of.
func (r *Record) renew(now time.Time) {
	r.Version, r.ChangedAt, r.News = max(r.Version+1, now.UnixMicro()), now.UnixMilli(), newsYes
}

// shows says whether the record already holds the data of o, whose hash is sum.
func (r Record) shows(o Observation, sum string) bool {
	if r.Schema <= Schema {
		return r.Schema == Schema && r.Hash == sum
	}
	return r.Confidential == o.Confidential && asKnown(r.Kind, r.Doc) == asKnown(o.Kind, o.Doc)
}

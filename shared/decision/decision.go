// Package decision takes interview decisions from the platform and lands each of them in Lever as exactly one note on
// the candidate's opportunity, corrected in place.
//
// Service is the platform's side: a decision is stored, together with the work that delivers it, before it is answered.
// Deliverer is the worker: every call of it is safe to repeat, to run twice at once and to be killed at any point,
// because what it is about to send is recorded before it is sent (Attempt), and because each note ends with a marker
// that only we can make, by which a note whose answer was lost is found again.
//
// Promises: a decision has at most one note at Lever, at quiet exactly one with its highest version, unless a person
// removed it there. A request that Lever commits after we gave up on it may make a second for a moment; a later look
// removes it, unless a person has replied to both by then: replies of people are never erased, so both stay, the page says
// so, and the one that is known has the last word.
package decision

import (
	"encoding/json"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
)

// State is where a decision stands.
type State string

// The states.
const (
	Accepted      State = "accepted"      // stored; its delivery is due
	Sending       State = "sending"       // a request to Lever is under way, or was when its sender died
	Delivered     State = "delivered"     // the note shows this version
	Uncertain     State = "uncertain"     // a request was not answered; it is looked up before anything is repeated
	Held          State = "held"          // no Lever account is connected; kept for 30 days and sent once one is
	Undeliverable State = "undeliverable" // given up, see Cause
)

// Retention is how long the text of a decision is kept after it came to rest, and how long an undelivered one waits.
const Retention = 30 * 24 * time.Hour

// Cause is a stable code for why a decision is where it is.
type Cause string

// The causes.
const (
	OpportunityGone Cause = "opportunity-gone"
	NoPermission    Cause = "no-permission"
	Refused         Cause = "refused"
	NoteRemoved     Cause = "note-removed"
	OutcomeNotSent  Cause = "outcome-not-sent"
	NotConnected    Cause = "not-connected"
	WaitedTooLong   Cause = "waited-too-long"
	Unanswered      Cause = "unanswered"
	GaveUp          Cause = "gave-up"
	SecondNoteKept  Cause = "second-note-kept"
	SecondUnseen    Cause = "second-note-unseen"
)

// Words is a sentence for people, empty for no cause.
func (c Cause) Words() string {
	switch c {
	case OpportunityGone:
		return "The candidate no longer exists in Lever, or this connection may not see them."
	case NoPermission:
		return "Lever does not allow this connection to write notes on this candidate."
	case Refused:
		return "Lever refused the note."
	case NoteRemoved:
		return "Somebody removed the note in Lever, so it is not put back."
	case OutcomeNotSent:
		return "The settings say that decisions with this outcome are not sent to Lever."
	case NotConnected:
		return "No Lever account is connected. The decision is sent once one is."
	case WaitedTooLong:
		return "The decision could not be sent for 30 days and was given up."
	case Unanswered:
		return "Lever did not answer clearly. We look whether the note arrived before sending it again."
	case GaveUp:
		return "Sending failed again and again for a reason on our side. Try again, or ask for help."
	case SecondNoteKept:
		return "Two notes of this decision stand in Lever: both have replies, or Lever does not let us remove one of them."
	case SecondUnseen:
		return "An answer of Lever was lost, and Lever does not show us secret notes, so two notes of this decision may stand there."
	}
	return ""
}

// Deed is a kind of request to Lever that changes something.
type Deed string

// The deeds of an Attempt.
const (
	Create Deed = "create" // make the note
	Edit   Deed = "edit"   // replace its text
	Reply  Deed = "reply"  // add a correction below it
)

// Attempt is a request to Lever whose outcome is not recorded yet. It is stored before the request is sent, so whoever
// finds it must look before sending anything else.
type Attempt struct {
	ID      string `dynamodbav:"id"`
	Deed    Deed   `dynamodbav:"deed"`
	Version int64  `dynamodbav:"version"`
	SentAt  int64  `dynamodbav:"sentAt"`  // milliseconds since the epoch
	QuietAt int64  `dynamodbav:"quietAt"` // milliseconds since the epoch: from then on the request can no longer be committed
	LookAt  int64  `dynamodbav:"lookAt"`  // milliseconds since the epoch: from then on it may be looked up
}

// Decision is a decision as stored. Times are milliseconds since the epoch. Its JSON form is View.
type Decision struct {
	table.Meta              // PK is the tenant, SK the decision's id
	RecentPk    string      `dynamodbav:"recentPk"`
	RecentAt    int64       `dynamodbav:"recentAt"` // of the last change
	OpenPk      string      `dynamodbav:"openPk,omitempty"`
	OpenAt      int64       `dynamodbav:"openAt,omitempty"` // when this version was accepted, or tried again by hand
	Opportunity string      `dynamodbav:"opportunity"`
	Version     int64       `dynamodbav:"version"`
	Hash        string      `dynamodbav:"hash"`
	Content     *Submission `dynamodbav:"content,omitempty"` // nil once erased
	State       State       `dynamodbav:"state"`
	Cause       Cause       `dynamodbav:"cause,omitempty"`
	Beside      Cause       `dynamodbav:"beside,omitempty"`    // what is said of each delivered version: a second note stands, or may
	Dismissed   bool        `dynamodbav:"dismissed,omitempty"` // undeliverable, and nobody needs to be told any more
	AcceptedAt  int64       `dynamodbav:"acceptedAt"`          // of this version
	Attempt     *Attempt    `dynamodbav:"attempt,omitempty"`
	NoteID      string      `dynamodbav:"noteId,omitempty"`
	Delivered   int64       `dynamodbav:"delivered,omitempty"` // the version that the note shows; 0 = there is no note
	DeliveredAt int64       `dynamodbav:"deliveredAt,omitempty"`
	Secret      bool        `dynamodbav:"secret,omitempty"`   // the note was made secret, so Lever may not show it to us
	Replying    bool        `dynamodbav:"replying,omitempty"` // Lever refused an edit: corrections go below the note
	CheckAt     int64       `dynamodbav:"checkAt,omitempty"`  // when to look for a second note of ours; 0 = no need
	EraseAt     int64       `dynamodbav:"eraseAt,omitempty"`  // when Content is to be erased; 0 while open
}

// Tenant returns whose decision it is.
func (d Decision) Tenant() string { return d.PK }

// ID returns the id that the platform gave it.
func (d Decision) ID() string { return d.SK }

// AtRest says that nothing more will be sent for this version unless somebody asks.
func (d Decision) AtRest() bool { return d.State == Delivered || d.State == Undeliverable }

// View is the state of a decision as the platform API and the page show it, without personal data.
type View struct {
	ID               string `json:"id"`
	Opportunity      string `json:"opportunity"`
	Version          int64  `json:"version"`
	State            State  `json:"state"`
	Cause            Cause  `json:"cause,omitempty"`
	CauseText        string `json:"causeText,omitempty"`
	Dismissed        bool   `json:"dismissed,omitempty"`
	AcceptedAt       int64  `json:"acceptedAt"` // milliseconds since the epoch
	ChangedAt        int64  `json:"changedAt"`  // milliseconds since the epoch
	DeliveredVersion int64  `json:"deliveredVersion,omitempty"`
	DeliveredAt      int64  `json:"deliveredAt,omitempty"` // milliseconds since the epoch
	NoteID           string `json:"noteId,omitempty"`
}

// View returns what may be shown of d.
func (d Decision) View() View {
	return View{
		ID: d.SK, Opportunity: d.Opportunity, Version: d.Version, State: d.State, Cause: d.Cause, CauseText: d.Cause.Words(),
		Dismissed: d.Dismissed, AcceptedAt: d.AcceptedAt, ChangedAt: d.RecentAt,
		DeliveredVersion: d.Delivered, DeliveredAt: d.DeliveredAt, NoteID: d.NoteID,
	}
}

// MarshalJSON encodes the View, so that a decision's text never leaves by accident.
func (d Decision) MarshalJSON() ([]byte, error) { return json.Marshal(d.View()) }

// owed says that the note does not show the newest version yet and should.
func (d *Decision) owed() bool { return d.State != Undeliverable && d.Version > d.Delivered }

// touch brings what follows from the state in line with it: the indexes and the time of erasure.
func (d *Decision) touch(now time.Time) {
	ms := now.UnixMilli()
	d.RecentPk, d.RecentAt = d.PK, ms
	if d.State == Delivered || d.Dismissed {
		d.OpenPk, d.OpenAt = "", 0
	} else if d.OpenPk == "" {
		d.OpenPk, d.OpenAt = d.PK, ms
	}
	if !d.AtRest() {
		d.EraseAt = 0
	} else if d.EraseAt == 0 && d.Content != nil {
		d.EraseAt = now.Add(Retention).UnixMilli()
	}
}

// settle records what the note shows now and whether that is all.
func (d *Decision) settle(note string, version int64, now time.Time) {
	d.NoteID, d.Delivered, d.DeliveredAt, d.Attempt = note, version, now.UnixMilli(), nil
	d.State, d.Cause, d.Dismissed = Accepted, "", false
	if d.Version <= version {
		d.State, d.Cause = Delivered, d.Beside
	}
	d.touch(now)
}

// giveUp ends this version undelivered. An attempt stays, for whoever tries again.
func (d *Decision) giveUp(cause Cause, now time.Time) {
	d.State, d.Cause, d.Dismissed = Undeliverable, cause, cause == OutcomeNotSent
	d.touch(now)
}

// wait holds this version until there is a connection.
func (d *Decision) wait(now time.Time) {
	d.State, d.Cause = Held, NotConnected
	d.touch(now)
}

// resume ends the wait for a connection.
func (d *Decision) resume(now time.Time) {
	if d.State == Held {
		d.reopen(true, now)
	}
}

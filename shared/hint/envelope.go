// Package hint reads what Lever's webhooks say and what becomes of it. Lever signs only a token and a time, so event and
// data are not authenticated: a delivery only ever says "look at this again" (lever/api.md sections 0 and 4).
package hint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/secret"
	"github.com/evidenced/lever-integration/shared/strict"
)

// Envelope is the body of a delivery. Unknown fields are allowed: Lever adds some without notice.
type Envelope struct {
	ID          string        `json:"id"`
	Event       string        `json:"event"`
	TriggeredAt int64         `json:"triggeredAt"` // milliseconds since the epoch
	Token       string        `json:"token"`
	Signature   secret.String `json:"signature"`
	Data        Data          `json:"data"`
}

// Data is what a delivery is about: ids, all of them optional.
type Data struct {
	ApplicationID string    `json:"applicationId"`
	OpportunityID string    `json:"opportunityId"`
	InterviewID   string    `json:"interviewId"`
	ToStageID     string    `json:"toStageId"`
	ToArchived    *Archived `json:"toArchived"`
}

// Archived is present when an archiving is announced.
type Archived struct {
	Reason string `json:"reason"`
}

// Limits of a delivery.
const (
	MaxBody  = 64 << 10 // bytes
	maxDepth = 8
	maxID    = 128 // bytes of any id in it
)

// idForm is what an id of Lever looks like, or none. What a delivery is about is not signed and goes on into messages and
// keys, so nothing may stand there in the place of an id: no name, no address, no text.
var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// Parse reads a delivery. Anything but one plain JSON object of the expected form is fault.Invalid, and one over MaxBody
// fault.TooLarge; neither error quotes the body.
func Parse(body []byte) (Envelope, error) {
	var e Envelope
	if err := strict.Decode(body, strict.Limits{Bytes: MaxBody, Depth: maxDepth, Unknown: true}, &e); err != nil {
		return Envelope{}, err
	}
	for _, id := range []string{e.ID, e.Event, e.Token, e.Data.ApplicationID, e.Data.OpportunityID, e.Data.InterviewID, e.Data.ToStageID} {
		if len(id) > maxID {
			return Envelope{}, fault.New(fault.Invalid, "bad-delivery", "An id in the delivery is too long.")
		}
	}
	for _, id := range []string{e.Data.ApplicationID, e.Data.OpportunityID, e.Data.InterviewID, e.Data.ToStageID} {
		if !idForm.MatchString(id) {
			return Envelope{}, fault.New(fault.Invalid, "bad-delivery", "An id in the delivery is not one.")
		}
	}
	return e, nil
}

// Verify says whether the delivery was signed with the signature token: lower-case hexadecimal HMAC-SHA256 over the
// token and the decimal time (lever/api.md section 4). The comparison takes constant time, and an unsigned delivery or
// an empty signature token never verifies.
func (e Envelope) Verify(token secret.String) bool {
	mac := hmac.New(sha256.New, []byte(token.Reveal()))
	_, _ = mac.Write([]byte(e.Token + strconv.FormatInt(e.TriggeredAt, 10))) // never fails
	want := hex.EncodeToString(mac.Sum(nil))
	equal := hmac.Equal([]byte(want), []byte(e.Signature.Reveal()))
	return equal && token != "" && e.Token != ""
}

// timely says whether a verified delivery was triggered within the time in which it is believed. Both ends matter: token
// and time are signed without anything between them, so the token's last digit can be moved to the front of the time,
// which then lies thousands of years ahead.
func (e Envelope) timely(arrived time.Time) bool {
	at := e.TriggeredAt
	return at > arrived.Add(-believedFor).UnixMilli() && at < arrived.Add(ahead).UnixMilli()
}

// Arrival is what webhook-intake hands to hint-worker: ids, times and a fingerprint, nothing else.
type Arrival struct {
	Connection  string `json:"connection"`
	Event       string `json:"event"`
	Opportunity string `json:"opportunity,omitempty"`
	Interview   string `json:"interview,omitempty"`
	Stage       string `json:"stage,omitempty"`     // announced stage id
	Archived    *bool  `json:"archived,omitempty"`  // announced
	At          int64  `json:"at"`                  // arrival, milliseconds since the epoch
	Triggered   int64  `json:"triggered,omitempty"` // when it happened, by Lever's signed word, milliseconds since the epoch
	Delivery    string `json:"delivery,omitempty"`  // the same for a delivery that comes again
}

// Ping says that the delivery carried nothing to look at: Lever's test button.
func (a Arrival) Ping() bool { return a.Opportunity == "" }

// From makes the arrival of a verified delivery to the webhook of the given event. What it announces counts only when
// its own event agrees, for nothing in a delivery but its token and time is authenticated.
func From(e Envelope, connection, event string, at time.Time) Arrival {
	a := Arrival{
		Connection: connection, Event: event, At: at.UnixMilli(),
		Opportunity: e.Data.OpportunityID, Interview: e.Data.InterviewID, Triggered: e.TriggeredAt,
		Delivery: e.fingerprint(),
	}
	if e.Event != event {
		return a
	}
	switch event {
	case lever.EventCandidateStageChange:
		a.Stage = e.Data.ToStageID
	case lever.EventCandidateArchiveChange:
		archived := e.Data.ToArchived != nil
		a.Archived = &archived
	case lever.EventCandidateHired:
		archived := true
		a.Archived = &archived
	}
	return a
}

package levertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The webhook events of lever/api.md section 4.
const (
	eventApplicationCreated = "applicationCreated"
	eventStageChange        = "candidateStageChange"
	eventArchiveChange      = "candidateArchiveChange"
	eventHired              = "candidateHired"
	eventDeleted            = "candidateDeleted"
	eventInterviewCreated   = "interviewCreated"
	eventInterviewUpdated   = "interviewUpdated"
	eventInterviewDeleted   = "interviewDeleted"
	eventContactCreated     = "contactCreated"
	eventContactUpdated     = "contactUpdated"
)

// EventNames lists all webhook events in the order of Lever's settings page.
func EventNames() []string {
	return []string{
		eventApplicationCreated, eventStageChange, eventArchiveChange, eventHired, eventDeleted,
		eventInterviewCreated, eventInterviewUpdated, eventInterviewDeleted, eventContactCreated, eventContactUpdated,
	}
}

// origins are the six origins a webhook can be limited to.
func origins() []string {
	return []string{"applied", "sourced", "referred", "university", "internal", "agency"}
}

// hasConditions says whether an event's webhooks carry an origins condition.
func hasConditions(event string) bool {
	return slices.Contains([]string{eventApplicationCreated, eventStageChange, eventArchiveChange, eventHired}, event)
}

// event is something that happened and may have to be told.
type event struct {
	name         string
	origin       string // "" when origins do not apply
	confidential bool
	data         map[string]any
}

// envelope is the body of a delivery. A nil Signature leaves the field out.
type envelope struct {
	ID          string         `json:"id,omitempty"`
	Event       string         `json:"event"`
	TriggeredAt int64          `json:"triggeredAt"`
	Token       string         `json:"token"`
	Signature   *string        `json:"signature,omitempty"`
	Data        map[string]any `json:"data"`
}

// Sign computes a webhook signature: hex HMAC-SHA256 under key over token and the decimal time
// (lever/api.md section 0.2).
func Sign(key, token string, triggeredAtMillis int64) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(token + strconv.FormatInt(triggeredAtMillis, 10)))
	return hex.EncodeToString(mac.Sum(nil))
}

func (e envelope) encode() []byte {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("levertest: encode webhook: %v", err))
	}
	return raw
}

// seal fills in a fresh token and the signature under the webhook's key.
func (t tx) seal(e envelope, key string) envelope {
	e.TriggeredAt, e.Token = t.millis(), newHex(t.st.rng, 24)
	e.Signature = ptr(Sign(key, e.Token, e.TriggeredAt))
	return e
}

// emitFor tells of a change to an opportunity.
func (t tx) emitFor(o *Opportunity, name string, data map[string]any) {
	data["opportunityId"], data["contactId"], data["candidateId"] = o.ID, o.Contact, o.CandidateID
	t.emit(event{name, o.Origin, o.Confidentiality == confidential, data})
}

// emitInterview tells of a change to an interview.
func (t tx) emitInterview(i *Interview, name, timeKey string) {
	o := t.st.opps.get(i.OpportunityID, time.Time{})
	t.emit(event{name: name, confidential: o != nil && o.Confidentiality == confidential, data: map[string]any{
		"interviewId": i.ID, "panelId": i.Panel, "opportunityId": i.OpportunityID, timeKey: t.millis(),
	}})
}

// emit queues one delivery for each webhook that is switched on and wants the event.
func (t tx) emit(e event) {
	if !t.st.toggles[e.name] {
		return
	}
	for _, h := range t.st.hooks {
		if h.Event != e.name || !t.hookLive(t.st, h) || e.origin != "" && h.Origins != nil && !slices.Contains(h.Origins, e.origin) {
			continue
		}
		if e.confidential && t.rules.HideConfidentialEvents && h.App != "" && !t.appSees(h.App) {
			continue
		}
		body := envelope{Event: e.name, Data: e.data}
		if !t.rules.OmitEventID {
			body.ID = newID(t.st.rng)
		}
		t.enqueue(h, t.seal(body, h.SignatureToken))
	}
}

// appSees says whether a live grant of the app holds the confidential scope.
func (t tx) appSees(app string) bool {
	return slices.ContainsFunc(t.st.grants, func(g *grant) bool {
		return g.app == app && t.grantLive(g) && slices.Contains(g.scopes, scopeConfidential)
	})
}

// Package change tells the outside what changed here: thin events on an EventBridge bus. It is called by the function
// change-publisher with the images of the DynamoDB streams, and by the simulation with the changes of its own tables.
//
// From is a pure rule from the item before and after to events; Publisher sends them. Events carry ids, versions and
// words of fixed lists only, never personal data. Delivery is at least once and in no order: a consumer compares
// versions, reads the record through the platform API, and heals gaps from its change feed (docs/platform.md). The
// JSON Schemas of the events are in docs/api/events, and the tests hold every produced event against them.
package change

import (
	"encoding/json"
	"fmt"

	"github.com/evidenced/lever-integration/shared/table"
)

// Source is the source of every event on the bus.
const Source = "evidenced.lever-integration"

// Type is the detail type of an event, by which consumers write their rules.
type Type string

// The types. The schema of each is docs/api/events/<type in kebab case>.json.
const (
	CandidateChanged      Type = "Candidate Changed"
	JobChanged            Type = "Job Changed"
	UserChanged           Type = "User Changed"
	InterviewChanged      Type = "Interview Changed"
	ConnectionChanged     Type = "Connection Changed"
	DecisionDelivered     Type = "Decision Delivered"
	DecisionUndeliverable Type = "Decision Undeliverable"
)

// Types lists every type that this integration sends.
func Types() []Type {
	return []Type{
		CandidateChanged, JobChanged, UserChanged, InterviewChanged,
		ConnectionChanged, DecisionDelivered, DecisionUndeliverable,
	}
}

// Kind says what happened to the thing, in one word.
type Kind string

// The kinds of change.
const (
	Created       Kind = "created"       // seen for the first time
	Updated       Kind = "updated"       // has other content
	Left          Kind = "left"          // is no longer active: archived, hired, canceled with its candidate
	Returned      Kind = "returned"      // is active again, after it had left or was removed
	Removed       Kind = "removed"       // is gone at Lever, and its data here
	Delivered     Kind = "delivered"     // stands in Lever
	Undeliverable Kind = "undeliverable" // cannot be brought to Lever; the platform API says why
)

// Event is one event of the bus.
type Event struct {
	Type   Type
	Detail Detail
}

// Detail is the body of an event.
type Detail struct {
	Tenant     string `json:"tenant"`
	ID         string `json:"id"`                   // of the record, the connection or the decision
	Version    int64  `json:"version"`              // grows with each change of this id
	Change     Kind   `json:"change"`               // in one word
	State      string `json:"state,omitempty"`      // of a record or connection after the change
	Connection string `json:"connection,omitempty"` // of a record: the connection through which it was read
}

// From returns what the change of one stored item means to the outside; before is nil for a new item and after for a
// removed one. Most changes mean nothing and give no event. Removals of items mean nothing at all: a record that ends
// at Lever becomes a tombstone first, and what a disconnect purges is covered by its Connection Changed.
func From(name table.Name, before, after table.Item) ([]Event, error) {
	if after == nil {
		return nil, nil
	}
	var event *Event
	var err error
	switch name {
	case table.Mirror:
		event, err = ofRecord(before, after)
	case table.Connections:
		event, err = ofConnection(before, after)
	case table.Decisions:
		event, err = ofDecision(before, after)
	}
	if err != nil {
		return nil, fmt.Errorf("derive events from %s item: %w", name, err)
	}
	if event == nil {
		return nil, nil
	}
	return []Event{*event}, nil
}

// body is the detail as it goes over the wire.
func (e Event) body() (string, error) {
	raw, err := json.Marshal(e.Detail)
	if err != nil {
		return "", fmt.Errorf("encode %s event of %q: %w", e.Type, e.Detail.ID, err)
	}
	return string(raw), nil
}

// decode reads an image that may be absent.
func decode[T any](item table.Item) (v T, found bool, err error) {
	if item == nil {
		return v, false, nil
	}
	v, err = table.Decode[T](item)
	return v, true, err
}

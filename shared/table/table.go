// Package table is the one way this integration keeps state: items under a two-part key, read consistently and written
// only on condition of what was read. Every room that stores something (connections, sessions, work, mirror, decisions)
// is written once over the small DB interface here, so the same code runs on DynamoDB (package dynamo) and, in tests and
// in the simulation, in memory (package memory). Both pass the suite in package tabletest.
//
// Each item carries a revision that counts its writes. A write names the revision it was computed from and fails with
// ErrConflict when the item has moved on since; Update wraps that into a read-change-write loop.
package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Name is the logical name of a table; the configuration maps it to the deployed one.
type Name string

// The tables of this integration; docs/architecture.md says what each holds.
const (
	Connections Name = "connections"
	Sessions    Name = "sessions"
	Hooks       Name = "hooks"
	Mirror      Name = "mirror"
	Work        Name = "work"
	Decisions   Name = "decisions"
)

// Index names a secondary index. The zero value is the table itself.
type Index string

// The secondary indexes; template.yaml declares the same. Reads through them are eventually consistent.
const (
	Due    Index = "due"    // Work: what is due, by shard and time
	Parent Index = "parent" // Mirror: interviews of a candidate, users by e-mail
	Feed   Index = "feed"   // Mirror: records by version
	Recent Index = "recent" // Decisions: by last change
	Open   Index = "open"   // Decisions: not yet at rest
	Roster Index = "roster" // Connections: those that have not ended; keys only
)

// Projected returns the attributes besides keys that items read through an index have; nil = all of them. An attribute
// that each look at Lever writes anew is left out of an index: the write of an item costs as much again for each index in
// which a projected attribute changes (docs/decisions/0021).
func Projected(index Index) []string {
	switch index {
	case Parent, Feed:
		return []string{
			"connection", "tenant", "kind", "id", "parent", "state", "reason", "leftAt", "eraseAt", "confidential", "hash", "schema",
			"changedAt", "doc",
		}
	case Due:
		return []string{"attempts", "firstAsked", "nudged"}
	case Roster:
		return []string{}
	}
	return nil
}

// Image is what an index holds of an item: its keys, those of the index, and the projected attributes; nil when the item does
// not stand in the index.
func Image(index Index, item Item) Item {
	at := SchemaOf(index)
	if text, ok := item[at.Partition].(*types.AttributeValueMemberS); !ok || text.Value == "" || item[at.Sort] == nil {
		return nil
	}
	names := Projected(index)
	if names == nil {
		return maps.Clone(item)
	}
	held := Item{}
	for _, name := range append([]string{"pk", "sk", at.Partition, at.Sort}, names...) {
		if value, ok := item[name]; ok {
			held[name] = value
		}
	}
	return held
}

// Indexes lists the table itself and all secondary indexes.
func Indexes() []Index { return []Index{"", Due, Parent, Feed, Recent, Open, Roster} }

// Schema says which attributes an index sorts by.
type Schema struct {
	Partition, Sort string
	Numeric         bool // the sort attribute is a number
}

// SchemaOf returns the key attributes of the table itself (index "") or of one of its indexes.
func SchemaOf(index Index) Schema {
	switch index {
	case Due:
		return Schema{"duePk", "findAt", true}
	case Parent:
		return Schema{"parentPk", "parentSk", false}
	case Feed:
		return Schema{"feedPk", "feedSk", true}
	case Recent:
		return Schema{"recentPk", "recentAt", true}
	case Open:
		return Schema{"openPk", "openAt", true}
	case Roster:
		return Schema{"rosterPk", "rosterSk", false}
	}
	return Schema{"pk", "sk", false}
}

// ErrConflict says that a condition of a write did not hold: the item was changed, made or removed meanwhile.
// Nothing of that write happened.
var ErrConflict = errors.New("item changed meanwhile")

// Key addresses an item within a table.
type Key struct{ PK, SK string }

// Item is an item as DynamoDB knows it.
type Item = map[string]types.AttributeValue

// Meta stands first in each stored type: its key, its revision (0 = not stored yet) and the second since the epoch
// after which DynamoDB may remove it (0 = never). TTL is housekeeping only: DynamoDB may take two days, so readers
// compare times themselves.
//
// Rest is what the item holds beside the attributes that the type has: newer code wrote it, and it is written back as it
// was read, so that a rollout, a canary and a roll back lose nothing (docs/decisions/0019). It is nil when there is no
// such attribute. Whoever erases data of people sets it to nil, because nobody here knows what it holds.
type Meta struct {
	PK   string `dynamodbav:"pk" json:"-"`
	SK   string `dynamodbav:"sk" json:"-"`
	Rev  int64  `dynamodbav:"rev" json:"-"`
	TTL  int64  `dynamodbav:"ttl,omitempty" json:"-"`
	Rest *Item  `dynamodbav:"-" json:"-"`
}

// Key returns the item's address.
func (m Meta) Key() Key { return Key{m.PK, m.SK} }

func (m *Meta) meta() *Meta { return m }

// Stored is a pointer to a type that embeds Meta.
type Stored[T any] interface {
	*T
	meta() *Meta
}

// Verb is what a Change does.
type Verb uint8

// The verbs. Check changes nothing and only holds the condition within a transaction.
const (
	Put Verb = iota
	Delete
	Check
)

// Change is one conditional write. Rev is the revision the item must have (0 = must not exist); Item is the new
// content for Put, without its revision, which the DB sets to Rev+1.
type Change struct {
	Table Name
	Verb  Verb
	Key   Key
	Rev   int64
	Item  Item
}

// Query asks for the items of one partition in the order of their sort key.
type Query struct {
	Table      Name
	Index      Index
	PK         string
	From, To   any // inclusive bounds, string or int64 as the index sorts; nil = open
	Descending bool
	Limit      int    // most items in the reply; 0 = as many as one call gives
	Start      string // Page.Next of the call before
}

// Page is a reply to a Query. Next is empty at the end.
type Page struct {
	Items []Item
	Next  string
}

// DB is a store. Implementations are safe for concurrent use. Get and Query of a table itself see every write that
// was answered before they began. Errors other than ErrConflict are of the kinds of package fault and mean that a
// write may or may not have happened.
type DB interface {
	// Get returns nil without an error when there is no such item.
	Get(ctx context.Context, table Name, key Key) (Item, error)
	// BatchGet returns what exists of at most 100 keys, in any order.
	BatchGet(ctx context.Context, table Name, keys []Key) ([]Item, error)
	// Write makes all changes (at most 100, of different items) or none.
	Write(ctx context.Context, changes ...Change) error
	Query(ctx context.Context, q Query) (Page, error)
}

// Encode turns a stored value into a Change that puts it, on condition that its revision is still the stored one.
func Encode[T any, P Stored[T]](table Name, v P) (Change, error) {
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		return Change{}, fmt.Errorf("encode %s item: %w", table, err)
	}
	m := v.meta()
	if m.Rest != nil {
		for name, value := range *m.Rest {
			item[name] = value
		}
	}
	return Change{Table: table, Verb: Put, Key: m.Key(), Rev: m.Rev, Item: item}, nil
}

// Remove returns a Change that deletes what was read as m.
func Remove(table Name, m Meta) Change {
	return Change{Table: table, Verb: Delete, Key: m.Key(), Rev: m.Rev}
}

// Holds returns a Change that only checks that what was read as m has not changed.
func Holds(table Name, m Meta) Change {
	return Change{Table: table, Verb: Check, Key: m.Key(), Rev: m.Rev}
}

// Decode fills a stored value from an item. What the item holds beside the attributes of T stands in its Meta.Rest.
func Decode[T any](item Item) (T, error) {
	var v T
	if err := attributevalue.UnmarshalMap(item, &v); err != nil {
		return v, fmt.Errorf("decode item: %w", err)
	}
	if stored, ok := any(&v).(interface{ meta() *Meta }); ok {
		stored.meta().Rest = rest(item, reflect.TypeFor[T]())
	}
	return v, nil
}

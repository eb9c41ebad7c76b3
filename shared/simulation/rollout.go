package simulation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// Rollout puts the next version of the code beside this one, as a canary does: from now on every message and delivery is
// handled by the one or the other, by seed. The next version stores an attribute more in each item and a field more in
// each document, under a schema one higher. It is returned so that its eyes can be used; its queue is this world's.
func (w *World) Rollout() *World {
	next := &World{Lever: w.Lever, DB: w.DB, now: w.now, rng: w.rng, ids: 1_000_000}
	next.seams = w.seams
	next.store = grown{w.store}
	next.rooms()
	w.newer = next
	return next
}

// RollBack takes the next version away again. What it stored stays.
func (w *World) RollBack() { w.newer = nil }

// version is the code that handles the next message.
func (w *World) version() *World {
	if w.newer != nil && w.rng.UintN(2) == 0 {
		return w.newer
	}
	return w
}

// GrownAttribute is what the next version stores in every item.
const GrownAttribute = "grown"

// Grown begins a document of the next version; a fingerprint of twelve digits and the rest of the document follow.
const Grown = `{"grown":"`

const grownLength = len(Grown) + 12 + len(`",`)

// WithoutGrown is a document as it is without the field of the next version.
func WithoutGrown(doc string) string {
	if strings.HasPrefix(doc, Grown) {
		return "{" + doc[grownLength:]
	}
	return doc
}

func withGrown(doc string) string {
	if doc == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(doc))
	return Grown + hex.EncodeToString(sum[:6]) + `",` + doc[1:]
}

// grown is the store as the next version sees it. The rooms over it are those of this version: what they know as the
// present schema is stored as the next one, with the additions, and what this version stored looks a schema old to them.
type grown struct{ table.DB }

// Get implements table.DB.
func (g grown) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	item, err := g.DB.Get(ctx, name, key)
	return seenByNext(name, item), err
}

// BatchGet implements table.DB.
func (g grown) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	items, err := g.DB.BatchGet(ctx, name, keys)
	for i, item := range items {
		items[i] = seenByNext(name, item)
	}
	return items, err
}

// Query implements table.DB.
func (g grown) Query(ctx context.Context, q table.Query) (table.Page, error) {
	page, err := g.DB.Query(ctx, q)
	for i, item := range page.Items {
		page.Items[i] = seenByNext(q.Table, item)
	}
	return page, err
}

// Write implements table.DB.
func (g grown) Write(ctx context.Context, changes ...table.Change) error {
	changes = slices.Clone(changes)
	for i, c := range changes {
		if c.Verb == table.Put {
			changes[i].Item = storedByNext(c.Table, c.Item)
		}
	}
	return g.DB.Write(ctx, changes...)
}

// seenByNext changes an item that was just read; a store gives out copies.
func seenByNext(name table.Name, item table.Item) table.Item {
	if item == nil {
		return nil
	}
	delete(item, GrownAttribute)
	if name == table.Mirror {
		if shift(item, -1) == mirror.Schema {
			edit(item, "doc", WithoutGrown)
			edit(item, "hash", func(hash string) string { return strings.TrimPrefix(hash, "grown ") })
		}
	}
	return item
}

func storedByNext(name table.Name, item table.Item) table.Item {
	stored := table.Item{GrownAttribute: &types.AttributeValueMemberS{Value: "something"}}
	for attribute, value := range item {
		stored[attribute] = value
	}
	if name == table.Mirror {
		if shift(stored, 1) == mirror.Schema+1 {
			edit(stored, "doc", withGrown)
			edit(stored, "hash", func(hash string) string { return "grown " + hash })
		}
	}
	return stored
}

// shift moves the schema of a record and returns what it is then.
func shift(item table.Item, by int) int {
	n, ok := item["schema"].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	schema, err := strconv.Atoi(n.Value)
	if err != nil {
		return 0
	}
	item["schema"] = &types.AttributeValueMemberN{Value: strconv.Itoa(schema + by)}
	return schema + by
}

func edit(item table.Item, attribute string, change func(string) string) {
	if s, ok := item[attribute].(*types.AttributeValueMemberS); ok && s.Value != "" {
		item[attribute] = &types.AttributeValueMemberS{Value: change(s.Value)}
	}
}

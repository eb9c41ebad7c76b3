// Package memory keeps tables in memory, for tests and for the simulation. It behaves as package dynamo does, held to
// that by the suite in package tabletest, except that its indexes are always up to date.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/table"
)

// DB is a store in memory, safe for concurrent use.
type DB struct {
	mu     sync.Mutex
	tables map[table.Name]map[table.Key]table.Item
	parts  map[part]map[table.Key]bool // which items stand in a partition
	watch  func(name table.Name, before, after table.Item)
}

// part is a partition of a table or of one of its indexes.
type part struct {
	table table.Name
	index table.Index
	key   string
}

// New returns an empty store.
func New() *DB {
	return &DB{tables: map[table.Name]map[table.Key]table.Item{}, parts: map[part]map[table.Key]bool{}}
}

// Watch has each later change reported in order, as a DynamoDB stream with new and old images would: before is nil
// for an insert, after for a removal. It is called under the store's lock and must not call back into it.
func (d *DB) Watch(f func(name table.Name, before, after table.Item)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch = f
}

// Get implements table.DB.
func (d *DB) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.tables[name][key]), nil
}

// BatchGet implements table.DB.
func (d *DB) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	if len(keys) > 100 {
		return nil, fmt.Errorf("batch get of %d keys: at most 100", len(keys))
	}
	var items []table.Item
	seen := map[table.Key]bool{}
	for _, key := range keys {
		if seen[key] {
			return nil, fmt.Errorf("batch get of %s twice in one call: DynamoDB refuses that", key.SK)
		}
		seen[key] = true
		item, err := d.Get(ctx, name, key)
		if err != nil {
			return nil, err
		}
		if item != nil {
			items = append(items, item)
		}
	}
	return items, nil
}

// Write implements table.DB.
func (d *DB) Write(ctx context.Context, changes ...table.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(changes) > 100 {
		return fmt.Errorf("transaction of %d changes: at most 100", len(changes))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		if revision(d.tables[c.Table][c.Key]) != c.Rev {
			return table.ErrConflict
		}
	}
	for _, c := range changes {
		d.apply(c)
	}
	return nil
}

func (d *DB) apply(c table.Change) {
	items := d.tables[c.Table]
	if items == nil {
		items = map[table.Key]table.Item{}
		d.tables[c.Table] = items
	}
	before := items[c.Key]
	var after table.Item
	switch c.Verb {
	case table.Check:
		return
	case table.Delete:
		delete(items, c.Key)
	case table.Put:
		after = maps.Clone(c.Item)
		after["rev"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(c.Rev+1, 10)}
		items[c.Key] = after
	}
	d.place(c.Table, c.Key, before, after)
	if d.watch != nil && (before != nil || after != nil) {
		d.watch(c.Table, before, after)
	}
}

// place keeps the partitions in line with an item.
func (d *DB) place(name table.Name, key table.Key, before, after table.Item) {
	for _, index := range table.Indexes() {
		attribute := table.SchemaOf(index).Partition
		was, is := text(before[attribute]), text(after[attribute])
		if was != is {
			delete(d.parts[part{name, index, was}], key)
		}
		if is == "" {
			continue
		}
		p := part{name, index, is}
		if d.parts[p] == nil {
			d.parts[p] = map[table.Key]bool{}
		}
		d.parts[p][key] = true
	}
}

// Query implements table.DB.
func (d *DB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	if err := ctx.Err(); err != nil {
		return table.Page{}, err
	}
	var after table.Item
	if q.Start != "" {
		place, err := table.Place(q.Index, q.PK, q.Start)
		if err != nil {
			return table.Page{}, err
		}
		after = place
	}
	schema := table.SchemaOf(q.Index)
	order := func(a, b table.Item) int {
		c := compare(schema, a, b)
		if q.Descending {
			c = -c
		}
		return c
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []table.Item
	for key := range d.parts[part{q.Table, q.Index, q.PK}] {
		item := d.tables[q.Table][key]
		if item[schema.Sort] != nil && within(schema, item, q) && (after == nil || order(item, after) > 0) {
			found = append(found, item)
		}
	}
	slices.SortFunc(found, order)
	page := table.Page{Items: found}
	if q.Limit > 0 && len(found) > q.Limit {
		page.Items = found[:q.Limit]
		page.Next = table.Cursor(q.Index, found[q.Limit-1])
	}
	for i, item := range page.Items {
		page.Items[i] = table.Image(q.Index, item)
	}
	return page, nil
}

// Dump returns a copy of all items of a table, for assertions about what is stored.
func (d *DB) Dump(name table.Name) []table.Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	var items []table.Item
	for _, item := range d.tables[name] {
		items = append(items, maps.Clone(item))
	}
	slices.SortFunc(items, func(a, b table.Item) int { return compare(table.SchemaOf(""), a, b) })
	return items
}

func within(schema table.Schema, item table.Item, q table.Query) bool {
	for _, bound := range []struct {
		value any
		sign  int
	}{{q.From, -1}, {q.To, 1}} {
		c := 0
		switch limit := bound.value.(type) {
		case string:
			c = cmp.Compare(text(item[schema.Sort]), limit)
		case int64:
			c = cmp.Compare(number(item[schema.Sort]), limit)
		}
		if c == bound.sign {
			return false
		}
	}
	return true
}

func compare(schema table.Schema, a, b table.Item) int {
	c := 0
	if schema.Numeric {
		c = cmp.Compare(number(a[schema.Sort]), number(b[schema.Sort]))
	} else {
		c = cmp.Compare(text(a[schema.Sort]), text(b[schema.Sort]))
	}
	return cmp.Or(c, cmp.Compare(text(a["pk"]), text(b["pk"])), cmp.Compare(text(a["sk"]), text(b["sk"])))
}

func revision(item table.Item) int64 {
	if item == nil {
		return 0
	}
	return number(item["rev"])
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func number(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return i
}

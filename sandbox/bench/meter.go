package bench

import (
	"context"
	"reflect"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/table"
)

// Meter is a store whose calls take time and are counted in DynamoDB's request units (AWS, "DynamoDB read and write
// operations": a write unit for each KB begun, a strongly consistent read unit for each 4 KB begun, half of that from an
// index, twice both in a transaction; an index costs writes of its own where what it holds of an item changes: one when the
// item comes, goes or has another projected attribute, two when it moves).
type Meter struct {
	table.DB
	Latency time.Duration

	mu    sync.Mutex
	spent map[table.Name]Units
}

// Units are DynamoDB request units.
type Units struct{ Read, Write float64 }

// Spent returns what the calls to a table have cost so far.
func (m *Meter) Spent(name table.Name) Units {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spent[name]
}

func (m *Meter) spend(name table.Name, read, write float64) {
	time.Sleep(m.Latency)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spent == nil {
		m.spent = map[table.Name]Units{}
	}
	u := m.spent[name]
	m.spent[name] = Units{u.Read + read, u.Write + write}
}

// Get implements table.DB.
func (m *Meter) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	item, err := m.DB.Get(ctx, name, key)
	m.spend(name, begun(size(item), 4096), 0)
	return item, err
}

// BatchGet implements table.DB.
func (m *Meter) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	items, err := m.DB.BatchGet(ctx, name, keys)
	read := float64(len(keys) - len(items)) // what does not exist costs one each
	for _, item := range items {
		read += begun(size(item), 4096)
	}
	m.spend(name, read, 0)
	return items, err
}

// Query implements table.DB.
func (m *Meter) Query(ctx context.Context, q table.Query) (table.Page, error) {
	page, err := m.DB.Query(ctx, q)
	bytes := 0
	for _, item := range page.Items {
		bytes += size(item)
	}
	read := begun(bytes, 4096)
	if q.Index != "" {
		read /= 2
	}
	m.spend(q.Table, read, 0)
	return page, err
}

// Write implements table.DB.
func (m *Meter) Write(ctx context.Context, changes ...table.Change) error {
	before := make([]table.Item, len(changes))
	for i, c := range changes {
		before[i], _ = m.DB.Get(context.WithoutCancel(ctx), c.Table, c.Key) // an index that cannot be known costs nothing
	}
	err := m.DB.Write(ctx, changes...)
	times := 1.0
	if len(changes) > 1 {
		times = 2
	}
	for i, c := range changes {
		latency := m.Latency
		if i > 0 {
			latency = 0
		}
		if c.Verb == table.Delete {
			c.Item = nil
		} else if c.Verb == table.Check {
			before[i] = c.Item
		}
		write := begun(max(size(c.Item), size(before[i])), 1024)
		if err == nil {
			write += indexed(before[i], c.Item)
		}
		m.charge(c, write*times, latency)
	}
	return err
}

// indexed is what a write costs in the indexes.
func indexed(before, after table.Item) (units float64) {
	for _, index := range table.Indexes()[1:] {
		was, is := table.Image(index, before), table.Image(index, after)
		at := table.SchemaOf(index)
		switch {
		case reflect.DeepEqual(was, is):
		case was != nil && is != nil && (!reflect.DeepEqual(was[at.Partition], is[at.Partition]) || !reflect.DeepEqual(was[at.Sort], is[at.Sort])):
			units += begun(size(was), 1024) + begun(size(is), 1024)
		default:
			units += begun(max(size(was), size(is)), 1024)
		}
	}
	return units
}

func (m *Meter) charge(c table.Change, write float64, latency time.Duration) {
	time.Sleep(latency)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spent == nil {
		m.spent = map[table.Name]Units{}
	}
	u := m.spent[c.Table]
	m.spent[c.Table] = Units{u.Read, u.Write + write}
}

// begun counts units of a size, at least one.
func begun(bytes, unit int) float64 {
	return float64(max(1, (bytes+unit-1)/unit))
}

// size is that of an item as DynamoDB counts it: names and values in UTF-8, numbers by their digits.
func size(item table.Item) int {
	n := 0
	for name, value := range item {
		n += len(name) + sizeOf(value)
	}
	return n
}

func sizeOf(value types.AttributeValue) int {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 1
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberM:
		return 3 + size(v.Value)
	case *types.AttributeValueMemberL:
		n := 3
		for _, one := range v.Value {
			n += 1 + sizeOf(one)
		}
		return n
	}
	return 1
}

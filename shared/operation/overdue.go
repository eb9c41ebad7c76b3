package operation

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/work"
)

// Late is a work item that should have been done by now, and whose it is: what an operator types next wants the tenant.
type Late struct {
	Tenant string `json:"tenant,omitempty"` // "": an operation's walk over all, or nothing is stored of its connection
	Since  int64  `json:"waitsSince"`       // milliseconds since the epoch: since when it waits to be done, whatever was tried
	Task
}

// Overdue lists at most n work items that should have been done by now (see work.Item.Late), those first that wait longest. It
// reads the index of what is due, and of the n each item and each connection.
func (d *Desk) Overdue(ctx context.Context, n int) ([]Late, error) {
	var waiting []work.Item
	for shard := range work.Shards {
		items, err := d.Work.Late(ctx, shard, n)
		if err != nil {
			return nil, fmt.Errorf("read what is due in shard %d: %w", shard, err)
		}
		waiting = append(waiting, items...)
	}
	slices.SortStableFunc(waiting, func(a, b work.Item) int { return cmp.Compare(a.Since(), b.Since()) })
	list, tenants := []Late{}, map[string]string{}
	for _, i := range waiting[:min(n, len(waiting))] {
		whole, found, err := d.Work.Find(ctx, i.Ref()) // the index trails, and does not say who works on it, nor why it failed
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", i.Ref().Kind, i.Ref().Target, err)
		}
		if !found || !whole.Late(d.Now()) {
			continue // done since
		}
		tenant, err := d.tenant(ctx, i.Ref(), tenants)
		if err != nil {
			return nil, err
		}
		list = append(list, Late{tenant, min(whole.Since(), d.Now().UnixMilli()), TaskOf(whole)})
	}
	return list, nil
}

// tenant says whose a work item is. It reads the connection where nothing else tells, and each only once: known is by
// connection.
func (d *Desk) tenant(ctx context.Context, ref work.Ref, known map[string]string) (string, error) {
	if tenant, ok := decision.KeptFor(ref); ok {
		return tenant, nil
	}
	id := ref.Connection
	switch ref.Kind {
	case work.Walk:
		return "", nil
	case work.Reseal, work.End: // they stand under their operation
		id = ref.Target
	}
	if tenant, ok := known[id]; ok {
		return tenant, nil
	}
	c, _, err := d.Connections.Load(ctx, id)
	if err != nil {
		return "", fmt.Errorf("read connection %q: %w", id, err)
	}
	known[id] = c.Tenant
	return c.Tenant, nil
}

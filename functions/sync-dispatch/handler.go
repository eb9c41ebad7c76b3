// Command sync-dispatch runs every minute and nudges whatever work is overdue. It reads only the index of what is due,
// shard by shard, so its cost follows the work and not the number of connections.
package main

import (
	"context"
	"log/slog"

	"github.com/evidenced/lever-integration/shared/work"
)

type handler struct{ work.Dispatcher }

func (h *handler) handle(ctx context.Context) error {
	found := make([]tally, work.Shards)
	nudged, err := h.Run(ctx, func(shard int, i work.Item) { found[shard].see(i, h.Now()) })
	var sum tally
	for _, t := range found {
		sum.add(t)
	}
	slog.InfoContext(ctx, "dispatched", "nudged", nudged)
	sum.measure()
	return err
}

package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// overdue is the to-do list as a dispatch reads it.
type overdue interface {
	Overdue(ctx context.Context, shard int, by time.Time, limit int) ([]Item, error)
}

// Dispatcher nudges whatever is due. It reads only the index of what is due, shard by shard, so what it costs follows the
// work and not the number of connections.
type Dispatcher struct {
	List  overdue
	Nudge Nudger
	Now   func() time.Time
}

const (
	// atOnce is how many items of a shard one run nudges; the oldest first, the rest a minute later. They stand in one
	// page of the index, as an item is of half a kilobyte at most.
	atOnce = 2000
	// inFlight is how many nudges of a shard are under way at once: one after the other, a minute's work of thousands of
	// connections would take as long as the function may run.
	inFlight = 8
	// ahead lets an item that comes due within the minute be nudged now with a delay, so that it does not wait for the
	// next run.
	ahead = 55 * time.Second
)

// Run nudges what is due now or within the minute, and shows each item to see, by shard. A shard that fails stops no
// other, and a nudge that fails stops no other; their errors come joined. It says how many nudges were sent.
func (d *Dispatcher) Run(ctx context.Context, see func(shard int, i Item)) (nudged int, err error) {
	var group sync.WaitGroup
	faults, sent := make([]error, Shards), make([]int, Shards)
	for shard := range Shards { // side by side, so that no shard waits behind another's many items
		group.Go(func() { sent[shard], faults[shard] = d.shard(ctx, shard, see) })
	}
	group.Wait()
	for _, n := range sent {
		nudged += n
	}
	return nudged, errors.Join(faults...)
}

func (d *Dispatcher) shard(ctx context.Context, shard int, see func(int, Item)) (nudged int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T in shard %d", v, shard)
		}
	}()
	items, err := d.List.Overdue(ctx, shard, d.Now().Add(ahead), atOnce)
	if err != nil {
		return 0, fmt.Errorf("read what is due in shard %d: %w", shard, err)
	}
	for _, i := range items {
		see(shard, i)
	}
	items = slices.DeleteFunc(items, func(i Item) bool { return i.Awaited(d.Now()) })
	faults, next := make([]error, len(items)), make(chan int)
	var group sync.WaitGroup
	for range min(inFlight, len(items)) {
		group.Go(func() {
			for n := range next {
				faults[n] = d.send(ctx, items[n])
			}
		})
	}
	for n := range items { // the oldest first
		next <- n
	}
	close(next)
	group.Wait()
	for _, fault := range faults {
		if fault == nil {
			nudged++
		}
	}
	return nudged, errors.Join(faults...)
}

func (d *Dispatcher) send(ctx context.Context, i Item) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T at a nudge", v)
		}
	}()
	return d.Nudge.Nudge(ctx, Nudge{Ref: i.Ref()}, max(0, time.UnixMilli(i.FindAt).Sub(d.Now())))
}

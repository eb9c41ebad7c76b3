package bench

import (
	"context"
	"sync"
	"time"
)

// Queue is a model of an SQS standard queue whose messages carry a message group: whoever receives gets the oldest message
// of the group with the fewest messages in flight, which is how AWS describes fair queues ("Amazon SQS fair queues" in
// the SQS developer guide: messages of groups without a backlog come first). Delays count in whole seconds, as in SQS. A
// message that is not handled comes again after a visibility time.
type Queue struct {
	mu     sync.Mutex
	more   *sync.Cond
	groups map[string]*group
	count  int
	closed bool
}

type group struct {
	waiting []message
	flying  int
}

type message struct {
	group, body string
	at          time.Time
}

// NewQueue makes an empty queue.
func NewQueue() *Queue {
	q := &Queue{groups: map[string]*group{}}
	q.more = sync.NewCond(&q.mu)
	return q
}

// Send puts a message in.
func (q *Queue) Send(name, body string, delay time.Duration) {
	if delay = (delay + time.Second - 1).Truncate(time.Second); delay > 0 {
		time.AfterFunc(delay, func() { q.push(message{name, body, time.Now()}) })
		return
	}
	q.push(message{name, body, time.Now()})
}

func (q *Queue) push(m message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	g := q.groups[m.group]
	if g == nil {
		g = &group{}
		q.groups[m.group] = g
	}
	g.waiting = append(g.waiting, m)
	q.count++
	q.more.Signal()
}

// receive waits for messages and takes up to n; none once the queue is closed.
func (q *Queue) receive(n int) []message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.count == 0 && !q.closed {
		q.more.Wait()
	}
	var batch []message
	for len(batch) < n && q.count > 0 && !q.closed {
		g := q.fairest()
		m := g.waiting[0]
		g.waiting = g.waiting[1:]
		g.flying++
		q.count--
		batch = append(batch, m)
	}
	return batch
}

func (q *Queue) fairest() *group {
	var best *group
	for _, g := range q.groups {
		if len(g.waiting) == 0 {
			continue
		}
		if best == nil || g.flying < best.flying || g.flying == best.flying && g.waiting[0].at.Before(best.waiting[0].at) {
			best = g
		}
	}
	return best
}

func (q *Queue) done(batch []message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range batch {
		g := q.groups[m.group]
		if g.flying--; g.flying == 0 && len(g.waiting) == 0 {
			delete(q.groups, m.group)
		}
	}
}

// Open is how many messages wait or are being handled.
func (q *Queue) Open() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.count
	for _, g := range q.groups {
		n += g.flying
	}
	return n
}

func (q *Queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.more.Broadcast()
}

// serve runs slots workers, each with a handler of its own that takes up to n messages at a time, until ctx ends.
func (q *Queue) serve(ctx context.Context, slots, n int, handler func() func(ctx context.Context, batch []message)) *sync.WaitGroup {
	q.mu.Lock()
	q.closed = false
	q.mu.Unlock()
	context.AfterFunc(ctx, q.close)
	var group sync.WaitGroup
	for range slots {
		handle := handler()
		group.Go(func() {
			for ctx.Err() == nil {
				batch := q.receive(n)
				if len(batch) == 0 {
					return
				}
				handle(ctx, batch)
				q.done(batch)
			}
		})
	}
	return &group
}

package bench

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/budget"
	"github.com/evidenced/lever-integration/shared/lever"
)

// Calls is the way to Lever: it takes time, and every request is noted.
type Calls struct {
	way   http.RoundTripper
	delay func() time.Duration

	mu   sync.Mutex
	made []Call
}

// Call is one request to Lever's API.
type Call struct {
	At     time.Time // when it was sent
	Done   time.Time
	Path   string
	Status int
}

// RoundTrip implements http.RoundTripper.
func (c *Calls) RoundTrip(r *http.Request) (*http.Response, error) {
	call := Call{At: time.Now(), Path: r.URL.Path}
	time.Sleep(c.delay())
	response, err := c.way.RoundTrip(r)
	if err == nil {
		response.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat)) // as every server does
	}
	time.Sleep(c.delay())
	if call.Done = time.Now(); err == nil {
		call.Status = response.StatusCode
	}
	if strings.HasPrefix(call.Path, "/v1/") {
		c.mu.Lock()
		c.made = append(c.made, call)
		c.mu.Unlock()
	}
	return response, err
}

// Between lists the calls that were sent in [from, to), in the order in which they ended.
func (c *Calls) Between(from, to time.Time) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []Call
	for _, call := range c.made {
		if !call.At.Before(from) && call.At.Before(to) {
			list = append(list, call)
		}
	}
	return list
}

// refused counts the calls that Lever answered 429.
func refused(calls []Call) int {
	n := 0
	for _, c := range calls {
		if c.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// clocked notes how long each permit was waited for.
type clocked struct {
	lever.Limiter
	world *World
	lane  budget.Lane
}

// Together lets the calls of a delta take their permits in one go.
func (c *clocked) Together(ctx context.Context, n int) (bool, error) {
	return c.Limiter.(*budget.Lease).Together(ctx, n)
}

// Take implements lever.Limiter.
func (c *clocked) Take(ctx context.Context) error {
	began := time.Now()
	err := c.Limiter.Take(ctx)
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	c.world.waits[c.lane] = append(c.world.waits[c.lane], time.Since(began))
	return err
}

// Waits lists how long permits of the given lanes were waited for, those that were not had included.
func (w *World) Waits(lanes ...budget.Lane) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []time.Duration
	for _, lane := range lanes {
		all = append(all, w.waits[lane]...)
	}
	return all
}

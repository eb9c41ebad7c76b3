package levertest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"
)

const (
	// DeliveryTimeout is how long Lever waits for a webhook's answer (lever/api.md section 4, G).
	DeliveryTimeout = 10 * time.Second
	attemptsKept    = 1000
)

// Delivery is one attempt to deliver a webhook.
type Delivery struct {
	ID      string
	Account string
	Webhook string
	Event   string
	URL     string
	Body    []byte
	Attempt int // from 1
	Due     time.Time
}

// NewRequest makes the HTTP request of the delivery.
func (d Delivery) NewRequest(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Lever-Webhooks")
	return req, nil
}

// Attempt is a finished delivery attempt as the settings page lists it. Status is 0 when no answer came.
type Attempt struct {
	ID      string
	Webhook string
	Event   string
	URL     string
	Body    []byte
	Attempt int
	At      time.Time
	Status  int
	Err     string
}

// OK says whether the receiver took it: 2xx only (lever/api.md section 4).
func (a Attempt) OK() bool { return a.Status >= 200 && a.Status < 300 }

// pending is a delivery in the queue.
type pending struct {
	Delivery
	st       *account
	envelope envelope
	key      string
	limit    int       // attempts in total
	flying   time.Time // zero when not handed out
}

// push puts one body into the queue.
func (t tx) push(h *Webhook, e envelope, limit int, wait time.Duration) {
	t.queue = append(t.queue, &pending{
		Delivery: Delivery{
			ID: "delivery-" + newHex(t.st.rng, 8), Account: t.st.id, Webhook: h.ID, Event: e.Event, URL: h.URL, Body: e.encode(),
			Attempt: 1, Due: t.at.Add(wait),
		},
		st: t.st, envelope: e, key: h.SignatureToken, limit: limit,
	})
}

// enqueue puts an event into the queue, with whatever faults are armed for it.
func (t tx) enqueue(h *Webhook, e envelope) {
	limit := 5
	if t.rules.RetriesAfterFirst {
		limit = 6
	}
	f := t.pickEvent(t.st, e.Event)
	switch f.Effect {
	case LoseEvent:
		return
	case DuplicateEvent:
		t.push(h, e, limit, 0)
		t.push(h, e, limit, f.Delay)
	case DelayEvent:
		t.push(h, e, limit, f.Delay)
	case ForgeEvent:
		t.push(h, e, limit, 0)
		t.push(h, t.forge(f, e), limit, f.Delay)
	case UnsignedEvent:
		e.Signature = nil
		t.push(h, e, limit, 0)
	case BadSignatureEvent:
		e.Signature = ptr(newHex(t.st.rng, 32))
		t.push(h, e, limit, 0)
	default:
		t.push(h, e, limit, 0)
	}
}

// forge alters event and data under a signature that stays valid (lever/api.md section 0.3).
func (t tx) forge(f Fault, e envelope) envelope {
	data := map[string]any{}
	for k, v := range e.Data {
		data[k] = v
	}
	if f.Data == nil {
		data["opportunityId"] = newID(t.st.rng)
	}
	for k, v := range f.Data {
		data[k] = v
	}
	e.Data = data
	if f.ForgedEvent != "" {
		e.Event = f.ForgedEvent
	}
	return e
}

// Due hands out every delivery due at the given time, oldest due time first. Each is handed out once; an
// attempt not reported within DeliveryTimeout counts as unanswered.
func (l *Lever) Due(now time.Time) []Delivery { return l.due(now, 0) }

func (l *Lever) due(now time.Time, limit int) []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(now)
	for _, p := range slices.Clone(l.queue) {
		if !p.flying.IsZero() && now.Sub(p.flying) >= DeliveryTimeout {
			l.finish(p, 0, "no answer in time")
		}
	}
	l.queue = slices.DeleteFunc(l.queue, func(p *pending) bool {
		h := p.st.hook(p.Webhook)
		return h == nil || !l.hookLive(p.st, h)
	})
	var ready []*pending
	for _, p := range l.queue {
		if p.flying.IsZero() && !p.Due.After(now) {
			ready = append(ready, p)
		}
	}
	slices.SortStableFunc(ready, func(a, b *pending) int { return a.Due.Compare(b.Due) })
	if limit > 0 && len(ready) > limit {
		ready = ready[:limit]
	}
	out := make([]Delivery, 0, len(ready))
	for _, p := range ready {
		p.flying = now
		out = append(out, p.Delivery)
	}
	return out
}

// NextDue is the earliest time at which a waiting delivery or a late commit falls due; zero when there is none.
func (l *Lever) NextDue() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	var next time.Time
	consider := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, p := range l.queue {
		if p.flying.IsZero() {
			consider(p.Due)
		} else {
			consider(p.flying.Add(DeliveryTimeout))
		}
	}
	for _, c := range l.late {
		consider(c.due)
	}
	return next
}

// Report tells how a delivery went: the receiver's status, or err when no answer came. A delivery that is
// unknown or already finished is ignored.
func (l *Lever) Report(deliveryID string, status int, err error) {
	l.enter()
	defer l.mu.Unlock()
	for _, p := range l.queue {
		if p.ID == deliveryID && !p.flying.IsZero() {
			why := ""
			if err != nil {
				status, why = 0, err.Error()
			}
			l.finish(p, status, why)
			return
		}
	}
}

// finish records an attempt and either drops the delivery or sets its next time.
func (l *Lever) finish(p *pending, status int, why string) {
	st := p.st
	done := &Attempt{
		ID: "attempt-" + newHex(st.rng, 8), Webhook: p.Webhook, Event: p.Event, URL: p.URL, Body: p.Body,
		Attempt: p.Attempt, At: l.at, Status: status, Err: why,
	}
	st.history = append(st.history, done)
	if len(st.history) > attemptsKept {
		st.history = slices.Clone(st.history[len(st.history)-attemptsKept:])
	}
	if done.OK() || p.Attempt >= p.limit {
		l.queue = slices.DeleteFunc(l.queue, func(q *pending) bool { return q == p })
		return
	}
	wait := time.Duration(float64(time.Second<<(p.Attempt-1)) * l.opts.RetryScale)
	p.Due, p.flying = l.at.Add(wait), time.Time{}
	p.Attempt++
	if l.rules.RetryResigns && p.envelope.Signature != nil {
		p.envelope = (tx{Lever: l, st: st}).seal(p.envelope, p.key)
		p.Body = p.envelope.encode()
	}
}

// Pump delivers everything due, one after the other, and reports the outcomes. It returns how many it sent.
// Several Pumps may run at once and share the work.
func (l *Lever) Pump(ctx context.Context, client *http.Client) int {
	for sent := 0; ; sent++ {
		batch := l.due(l.opts.Now(), 1)
		if len(batch) == 0 || ctx.Err() != nil {
			return sent
		}
		status, err := send(ctx, client, batch[0])
		l.Report(batch[0].ID, status, err)
	}
}

func send(ctx context.Context, client *http.Client, d Delivery) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, DeliveryTimeout-time.Second)
	defer cancel()
	req, err := d.NewRequest(ctx)
	if err != nil {
		return 0, err
	}
	// A redirect counts as a failure, so it must not be followed.
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := direct.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// Pending is how many deliveries wait or are under way.
func (l *Lever) Pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// Attempts returns the last 1,000 delivery attempts of the account, oldest first.
func (a *Account) Attempts() []Attempt {
	return read(a, func(st *account) []Attempt { return values(st.history) })
}

// TestWebhook sends the sample body of the settings page's Test button, whatever the toggles say.
func (a *Account) TestWebhook(webhook string) error {
	return a.do(func(t tx) error {
		h := t.st.hook(webhook)
		if h == nil {
			return notFound("webhooks", webhook)
		}
		t.push(h, t.seal(envelope{Event: h.Event, Data: map[string]any{}}, h.SignatureToken), 1, 0)
		return nil
	})
}

// Rerun sends the body of an earlier attempt again, unchanged, as the settings page's Rerun button does.
func (a *Account) Rerun(attempt string) error {
	return a.do(func(t tx) error {
		for _, old := range t.st.history {
			h := t.st.hook(old.Webhook)
			if old.ID != attempt || h == nil {
				continue
			}
			t.push(h, envelope{Event: old.Event}, 1, 0)
			t.queue[len(t.queue)-1].Body = old.Body
			return nil
		}
		return notFound("webhook requests", attempt)
	})
}

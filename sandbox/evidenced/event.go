package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const keptEvents = 100

// event is one bus event, in the envelope of EventBridge.
type event struct {
	ID     string    `json:"id"`
	Type   string    `json:"detail-type"`
	Time   time.Time `json:"time"`
	Detail detail    `json:"detail"`
	Raw    string    `json:"-"`
}

// detail is what all events of the integration carry.
type detail struct {
	Tenant  string `json:"tenant"`
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Change  string `json:"change"`
}

// events keeps the newest events and tells who listens. It is safe for concurrent use.
type events struct {
	mu      sync.Mutex
	newest  []event
	waiting map[chan event]string // by tenant
}

func newEvents() *events { return &events{waiting: map[chan event]string{}} }

func (e *events) add(arrived event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if slices.ContainsFunc(e.newest, func(known event) bool { return known.ID == arrived.ID }) {
		return // the queue delivers at least once
	}
	e.newest = slices.Insert(e.newest, 0, arrived)
	e.newest = e.newest[:min(len(e.newest), keptEvents)]
	for listener, tenant := range e.waiting {
		if tenant != arrived.Detail.Tenant {
			continue
		}
		select {
		case listener <- arrived:
		default: // a listener that lags sees the rest when it opens the page again
		}
	}
}

func (e *events) of(tenant string, limit int) []event {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []event
	for _, kept := range e.newest {
		if kept.Detail.Tenant == tenant && len(found) < limit {
			found = append(found, kept)
		}
	}
	return found
}

func (e *events) listen(tenant string) (<-chan event, func()) {
	listener := make(chan event, 64)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[listener] = tenant
	return listener, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.waiting, listener)
	}
}

// queue is the part of SQS that receive needs.
type queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// receive takes events from the queue until ctx ends. A failing queue is asked again after a moment.
func receive(ctx context.Context, from queue, address string, to *events) {
	for ctx.Err() == nil {
		batch, err := from.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &address, MaxNumberOfMessages: 10, WaitTimeSeconds: 10})
		if err != nil {
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "receive events", "error", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second):
			}
			continue
		}
		for _, message := range batch.Messages {
			body := aws.ToString(message.Body)
			var arrived event
			if err := json.Unmarshal([]byte(body), &arrived); err != nil {
				slog.WarnContext(ctx, "an event is no JSON")
			} else {
				arrived.Raw = body
				to.add(arrived)
			}
			if _, err := from.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &address, ReceiptHandle: message.ReceiptHandle}); err != nil {
				slog.WarnContext(ctx, "delete event", "error", err)
			}
		}
	}
}

func (a *app) eventPage(w http.ResponseWriter, _ *http.Request, s *session) {
	a.showTo(w, s, view{Page: "events", Title: "Events", Data: map[string]any{"Events": a.events.of(s.person.Organisation.Tenant, keptEvents)}})
}

// eventStream sends the tenant's events as server-sent events while the browser listens.
func (a *app) eventStream(w http.ResponseWriter, r *http.Request, s *session) {
	listener, stop := a.events.listen(s.person.Organisation.Tenant)
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	_, _ = fmt.Fprint(w, ": listening\n\n")
	_ = flusher.Flush()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			_, _ = fmt.Fprint(w, ": still here\n\n")
		case arrived := <-listener:
			line, err := json.Marshal(map[string]any{
				"type": arrived.Type, "id": arrived.Detail.ID, "change": strings.TrimSpace(arrived.Detail.Change), "at": clock(arrived.Time, s.person.TimeZone),
			})
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(w, "data: %s\n\n", line)
		}
		if flusher.Flush() != nil {
			return
		}
	}
}

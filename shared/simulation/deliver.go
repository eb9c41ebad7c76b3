package simulation

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// limits of the functions, as template.yaml has them.
func limitOf(kind work.Kind) time.Duration {
	if kind == work.Hint || kind == work.Decision {
		return time.Minute
	}
	return 2 * time.Minute
}

// take has a worker handle a message.
func (p *Play) take(m *message) {
	m.received++
	if m.received > receives {
		p.remove(m)
		p.letters = append(p.letters, m)
		p.trace(nil, "dead letter", "kind", m.kind())
		return
	}
	m.due = time.Now().Add(visible)
	pr := &process{name: m.String(), kind: string(m.kind()), tenant: p.tenantOf(m.connection()), account: p.accountOf(m.connection())}
	pr.run = func(ctx context.Context) error { return p.handle(ctx, *m) }
	pr.end = func(err error) {
		if err == nil {
			p.remove(m)
		}
	}
	if m.arrival != nil {
		pr.kind = "arrival"
	}
	p.spawn(pr, limitOf(m.kind()))
}

func (p *Play) remove(m *message) {
	for i, other := range p.messages {
		if other == m {
			p.messages = append(p.messages[:i], p.messages[i+1:]...)
			return
		}
	}
}

func (m *message) kind() work.Kind {
	if m.arrival != nil {
		return work.Hint
	}
	return m.nudge.Kind
}

func (m *message) connection() string {
	if m.arrival != nil {
		return m.arrival.Connection
	}
	return m.nudge.Connection
}

// String names the message for the trace.
func (m *message) String() string {
	if m.arrival != nil {
		return "arrival of " + m.arrival.Event + " " + m.arrival.Opportunity
	}
	return fmt.Sprintf("%s %s of %s", m.nudge.Kind, m.nudge.Target, m.nudge.Connection)
}

// deliver has webhook-intake take a delivery.
func (p *Play) deliver(i int) {
	d := p.inbox[i]
	p.inbox = append(p.inbox[:i], p.inbox[i+1:]...)
	at, address := p.tickTock(), d.URL[len(publicURL+"/webhooks/lever/"):]
	hook, _, err := table.Get[connection.HookSecret](p.ctx, p.DB, table.Hooks, table.Key{PK: "hook#" + address, SK: "secret"})
	if err != nil {
		p.violate("I3", "the webhook of a delivery cannot be read: %v", err)
	}
	pr := &process{name: "intake of " + d.Event, kind: "intake"}
	pr.run = func(ctx context.Context) error { return p.intake.Take(ctx, address, d.Body) }
	pr.end = func(err error) {
		status := http.StatusOK
		if err != nil {
			status = http.StatusServiceUnavailable
		}
		p.Lever.Report(d.ID, status, nil)
		if err == nil {
			p.owe(d, at, hook.Connection)
		}
	}
	pr.died = func() { p.Lever.Report(d.ID, http.StatusBadGateway, nil) }
	p.spawn(pr, 10*time.Second)
}

package simulation

import (
	"context"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/work"
)

// stalest is how old a copy Lever serves at most in the simulation.
const stalest = time.Minute

// disturbances are the faults of Lever that may rage. Spoilt pages come in every second play only: what a delta misses
// because of them only a complete sweep finds.
func (p *Play) disturbances() []levertest.Fault {
	list := []levertest.Fault{
		{Method: "POST", Effect: levertest.LostReply, Probability: 0.3},
		{Method: "PUT", Effect: levertest.LostReply, Probability: 0.3},
		{Method: "DELETE", Effect: levertest.LostReply, Probability: 0.3},
		{Path: "/oauth/token", Effect: levertest.LostReply, Probability: 0.5},
		{Method: "POST", Effect: levertest.LateCommit, Probability: 0.3, Delay: p.upTo(time.Minute)},
		{Method: "PUT", Effect: levertest.LateCommit, Probability: 0.3, Delay: p.upTo(time.Minute)},
		{Method: "DELETE", Effect: levertest.LateCommit, Probability: 0.3, Delay: p.upTo(time.Minute)},
		{Path: "/v1/...", Effect: levertest.StaleRead, Probability: 0.5, Delay: p.upTo(stalest)},
		{Path: "/v1/...", Effect: levertest.StaleRead, Probability: 0.3, Delay: p.upTo(stalest)},
		{Path: "/v1/...", Effect: levertest.StatusReply, Status: 429, Probability: 0.2},
		{Effect: levertest.StatusReply, Status: 500, Probability: 0.2},
		{Effect: levertest.StatusReply, Status: 503, Probability: 0.5},
		{Effect: levertest.HTMLReply, Probability: 0.2},
		{Effect: levertest.ResetConnection, Probability: 0.2},
		{Effect: levertest.TruncatedBody, Probability: 0.1},
		{Effect: levertest.UnknownFields, Probability: 0.5},
		{Effect: levertest.ExpiredOffset, Probability: 0.3},
		{Effect: levertest.DuplicateEvent, Probability: 0.4, Delay: p.upTo(20 * time.Second)},
		{Effect: levertest.LoseEvent, Probability: 0.4},
		{Effect: levertest.LoseEvent},
		{Effect: levertest.DelayEvent, Probability: 0.4, Delay: p.upTo(60 * time.Second)},
		{Effect: levertest.ForgeEvent, Probability: 0.3, Delay: p.upTo(5 * time.Second)},
		{Effect: levertest.UnsignedEvent, Probability: 0.2},
		{Effect: levertest.BadSignatureEvent, Probability: 0.2},
	}
	if p.spoilt {
		for _, effect := range []levertest.Effect{
			levertest.TruncatedPage, levertest.EmptiedPage, levertest.FilteredPage, levertest.RepeatedPage, levertest.NextMissing,
		} {
			list = append(list, levertest.Fault{Path: "/v1/...", Effect: effect, Probability: 0.4})
		}
	}
	return list
}

// changeWeather begins or ends a storm.
func (p *Play) changeWeather() {
	p.Lever.ClearFaults()
	p.stormy = p.rng.IntN(3) > 0
	p.trace(nil, "weather", "storm", p.stormy)
	if p.rng.IntN(3) == 0 {
		p.coldStart()
	}
	if !p.stormy {
		return
	}
	for range 1 + p.rng.IntN(3) {
		f, _ := draw(p, p.disturbances())
		if p.rng.IntN(2) == 0 {
			t, _ := draw(p, p.tenants)
			a, _ := draw(p, t.accounts)
			f.Account = a.ID()
		}
		p.trace(nil, "fault", "effect", f.Effect, "method", f.Method, "path", f.Path, "status", f.Status, "delay", f.Delay, "account", f.Account)
		if err := p.Lever.Inject(f); err != nil {
			panic(err)
		}
	}
}

// dispatch does what sync-dispatch does each minute.
func (p *Play) dispatch(ctx context.Context) error {
	const ahead = 55 * time.Second
	for shard := range work.Shards {
		items, err := p.Work.Overdue(ctx, shard, p.clock().Add(ahead), 1000)
		if err != nil {
			return err
		}
		for _, i := range items {
			if i.Awaited(p.clock()) {
				continue
			}
			_ = p.mail.Nudge(ctx, work.Nudge{Ref: i.Ref()}, max(0, time.UnixMilli(i.FindAt).Sub(p.clock())))
		}
	}
	return nil
}

package operation

import (
	"context"
	"fmt"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

// Sight is what is known of one record without its data. Times are milliseconds since the epoch.
type Sight struct {
	ID           string       `json:"id"`
	State        mirror.State `json:"state"`
	Reason       string       `json:"reason,omitempty"`
	Version      int64        `json:"version"`           // for consumers; 0 = no consumer ever saw it
	FetchedAt    int64        `json:"fetchedAt"`         // start of the newest fetch from Lever that confirmed it
	ChangedAt    int64        `json:"changedAt"`         // when its content last changed here
	LeftAt       int64        `json:"leftAt,omitempty"`  // when it stopped being active
	EraseAt      int64        `json:"eraseAt,omitempty"` // from then on its data is gone
	Confidential bool         `json:"confidential,omitempty"`
}

func sightOf(r mirror.Record) Sight {
	return Sight{r.ID, r.State, r.Reason, r.Version, r.Fetched / 1000, r.ChangedAt, r.LeftAt, r.EraseAt, r.Confidential}
}

// Why is everything that makes one candidate look as it does here.
type Why struct {
	Candidate  string           `json:"candidate"`
	Connection string           `json:"connectionId"`
	State      connection.State `json:"state"` // of the connection
	Record     *Sight           `json:"record,omitempty"`
	Interviews []Sight          `json:"interviews"`
	Work       []Task           `json:"work"` // looks at it that are asked for
	Decisions  []decision.View  `json:"decisions"`
	DeltaAt    int64            `json:"deltaAt,omitempty"` // when Lever's changes were last read to their end
	SweptAt    int64            `json:"sweptAt,omitempty"` // when the last complete comparison with Lever ended
}

// Why gathers what is known of a candidate of the tenant's current connection. Of decisions it names the undelivered.
func (d *Desk) Why(ctx context.Context, tenant, candidate string) (Why, error) {
	c, found, err := d.Connections.Current(ctx, tenant)
	if err != nil {
		return Why{}, fmt.Errorf("read connection of %q: %w", tenant, err)
	}
	if !found {
		return Why{}, errNoneThere
	}
	w := Why{
		Candidate: candidate, Connection: c.ID(), State: c.State,
		Interviews: []Sight{}, Work: []Task{}, Decisions: []decision.View{},
	}
	progress, err := d.Connections.Progress(ctx, c.ID())
	if err != nil {
		return Why{}, err
	}
	w.DeltaAt, w.SweptAt = progress.DeltaAt, progress.EndedAt
	if err := d.seen(ctx, &w); err != nil {
		return Why{}, fmt.Errorf("read candidate %q: %w", candidate, err)
	}
	for _, target := range []string{"opportunity/", "interviews/"} {
		item, found, err := d.Work.Find(ctx, work.Ref{Connection: c.ID(), Kind: work.Hint, Target: target + candidate})
		if err != nil {
			return Why{}, err
		}
		if found {
			w.Work = append(w.Work, TaskOf(item))
		}
	}
	open, err := d.Decisions.Undelivered(ctx, tenant, 1000)
	for _, o := range open {
		if o.Opportunity == candidate {
			w.Decisions = append(w.Decisions, o.View())
		}
	}
	return w, err
}

// seen reads the record of the candidate and those of its interviews.
func (d *Desk) seen(ctx context.Context, w *Why) error {
	r, found, err := d.Records.Known(ctx, w.Connection, mirror.Candidate, w.Candidate)
	if err != nil {
		return err
	}
	if found {
		sight := sightOf(r)
		w.Record = &sight
	}
	interviews, err := d.Records.Interviews(ctx, w.Connection, w.Candidate)
	if err != nil {
		return err
	}
	for _, i := range interviews {
		r, found, err := d.Records.Known(ctx, w.Connection, mirror.Interview, i.ID) // the list lacks the times
		if err != nil {
			return err
		}
		if found {
			w.Interviews = append(w.Interviews, sightOf(r))
		}
	}
	return nil
}

package converge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// words is what an account calls its stages, and which archive reasons mean a hire.
type words struct {
	table.Meta                   // PK is the connection's id, SK "words"
	Stages     map[string]string `dynamodbav:"stages"`
	Hired      []string          `dynamodbav:"hired"`
	Reasons    []string          `dynamodbav:"reasons"` // all archive reasons
	At         int64             `dynamodbav:"at"`      // milliseconds since the epoch
}

// wordsFor bounds how often an unknown id makes us read the lists again.
const wordsFor = time.Minute

// Words gives the words needed to translate opportunities, from what is stored, or from Lever when an id is unknown.
func (c *Converger) Words(ctx context.Context, a *connection.Access, list []lever.Opportunity) (mirror.Words, error) {
	w, found, err := table.Get[words](ctx, c.DB, table.Connections, wordsKey(a))
	if err != nil {
		return mirror.Words{}, err
	}
	known := w.known()
	old := c.Now().UnixMilli()-w.At > wordsFor.Milliseconds()
	for _, o := range list {
		stage := o.Stage.IDOf()
		unknown := stage != "" && known.Stages[stage] == ""
		if o.Archived != nil {
			reason := o.Archived.Reason.IDOf()
			_, ok := known.Hired[reason]
			unknown = unknown || reason != "" && !ok
		}
		if !found || unknown && old {
			return c.RefreshWords(ctx, a)
		}
	}
	return known, nil
}

// RefreshWords reads stages and archive reasons from Lever and stores them.
func (c *Converger) RefreshWords(ctx context.Context, a *connection.Access) (mirror.Words, error) {
	stages, reasons := map[string]string{}, map[string]bool{}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, c.Parallel))
	group.Go(func() error { return c.stages(inner, a, stages) })
	group.Go(func() error { return c.reasons(inner, a, reasons) })
	if err := group.Wait(); err != nil {
		return mirror.Words{}, err
	}
	w, err := table.Update(ctx, c.DB, table.Connections, wordsKey(a), func(w *words) error {
		// What a list leaves out, which may come short, keeps its meaning: nobody is hurt by a word too many.
		for id, name := range w.Stages {
			if stages[id] == "" {
				stages[id] = name
			}
		}
		for id, hired := range w.known().Hired {
			if _, listed := reasons[id]; !listed {
				reasons[id] = hired
			}
		}
		w.Stages, w.At, w.Hired, w.Reasons = stages, c.Now().UnixMilli(), nil, nil
		for _, id := range slices.Sorted(maps.Keys(reasons)) {
			w.Reasons = append(w.Reasons, id)
			if reasons[id] {
				w.Hired = append(w.Hired, id)
			}
		}
		return nil
	})
	return w.known(), err
}

func (c *Converger) stages(ctx context.Context, a *connection.Access, names map[string]string) error {
	for offset := ""; ; {
		page, err := a.Lever.Stages(ctx, offset)
		if err != nil {
			return fmt.Errorf("list stages: %w", err)
		}
		for _, s := range page.Items {
			if s.Text != nil {
				names[s.ID] = *s.Text
			}
		}
		if offset = page.Next; offset == "" {
			return nil
		}
	}
}

func (c *Converger) reasons(ctx context.Context, a *connection.Access, hired map[string]bool) error {
	for offset := ""; ; {
		page, err := a.Lever.ArchiveReasons(ctx, offset)
		if err != nil {
			return fmt.Errorf("list archive reasons: %w", err)
		}
		for _, r := range page.Items {
			hired[r.ID] = r.IsHired()
		}
		if offset = page.Next; offset == "" {
			return nil
		}
	}
}

func (w words) known() mirror.Words {
	known := mirror.Words{Stages: w.Stages, Hired: map[string]bool{}}
	for _, id := range w.Reasons {
		known.Hired[id] = false
	}
	for _, id := range w.Hired {
		known.Hired[id] = true
	}
	return known
}

func wordsKey(a *connection.Access) table.Key {
	return table.Key{PK: a.Connection.ID(), SK: "words"}
}

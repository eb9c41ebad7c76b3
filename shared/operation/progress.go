package operation

import (
	"context"
	"fmt"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

// Progress is how far a run is. Done of Total; Waiting says what is left and why, at most shown of them.
type Progress struct {
	Run
	Done    int
	Total   int // as counted, until the walk has asked for all
	Over    bool
	Waiting []work.Item
}

// shown is how many of what is left a Progress names.
const shown = 20

// Find reads a run with its progress. What is left is what has a work item still, so it costs a read of these: 10,000
// connections that all wait are some 3 MB.
func (s *Service) Find(ctx context.Context, id string) (Progress, error) {
	r, found, err := table.Get[Run](ctx, s.DB, table.Connections, table.Key{PK: list, SK: id})
	if err != nil {
		return Progress{}, fmt.Errorf("read operation: %w", err)
	}
	if !found {
		return Progress{}, errUnknown
	}
	left, err := s.Work.Of(ctx, items(id))
	if err != nil {
		return Progress{}, fmt.Errorf("read what is left of operation %q: %w", id, err)
	}
	p := Progress{Run: r, Total: max(r.Expected, r.Asked), Waiting: []work.Item{}}
	waiting := 0
	for _, item := range left {
		if item.Ref().Kind == work.Walk {
			continue
		}
		if waiting++; len(p.Waiting) < shown {
			p.Waiting = append(p.Waiting, item)
		}
	}
	if r.AskedAt > 0 {
		p.Total = r.Asked
	}
	p.Done = max(0, r.Asked-waiting)
	p.Over = r.AskedAt > 0 && waiting == 0
	return p, nil
}

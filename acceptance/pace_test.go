package acceptance

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestDecisionsStandWithinFiveSecondsBesideAFullResync hands twenty decisions over while every record of the largest
// account is read anew. `make trouble` runs it where no other test does; beside the whole suite it only shows that a
// resync holds no decision up for long.
func TestDecisionsStandWithinFiveSecondsBesideAFullResync(t *testing.T) {
	o := join(t)
	bound := patience
	if *muddled {
		bound = 5 * time.Second
	}
	one := o.anyCandidate(t)
	if err := world.Platform.Resync(t.Context(), o.tenant, ""); err != nil {
		t.Fatal(err)
	}
	running := func(ctx context.Context) (bool, string, error) {
		c, err := world.Platform.Connection(ctx, o.tenant)
		return c.Resync != nil, "none runs", err
	}
	eventually(t, nextMinute, "a full resync that runs", running)
	took := make([]time.Duration, 0, 20)
	for range cap(took) {
		status := o.settled(t, o.decideOn(t, one.ID, "d-"+uuid.NewString(), 1), 1)
		took = append(took, time.Duration(status.DeliveredAt-status.AcceptedAt)*time.Millisecond)
	}
	still, _, err := running(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(took)
	p50, slowest := took[len(took)/2], took[len(took)-1]
	t.Logf("accepted to note beside a resync: p50 %s, slowest of %d %s", p50, len(took), slowest)
	if slowest > bound {
		t.Errorf("a decision took %s to its note, want at most %s", slowest, bound)
	}
	if *muddled && !still {
		t.Error("the resync was over before the decisions were, so this shows nothing")
	}
}

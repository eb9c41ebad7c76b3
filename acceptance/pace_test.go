package acceptance

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// besideAResync hands twenty decisions over while every record of the largest account is read anew, and wants each to stand
// as a note within five seconds.
func besideAResync(t *testing.T) {
	t.Helper()
	o, err := shared()
	if err != nil {
		t.Fatal(err)
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
	notes, err := o.account.Notes(t.Context(), one.ID)
	if err != nil || len(notes) != cap(took) {
		t.Errorf("%d notes at Lever, want %d: %v", len(notes), cap(took), err)
	}
	still, _, err := running(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(took)
	p50, slowest := took[len(took)/2], took[len(took)-1]
	t.Logf("accepted to note beside a resync: p50 %s, slowest of %d %s", p50, len(took), slowest)
	if slowest > 5*time.Second {
		t.Errorf("a decision took %s to its note, want at most 5 s", slowest)
	}
	if !still {
		t.Error("the resync was over before the decisions were, so this shows nothing")
	}
}

package simulation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/work"
)

// What the look of a webhook found is dropped when a fetch that began later has brought another copy. Nobody can know which of
// the two is newer, and the next delta may be a minute away: so the look is repeated, although it saw all that was announced.
func TestSimulatedLookThatWasOvertakenIsRepeated(t *testing.T) {
	t.Parallel()
	looked := []string{
		lever.EventCandidateStageChange, lever.EventCandidateArchiveChange, lever.EventCandidateHired, lever.EventCandidateDeleted,
	}
	for _, h := range happenings() {
		if !slices.Contains(looked, h.event) {
			continue
		}
		b := setup(t, slices.DeleteFunc(connection.Events(), func(event string) bool { return event == h.event })...)
		hold(t, b, work.Delta)
		hold(t, b, work.Patrol)
		older := overtake(t, b)
		if err := h.do(b); err != nil {
			t.Fatal(err)
		}
		run(t, b.World, time.Second)
		if d, err := b.Differences(t.Context(), b.account, b.connection.ID()); err != nil || older.Outcome != mirror.Unchanged || len(d) == 0 {
			t.Fatalf("%s: the look was not overtaken: outcome %d, %d differences, %v", h.event, older.Outcome, len(d), err)
		}
		run(t, b.World, soon)
		if d, err := b.Differences(t.Context(), b.account, b.connection.ID()); err != nil || len(d) > 0 {
			t.Errorf("%s: the mirror stays with the older copy: %d differences, %v", h.event, len(d), err)
		}
	}
}

// hold has somebody be at work of the given kind for so long that it brings nothing in time.
func hold(t *testing.T, b *bundle, kind work.Kind) {
	t.Helper()
	ref := work.Ref{Connection: b.connection.ID(), Kind: kind, Target: "all"}
	if err := b.Work.Ask(t.Context(), ref, b.Now(), nil); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := b.Work.Claim(t.Context(), ref, time.Hour); err != nil || !ok {
		t.Fatalf("claimed %t, %v", ok, err)
	}
}

// overtake has somebody else's fetch begin while the next look at the candidate is under way and bring in the copy of before
// once more, as when Lever serves it a copy that is behind, or its clock is ahead. It says what became of that.
func overtake(t *testing.T, b *bundle) *mirror.Result {
	t.Helper()
	before, found, err := b.Mirror.Known(t.Context(), b.connection.ID(), mirror.Candidate, b.candidate.ID)
	if err != nil || !found {
		t.Fatalf("found %t, %v", found, err)
	}
	older := new(mirror.Result)
	b.Tamper = func(path string, body []byte) []byte {
		if path != "/v1/opportunities/"+b.candidate.ID {
			return body
		}
		b.Tamper = nil
		o := mirror.Observation{Kind: mirror.Candidate, ID: before.ID, State: before.State, Doc: before.Doc, Fetched: b.Now()}
		if *older, err = b.Mirror.Apply(t.Context(), "tenant-1", b.connection.ID(), o); err != nil {
			t.Error(err)
		}
		return body
	}
	return older
}

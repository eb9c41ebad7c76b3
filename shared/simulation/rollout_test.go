package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/table"
)

// rollout notes what two versions of the code do to each other's items.
type rollout struct {
	made, kept, anew, lost int // items of newer code: written by it, changed by older code, made anew for a change, robbed
	undone                 []string
}

func (r *rollout) watch(name table.Name, was, is table.Item) {
	if is == nil {
		return
	}
	newer := func(i table.Item) bool { return i[simulation.GrownAttribute] != nil }
	switch {
	case newer(is):
		r.made++
	case newer(was) && !erased(name, is):
		r.lost++
	}
	if name != table.Mirror || was == nil {
		return
	}
	before, err := table.Decode[mirror.Record](was)
	after, failed := table.Decode[mirror.Record](is)
	if err != nil || failed != nil || before.Schema <= mirror.Schema {
		return
	}
	switch {
	case after.Schema == before.Schema:
		r.kept++
	case before.State == after.State && before.Confidential == after.Confidential && simulation.WithoutGrown(before.Doc) == after.Doc:
		r.undone = append(r.undone, fmt.Sprintf("%s %s", after.Kind, after.ID))
	default:
		r.anew++
	}
}

// erased says that an item holds no data of people any more, so that nothing of newer code may stay in it either.
func erased(name table.Name, item table.Item) bool {
	return name == table.Mirror && item["doc"] == nil || name == table.Decisions && item["content"] == nil
}

func versions(t *testing.T, b *bundle) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, r := range backup(t, b) {
		all[string(r.Kind)+" "+r.ID] = r.Version
	}
	return all
}

// look has everything compared several times over, so that each version of the code looks at each record.
func look(t *testing.T, b *bundle) {
	t.Helper()
	for range 8 {
		if err := b.Connections.Resync(t.Context(), "tenant-1"); err != nil {
			t.Fatal(err)
		}
		run(t, b.World, 3*time.Minute)
	}
}

func TestSimulatedRolloutOfNewerCodeAndItsRollBackConverge(t *testing.T) {
	t.Parallel()
	b, saw := setup(t), &rollout{}
	b.DB.Watch(saw.watch)
	newer := b.Rollout()
	for i, h := range happenings() {
		_ = h.do(b) // the later ones meet a candidate who has left
		if i == 0 {
			decide(t, b)
		}
		run(t, b.World, 5*time.Second)
	}
	look(t, b)
	settled := versions(t, b)
	look(t, b)
	if diff := cmp.Diff(settled, versions(t, b)); diff != "" {
		t.Errorf("versions rise although nothing changes at Lever: %s", diff)
	}
	differences, err := newer.Differences(t.Context(), b.account, b.connection.ID())
	if err != nil || len(differences) > 0 {
		t.Error(differences, err)
	}
	b.RollBack()
	look(t, b)
	if diff := cmp.Diff(settled, versions(t, b)); diff != "" {
		t.Errorf("the roll back alone raises versions: %s", diff)
	}
	if err := b.account.Rename(b.account.Opportunities()[0].ID, "Renamed After"); err != nil {
		t.Fatal(err)
	}
	look(t, b)
	if differences, err = newer.Differences(t.Context(), b.account, b.connection.ID()); err != nil || len(differences) > 0 {
		t.Error("after the roll back: ", differences, err)
	}
	if saw.lost > 0 || len(saw.undone) > 0 {
		t.Errorf("older code dropped %d attributes of newer code and undid %v", saw.lost, saw.undone)
	}
	if saw.made == 0 || saw.kept == 0 {
		t.Errorf("the versions hardly met: %+v", saw)
	}
	t.Logf("%+v", saw)
}

func decide(t *testing.T, b *bundle) {
	t.Helper()
	_, err := b.Decisions.Accept(t.Context(), "tenant-1", "d1", decision.Submission{
		Opportunity: b.candidate.ID, Outcome: decision.Advance, By: decision.Decider{Name: "Someone", Email: "someone@customer.example"},
		DecidedAt: b.Now().UnixMilli(), Version: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
}

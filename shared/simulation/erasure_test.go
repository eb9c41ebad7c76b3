package simulation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/simulation"
	"github.com/evidenced/lever-integration/shared/table"
)

// backup copies the mirror as a backup would.
func backup(t *testing.T, b *bundle) []mirror.Record {
	t.Helper()
	var records []mirror.Record
	for _, item := range b.Dump(table.Mirror) {
		r, err := table.Decode[mirror.Record](item)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// mustGo lists what has to be taken out of a restored backup.
func mustGo(t *testing.T, b *bundle, records []mirror.Record) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, r := range records {
		must, err := b.Connections.MustErase(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if must {
			found[string(r.Kind)+" "+r.ID] = true
		}
	}
	return found
}

func TestSimulatedRestoredBackupIsCleanedOfWhatWasErasedSince(t *testing.T) {
	t.Parallel()
	b := setup(t)
	records := backup(t, b)
	if found := mustGo(t, b, records); len(found) != 0 {
		t.Fatalf("before anything was erased: %v", found)
	}
	if err := b.account.Delete(b.candidate.ID); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, soon)
	want := map[string]bool{"candidate " + b.candidate.ID: true, "interview " + b.interview.ID: true}
	if found := mustGo(t, b, records); fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("must go: %v, not %v", found, want)
	}
	for _, item := range b.Dump(table.Connections) {
		if m, _ := table.Decode[table.Meta](item); strings.HasPrefix(m.SK, "erased#") && strings.Contains(fmt.Sprint(item), b.candidate.ID) {
			t.Error("the note of an erasure names the candidate")
		}
	}
}

func TestSimulatedBackupOfArchivedCandidatesIsCleanedAfterTheirTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, r := range b.account.ArchiveReasons() {
		if r.Type != "hired" {
			if err := b.account.Archive(b.candidate.ID, r.ID); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	run(t, b.World, soon)
	records := backup(t, b)
	if found := mustGo(t, b, records); len(found) != 0 {
		t.Fatalf("an archived candidate may be kept for a while: %v", found)
	}
	b.Skip(31 * 24 * time.Hour)
	if found := mustGo(t, b, records); !found["candidate "+b.candidate.ID] || len(found) != 2 {
		t.Errorf("after 31 days must go: %v", found)
	}
}

func TestSimulatedBackupOfAnEndedConnectionIsEmptied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	records := backup(t, b)
	if err := b.Connections.Disconnect(t.Context(), "tenant-1", simulation.Admin()); err != nil {
		t.Fatal(err)
	}
	run(t, b.World, time.Minute)
	if found := mustGo(t, b, records); len(found) != len(records) {
		t.Errorf("%d of %d records must go", len(found), len(records))
	}
}

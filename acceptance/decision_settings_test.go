package acceptance

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

// TestSettingsSayWhatIsSentAndWhoSeesIt changes the settings over the platform API and then on the page, and looks at the
// notes that follow.
func TestSettingsSayWhatIsSentAndWhoSeesIt(t *testing.T) {
	o := separate(t)
	one := o.anyCandidate(t)
	if err := world.Platform.PutSettings(t.Context(), o.tenant, platform.Settings{SecretNotes: true, Outcomes: []string{"hire"}}); err != nil {
		t.Fatal(err)
	}
	o.settled(t, o.decideOn(t, one.ID, "d-"+uuid.NewString(), 1), 1)
	o.standing(t, one.ID, true)
	held := o.decideOn(t, o.anyCandidate(t).ID, "d-"+uuid.NewString(), 2)
	eventually(t, soon, "the end of a decision that is not sent", func(ctx context.Context) (bool, string, error) {
		status, err := world.Platform.Decision(ctx, o.tenant, held)
		return status.State == "undeliverable" && status.Cause == "outcome-not-sent", fmt.Sprintf("%+v", status), err
	})

	page, err := o.admin.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.admin.PressOn(t.Context(), page, "Save settings", "notes", "everyone", "notify", "yes", "outcome", "hold"); err != nil {
		t.Fatal(err)
	}
	got, err := world.Platform.Settings(t.Context(), o.tenant)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(platform.Settings{NotifyFollowers: true, Outcomes: []string{"hold"}}, got); diff != "" {
		t.Error(diff)
	}
	two := o.anyCandidate(t)
	o.settled(t, o.decideOn(t, two.ID, "d-"+uuid.NewString(), 2), 2)
	o.standing(t, two.ID, false)
}

// standing wants one note on a candidate, secret or not.
func (o *organisation) standing(t *testing.T, candidate string, secret bool) {
	t.Helper()
	notes, err := o.account.Notes(t.Context(), candidate)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || notes[0].Secret != secret {
		t.Errorf("%d notes, want one that is secret: %v", len(notes), secret)
	}
}

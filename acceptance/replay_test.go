package acceptance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// TestAnAdminHasOneCandidateLookedAtAgain presses the button on the page, twice, with what an admin can copy: Lever is asked
// each time, and the candidate stays as it is.
func TestAnAdminHasOneCandidateLookedAtAgain(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	before, err := world.Platform.Candidate(t.Context(), o.tenant, one.ID)
	if err != nil || before.Data == nil {
		t.Fatalf("%+v, %v", before, err)
	}
	read := func(t *testing.T) int {
		t.Helper()
		return requests(t, one.ID, func(r story.Request) bool {
			return r.Method == "GET" && r.Status == 200 && r.Path == "/v1/opportunities/{id}"
		})
	}
	for _, named := range []string{one.ID, before.Data.URL} {
		asked := read(t)
		page, err := o.admin.Page(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		page, err = o.admin.PressOn(t.Context(), page, "Look at this candidate again", "candidate", named)
		if err != nil || !strings.Contains(page.Text(), "Lever is being asked about this candidate") {
			t.Fatalf("%q: %v, %s", named, err, page.Text())
		}
		eventually(t, soon, "the look at the candidate", func(context.Context) (bool, string, error) {
			now := read(t)
			return now > asked, fmt.Sprintf("%d looks before, %d now", asked, now), nil
		})
	}
	o.deliverAboutAnother(t, o.hook(t, "candidateStageChange")) // by then the last look has been applied
	after, err := world.Platform.Candidate(t.Context(), o.tenant, one.ID)
	if err != nil || after.Version != before.Version {
		t.Errorf("version %d, then %d, %v", before.Version, after.Version, err)
	}
	page, err := o.admin.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err = o.admin.PressOn(t.Context(), page, "Look at this candidate again", "candidate", "somebody")
	if err != nil || page.Status != 400 || !strings.Contains(page.Text(), "This is not the address of a candidate") {
		t.Errorf("status %d, %v: %s", page.Status, err, page.Text())
	}
}

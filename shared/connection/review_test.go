package connection

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestThePartnerReviewNamesTheScopesThatAreAskedFor holds the table of the page for Lever's reviewers to the code's list.
func TestThePartnerReviewNamesTheScopesThatAreAskedFor(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/partner-review.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- scopes -->\n")
	rows, _, ended := strings.Cut(rest, "<!-- /scopes -->")
	if !ended {
		t.Fatal("docs/partner-review.md has no table between its marks")
	}
	var named []string
	for _, row := range strings.Split(strings.TrimSpace(rows), "\n")[2:] {
		cells := strings.Split(row, "|")
		if len(cells) != 4 || strings.TrimSpace(cells[2]) == "" {
			t.Errorf("a row without a reason: %s", row)
			continue
		}
		named = append(named, strings.Trim(cells[1], " `"))
	}
	if diff := cmp.Diff(Scopes(true), named); diff != "" {
		t.Errorf("asked for, named (-want +got):\n%s", diff)
	}
}

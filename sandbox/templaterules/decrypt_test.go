package templaterules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheTableOfWhoDecryptsIsTheRule holds the table of docs/security.md to keyPurposes, and each cell to the actions of the role.
func TestTheTableOfWhoDecryptsIsTheRule(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs/security.md"))
	if err != nil {
		t.Fatal(err)
	}
	template := load(t)
	rows := regexp.MustCompile("(?m)^\\| `([A-Za-z]+Role)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|").FindAllStringSubmatch(string(page), -1)
	for _, row := range rows {
		for i, purpose := range []string{"token", "hook", "code"} {
			var may []string
			for _, s := range template.statements(row[1]) {
				if !slices.Contains(demandedPurposes(s), purpose) {
					continue
				}
				for _, words := range [][2]string{{"kms:Decrypt", "opens"}, {"kms:GenerateDataKey", "seals"}} {
					if slices.Contains(texts(s["Action"]), words[0]) {
						may = append(may, words[1])
					}
				}
			}
			if said := strings.TrimSpace(row[2+i]); said != strings.Join(may, ", ") || (said != "") != slices.Contains(keyPurposes[row[1]], purpose) {
				t.Errorf("docs/security.md says that %s %q for %s; the template says %v", row[1], said, purpose, may)
			}
		}
	}
	if len(rows) != len(keyPurposes) {
		t.Errorf("the table has %d roles, the rule %d", len(rows), len(keyPurposes))
	}
}

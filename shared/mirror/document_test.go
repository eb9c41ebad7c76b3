package mirror_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/mirror"
)

// TestDataPageHasARowForEachField holds docs/data.md against the documents, in their order and both ways.
func TestDataPageHasARowForEachField(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(\\w+)` \\|[^|]+\\|[^|]+\\|[^|]+\\| (?:active|shown) \\|$")
	for heading, doc := range map[string]any{
		"Candidates (from an opportunity)": mirror.CandidateDoc{}, "Jobs (from a posting)": mirror.JobDoc{},
		"Users": mirror.UserDoc{}, "Interviews": mirror.InterviewDoc{},
	} {
		_, section, found := strings.Cut(string(page), "\n## "+heading+"\n")
		if !found {
			t.Fatalf("no section %q", heading)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		var told, fields []string
		for _, m := range row.FindAllStringSubmatch(section, -1) {
			told = append(told, m[1])
		}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(doc)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		slices.Sort(told)
		slices.Sort(fields)
		if diff := cmp.Diff(fields, told); diff != "" {
			t.Errorf("%s: %s", heading, diff)
		}
	}
}

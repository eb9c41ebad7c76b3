package templaterules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRulesThatReadTheCheckoutMissWhatIsWrongThere: some rules read code and documents beside the template, which no mutation
// of the template reaches. Each is given a checkout with a fault, and has to name it.
func TestRulesThatReadTheCheckoutMissWhatIsWrongThere(t *testing.T) {
	t.Parallel()
	const region = "package x\n\nconst region = \"eu-west-1\"\n"
	for name, c := range map[string]struct {
		check func(*Template) []string
		path  string // the one file of the checkout
		text  string
		want  string
	}{
		"a region in a function":      {regionIsNowhereFixed, "functions/x/main.go", region, "functions/x/main.go names eu-west-1"},
		"a region in what is shared":  {regionIsNowhereFixed, "shared/x/x.go", region, "shared/x/x.go names eu-west-1"},
		"a region in a command":       {regionIsNowhereFixed, "cmd/x/main.go", region, "cmd/x/main.go names eu-west-1"},
		"code that is not there":      {regionIsNowhereFixed, "functions/x/main.go", "package x\n", "cmd: no such file"},
		"settings that are not there": {environmentsMatch, "shared/x/x.go", region, "config: no such file"},
		"settings that are no Go":     {environmentsMatch, "shared/config/config.go", "pack", "parse config.go"},
		"no functions to name":        {oneNameFromFolderToAlarm, "shared/x/x.go", region, "list functions"},
		"no functions to alarm":       {alarmsLeadSomewhere, "shared/x/x.go", region, "list functions"},
		"routes nobody described":     {rolesReachTheirOwnRoutes, "docs/x.md", "", "openapi.yaml: no such file"},
		"a description of one route":  {rolesReachTheirOwnRoutes, "docs/api/openapi.yaml", "paths:\n  /v1/x:\n", "only 1 described"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			template := load(t).clone()
			template.root = t.TempDir()
			path := filepath.Join(template.root, c.path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(c.check(template), "\n"); !strings.Contains(said, c.want) {
				t.Errorf("%q is not said, but %q", c.want, said)
			}
		})
	}
}

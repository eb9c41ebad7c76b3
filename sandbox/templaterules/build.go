package templaterules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	// Either spelling, in a section of its own or in one line; said to be false it does no harm.
	badSetting = regexp.MustCompile(`(?m)^[^#\n]*\b(cached|use[_-]container)["']?[ \t]*=[ \t]*(?:[^f \t\n].*)$`)
	badOption  = regexp.MustCompile(`(?m)^[^#\n]*\bsam build\b[^\n]*[ \t](--cached|--use-container|-c|-u)\b`)
)

// buildsAreFresh: SAM builds with neither its cache, which knows a function's own folder alone and would ship stale code of
// shared/, nor a container, which loses the go.mod at the root.
func buildsAreFresh(t *Template) (faults []string) {
	for name, found := range map[string][][]string{
		"samconfig.toml": badSetting.FindAllStringSubmatch(t.config, -1), "the Makefile": badOption.FindAllStringSubmatch(t.makefile, -1),
	} {
		for _, m := range found {
			faults = append(faults, fmt.Sprintf("%s builds with %s", name, m[1]))
		}
	}
	if !strings.Contains(t.makefile, "sam build") {
		faults = append(faults, "the Makefile does not build with SAM")
	}
	return faults
}

// environmentsSayTheirNames: what is waived for the sandbox and what is protected depends on Environment, so no environment
// may go by another's name.
func environmentsSayTheirNames(t *Template) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(t.environments)) {
		_, section, _ := strings.Cut(t.config, "["+name+".deploy.parameters]")
		section, _, _ = strings.Cut(section, "\n[")
		if !strings.Contains(section, fmt.Sprintf("\n  %q,", "Environment="+name)) {
			faults = append(faults, name+" is not deployed under its own name")
		}
	}
	return faults
}

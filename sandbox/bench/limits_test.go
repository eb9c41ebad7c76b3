package bench

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// settings reads what a setting is in one resource of a template, every time that it stands there.
func settings(template, resource, setting string) (found []int) {
	block := regexp.MustCompile(`(?ms)^  ` + resource + `:$.*?(^  \S|\z)`).FindString(template)
	for _, m := range regexp.MustCompile(setting+`: (?:!If \[IsProtected, )?(\d+)`).FindAllStringSubmatch(block, -1) {
		n, _ := strconv.Atoi(m[1]) // digits, from above
		found = append(found, n)
	}
	return found
}

// TestLimitsAreThoseOfTheTemplate holds the numbers that are written here too against where they are set.
func TestLimitsAreThoseOfTheTemplate(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template := string(content)
	for _, c := range []struct {
		resource, setting string
		here              int
	}{
		{"HintWorkerFunction", "MaximumConcurrency", hintSlots},
		{"HintWorkerFunction", "BatchSize", hintBatch},
		{"DeltaSyncFunction", "MaximumConcurrency", deltaSlots},
		{"DeltaSyncFunction", "BatchSize", 1},
		{"FullResyncFunction", "MaximumConcurrency", resyncSlots},
		{"FullResyncFunction", "BatchSize", 1},
		{"DecisionPushFunction", "MaximumConcurrency", decisionSlots},
		{"DecisionPushFunction", "BatchSize", decisionBatch},
		{"ChangePublisherFunction", "ReservedConcurrentExecutions", publisherReserved},
		{"HttpApiStage", "ThrottlingRateLimit", requestsASecond},
		{"Function", "MemorySize", int(gigabytes * 1024)},
	} {
		if found := settings(template, c.resource, c.setting); len(found) != 1 || found[0] != c.here {
			t.Errorf("template.yaml has %s of %s at %v, the measurements have %d", c.setting, c.resource, found, c.here)
		}
	}
	sum, each := 0, regexp.MustCompile(`(?m)^  (\w+Function):$`).FindAllStringSubmatch(template, -1)
	for _, m := range each {
		for _, n := range settings(template, m[1], "ReservedConcurrentExecutions") {
			sum += n
		}
	}
	if sum != allReserved {
		t.Errorf("template.yaml reserves %d runs at once for its %d functions, the measurements have %d", sum, len(each), allReserved)
	}
}

// TestDispatchReadsAsManyAsIsSaid holds what a dispatch reads of a shard against the code.
func TestDispatchReadsAsManyAsIsSaid(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../shared/work/dispatch.go")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`\tatOnce = (\d+)\n`).FindSubmatch(content); m == nil || string(m[1]) != strconv.Itoa(dispatchAtOnce) {
		t.Errorf("shared/work has atOnce at %q, the measurements have %d", m, dispatchAtOnce)
	}
}

package release

import (
	"os"
	"strings"
	"testing"
)

func TestMakefileDeploysWithTheSameFlags(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), "\nRELEASE_FLAGS = "+FlagsInOne()+"\n") {
		t.Errorf("the Makefile's RELEASE_FLAGS are not %s", FlagsInOne())
	}
}

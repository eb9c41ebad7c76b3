package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/page/pagetest"
)

const screens = "../../docs/screens"

func TestTheDocumentsShowEveryPageAndEveryFinding(t *testing.T) {
	t.Parallel()
	h, err := newHall()
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, e := range h.exhibits {
		for _, look := range pictured() {
			wanted[e.name+"-"+look.Name+".png"] = !e.hidden
		}
	}
	for _, name := range pagetest.Names() {
		for _, f := range pagetest.Facts(name).Report().Findings {
			wanted["findings/"+f.Code+".png"] = f.Code != "confidential-not-granted" // a line among what syncs, not a card
		}
	}
	readme, err := os.ReadFile(filepath.Join(screens, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for name, want := range wanted {
		file, err := os.Stat(filepath.Join(screens, name))
		if (err == nil) != want {
			t.Errorf("%s: there %v, wanted %v (make screens)", name, err == nil, want)
		}
		if want && !strings.Contains(string(readme), name) {
			t.Errorf("docs/screens/README.md does not show %s", name)
		}
		if err == nil {
			size += file.Size()
		}
	}
	if size > 6<<20 {
		t.Errorf("the pictures take %d bytes", size)
	}
}

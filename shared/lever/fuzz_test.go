package lever

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// plain is what the text of a DecodeError may look like: names and types of this package only.
var plain = regexp.MustCompile(`^(field "[A-Za-z.]+": )?(want [a-z]+(\.[A-Za-z]+)?, got [a-z ]+|not JSON at byte \d+|not as expected)$`)

func seedSamples(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(names) == 0 {
		f.Fatal("no samples", err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
}

// FuzzOpportunity holds the decoder to its promises: it never panics, what it accepts has an id,
// and what it refuses is described without anything of the input.
func FuzzOpportunity(f *testing.F) {
	seedSamples(f)
	f.Add([]byte(`{"data":{"id":"o","applications":["a",{"id":"b"}],"stage":{"id":1},"createdAt":"1e3"}}`))
	f.Add([]byte("0")) // once described by the Go source of an unnamed type
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := unwrap(body)
		if err == nil {
			var item Opportunity
			if item, err = decodeItem[Opportunity](object); err == nil && item.ID == "" {
				t.Fatal("accepted an opportunity without an id")
			}
		}
		if err != nil && !plain.MatchString(err.Error()) {
			t.Fatalf("error text may quote the input: %s", err)
		}
	})
}

// FuzzPage holds the reading of lists to its promises: each element is either decoded or broken,
// and an id that is told could be used in a path.
func FuzzPage(f *testing.F) {
	seedSamples(f)
	f.Add([]byte("0")) // once described by the Go source of an unnamed type
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodePage[Opportunity](body)
		if err != nil {
			if !plain.MatchString(err.Error()) {
				t.Fatalf("error text may quote the input: %s", err)
			}
			return
		}
		for _, broken := range page.Broken {
			if broken.Err == nil || (broken.ID != "" && !validID(broken.ID)) {
				t.Fatalf("broken element: %q, %v", broken.ID, broken.Err)
			}
		}
		if page.stuck && page.Next != "" {
			t.Fatal("stuck although there is a way on")
		}
	})
}

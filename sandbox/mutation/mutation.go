// Package mutation takes a single rule out of the source for one build, so that a proof can show that it notices. The
// source itself stays as it is and holds no switch: the changed file exists in a temporary folder only, and the go command
// is told to read it instead (`go help build`, -overlay).
package mutation

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutation is one change of the source that takes one rule away.
type Mutation struct {
	Name string // what is taken away, in words
	File string // the file, from the root of the checkout, with slashes
	Old  string // the text that is replaced; it must stand in the file exactly once
	New  string // what stands there instead
}

// Overlay writes the mutated file and the overlay that names it into folder, and returns the path of the overlay, for the
// flag -overlay of go build, go test and go run. It fails when the text to replace does not stand in the file exactly
// once: the source has changed, and the mutation must follow.
func (m Mutation) Overlay(root, folder string) (string, error) {
	source := filepath.Join(root, filepath.FromSlash(m.File))
	content, err := os.ReadFile(source)
	if err != nil {
		return "", fmt.Errorf("mutation %q: %w", m.Name, err)
	}
	if n := strings.Count(string(content), m.Old); n != 1 {
		return "", fmt.Errorf("mutation %q: its text stands %d times in %s, and must stand there once; adapt the mutation to the source", m.Name, n, m.File)
	}
	mutated := filepath.Join(folder, "mutated.go")
	if err := os.WriteFile(mutated, []byte(strings.Replace(string(content), m.Old, m.New, 1)), 0o600); err != nil {
		return "", fmt.Errorf("mutation %q: %w", m.Name, err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: mutated}})
	if err != nil {
		return "", fmt.Errorf("mutation %q: %w", m.Name, err)
	}
	path := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		return "", fmt.Errorf("mutation %q: %w", m.Name, err)
	}
	return path, nil
}

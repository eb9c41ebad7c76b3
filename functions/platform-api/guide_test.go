package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	exampleCall = regexp.MustCompile(`lever ([A-Z]+) (?:'([^']+)'|"([^"]+)"|([^\s)]+))(?: '(\{.*\})')?`)
	// variable is one of the shell, alone or let into a text of single quotes.
	variable = regexp.MustCompile(`'"\$[A-Z_]+"'|\$[A-Z_]+`)
)

// The calls of the guide are taken, and there is one for each route of the platform; operators call theirs with leverctl.
// The acceptance suite runs them as they are written.
func TestTheGuidesExamplesWork(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "platform.md"))
	if err != nil {
		t.Fatal(err)
	}
	b, shown := setup(t), map[string]bool{}
	for _, call := range exampleCall.FindAllStringSubmatch(variable.ReplaceAllString(string(guide), "x1"), -1) {
		method, target, body := call[1], acme+call[2]+call[3]+call[4], call[5]
		r, _, err := b.routed(request(method, target, body))
		if err != nil {
			t.Errorf("%s: %v", call[0], err)
			continue
		}
		shown[r.method+" "+r.pattern] = true
		target = strings.NewReplacer("cursor=x1", "cursor=", "since=x1", "since=").Replace(target) // they are given out elsewhere
		if out := b.do(t, method, target, body); out.StatusCode >= 300 {
			t.Errorf("%s: %d %s", call[0], out.StatusCode, out.Body)
		}
	}
	for _, r := range b.routes() {
		if !strings.HasPrefix(r.pattern, operatorPrefix) && !shown[r.method+" "+r.pattern] {
			t.Errorf("the guide has no example of %s %s", r.method, r.pattern)
		}
	}
}

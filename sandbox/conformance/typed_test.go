package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/guide"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

// TestTheGuideAsksTheAccountOfTheEnvironment types what docs/conformance.md says as it stands there, with the addresses and keys
// of a simulated Lever, which lives in real time.
func TestTheGuideAsksTheAccountOfTheEnvironment(t *testing.T) {
	t.Parallel()
	rules := levertest.DefaultRules()
	world := levertest.New(levertest.Options{
		Now: time.Now, Seed: 7, ClientID: simulatedApp, ClientSecret: simulatedSecret, RedirectURIs: []string{simulatedRedirect}, Rules: &rules,
	})
	server := httptest.NewServer(world.Handler())
	defer server.Close()
	pair, err := world.Seed(levertest.SmallCompany(1, 24, time.Now())).Connect(connection.Scopes(false)...)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "refresh-token")
	if err := os.WriteFile(file, []byte(pair.RefreshToken), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks, err := guide.Blocks("../..", "docs/conformance.md", "With an account")
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	if strings.Count(blocks[0], "https://api.sandbox.lever.co") != 1 || strings.Count(blocks[0], "https://sandbox-lever.auth0.com") != 1 || strings.Count(blocks[0], "https://") != 2 {
		t.Fatalf("the guide names other hosts:\n%s", blocks[0])
	}
	script := strings.NewReplacer("https://api.sandbox.lever.co", server.URL, "https://sandbox-lever.auth0.com", server.URL,
		"LEVER_CLIENT_ID=…", "LEVER_CLIENT_ID="+simulatedApp, "LEVER_CLIENT_SECRET=…", "LEVER_CLIENT_SECRET="+simulatedSecret,
		"=refresh-token", "="+file).Replace(blocks[0])
	programs, err := guide.Spans("../..", "go", "docs/conformance.md")
	if err != nil || len(programs) != 2 { // -json and -help
		t.Fatalf("%q, %v", programs, err)
	}
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script+strings.Join(programs, "\n"))
	command.Dir = "../.."
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LEVER") && !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS") {
			command.Env = append(command.Env, v)
		}
	}
	out, err := command.CombinedOutput()
	for _, says := range []string{"\n15 as assumed, 0 otherwise, 31 could not be asked\n", "\n  \"findings\": [\n", "LEVER_CONFORMANCE_POSTING  "} {
		if err != nil || strings.Count(string(out), says) != 1 {
			t.Errorf("%v, want %q in\n%s", err, says, out)
		}
	}
	if after, err := os.ReadFile(file); err != nil || string(after) == pair.RefreshToken {
		t.Errorf("the file still has the token that was used: %v", err)
	}
}

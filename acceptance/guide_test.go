package acceptance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/guide"
	"github.com/evidenced/lever-integration/sandbox/story"
	"github.com/evidenced/lever-integration/shared/loopback"
)

// shellBlocks gives the shell examples of docs/platform.md under one heading, in order.
func shellBlocks(t *testing.T, heading string) []string {
	t.Helper()
	blocks, err := guide.Blocks("..", "docs/platform.md", heading)
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// guided runs examples as a new user would, in a shell that stops at the first call that fails.
// Each reply is held against docs/api on its way to curl.
func guided(t *testing.T, tenant, attempt string, blocks ...string) {
	t.Helper()
	description, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	door, err := contract.Open(world.Endpoints.API, description, loopback.Transport())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		passed, breaches := door.Close()
		if passed == 0 && door.Held() || breaches != nil {
			t.Errorf("%d replies to curl, of which break the contract: %v", passed, breaches)
		}
	}()
	calling := shellBlocks(t, "Calling")
	if len(calling) != 3 {
		t.Fatalf("%d examples of calling; the middle one is for the sandbox", len(calling))
	}
	settings := strings.NewReplacer("TENANT=acme", "TENANT="+tenant, ".sandbox/", filepath.Dir(os.Getenv("ENDPOINTS"))+"/").Replace(calling[1])
	script := "set -euo pipefail\n" + settings + "API=" + door.URL + "\n" + calling[2] + strings.Join(blocks, "\n")
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Env = append(os.Environ(), "ATTEMPT="+attempt)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Fatalf("%v after\n%s", err, output.String())
	}
}

// Every example of the guide, in its order, with curl, as it is written, but for the first block of Calling, which
// acceptance/operator types; the block for the sandbox takes its place. Only the way through Lever's pages, and the wait for the
// first sync, are between them.
func TestTheGuideRunsAsItIsWritten(t *testing.T) {
	account, _ := spare(t, 1)
	visitor := world.Visitor("guide-"+uuid.NewString()[:8], "u-17", "admin")
	connecting := shellBlocks(t, "Connecting a tenant")
	if len(connecting) != 2 {
		t.Fatalf("%d examples of connecting, want one before and one after Lever", len(connecting))
	}
	guided(t, visitor.Tenant, "", connecting[0])
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := visitor.Consent(t.Context(), super[0], story.AcceptButton)
	if err != nil {
		t.Fatal(err)
	}
	guided(t, visitor.Tenant, page.URL.Query().Get("attempt"), connecting[1])
	if _, err := visitor.Synced(t.Context(), firstResync); err != nil {
		t.Fatal(err)
	}
	var rest []string
	for _, heading := range []string{"Reading", "Following changes", "Handing over decisions", "Settings", "Disconnecting"} {
		blocks := shellBlocks(t, heading)
		if len(blocks) == 0 {
			t.Errorf("no example of %s", heading)
		}
		rest = append(rest, blocks...)
	}
	guided(t, visitor.Tenant, "", rest...)
}

// Package operator runs leverctl, built as it ships, against a deployed stack: it re-seals everybody and then ends every
// connection there is. So it is for sandboxes only, and runs after the tests that need their connections.
package operator

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/loopback"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// limit bounds each wait.
const limit = 3 * time.Minute

// ctl is leverctl with what it needs to find the stack.
type ctl struct {
	path string
	env  []string
}

// build makes the command in a folder of the test's own. Each reply is held against docs/api on its way to it.
func build(t *testing.T, e story.Endpoints) ctl {
	t.Helper()
	c := ctl{path: filepath.Join(t.TempDir(), "leverctl")}
	command := exec.CommandContext(t.Context(), "go", "build", "-o", c.path, "github.com/evidenced/lever-integration/cmd/leverctl")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build leverctl: %v\n%s", err, out)
	}
	description, err := contract.Read()
	if err != nil {
		t.Fatal(err)
	}
	door, err := contract.Open(e.API, description, loopback.Transport())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		passed, breaches := door.Close()
		if passed == 0 && door.Held() || breaches != nil {
			t.Errorf("%d replies to leverctl, of which break the contract: %v", passed, breaches)
		}
	})
	c.env = []string{
		"LEVERCTL_API=" + door.URL, "AWS_REGION=" + e.Region, "AWS_PROFILE=" + e.Profiles["operator"],
		"AWS_SHARED_CREDENTIALS_FILE=" + e.CredentialsFile, "AWS_CONFIG_FILE=" + os.DevNull,
	}
	return c
}

// types runs a command line and returns both streams and the exit code.
func (c ctl) types(t *testing.T, line string) (stdout, stderr string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.path, strings.Fields(line)...)
	var out, complaint bytes.Buffer
	command.Env, command.Stdout, command.Stderr = c.env, &out, &complaint
	err := command.Run()
	if failed := (&exec.ExitError{}); errors.As(err, &failed) {
		return out.String(), complaint.String(), failed.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), complaint.String(), 0
}

// wants fails unless the command succeeds and says so.
func (c ctl) wants(t *testing.T, line, says string) string {
	t.Helper()
	out, complaint, code := c.types(t, line)
	if code != 0 || !regexp.MustCompile(says).MatchString(out) {
		t.Errorf("leverctl %s: exit code %d, says %q and %q; want %q", line, code, out, complaint, says)
	}
	return out + complaint
}

// customer is an organisation with its account at Lever.
type customer struct {
	visitor    *story.Visitor
	account    *story.Account
	connection string
}

func connected(t *testing.T, world *story.World, account *story.Account) customer {
	t.Helper()
	c := customer{visitor: world.Visitor("operated-"+uuid.NewString()[:8], "u-1", "admin"), account: account}
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c.connection, err = c.visitor.Connect(t.Context(), super[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := c.visitor.Synced(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLeverctlLooksResealsAndEndsEverybody(t *testing.T) {
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs a running sandbox, see make acceptance: %v", err)
	}
	replies, err := contract.Record(world.Endpoints.API, world.HTTP.Transport)
	if err != nil {
		t.Fatal(err)
	}
	world.HTTP.Transport = replies
	t.Cleanup(func() {
		if err := replies.Err(); err != nil {
			t.Error(err)
		}
	})
	accounts, err := world.Lever.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(accounts) < 9 || world.Endpoints.AWS == "" {
		t.Fatal("this ends every connection, and wants a sandbox started with SMALL_COMPANIES=22, as make acceptance does")
	}
	c, customers := build(t, world.Endpoints), []customer{}
	for _, account := range accounts[len(accounts)-8 : len(accounts)-5] {
		customers = append(customers, connected(t, world, account))
	}
	one := customers[0]
	candidates, err := one.account.Active(t.Context())
	if err != nil || len(candidates) == 0 {
		t.Fatal(err)
	}
	c.wants(t, "status "+one.visitor.Tenant, one.visitor.Tenant+` is connected, connection `+one.connection)
	c.wants(t, "why "+one.visitor.Tenant+" "+candidates[0].ID, `is active\.\n  Lever last showed it as it is to a fetch that started 20`)
	c.wants(t, "replay "+one.visitor.Tenant+" "+candidates[0].ID, `Lever will be asked`)
	c.wants(t, "resync "+one.visitor.Tenant, `^Everything was compared`)
	c.wants(t, "quarantine", `.`)
	c.wants(t, "overdue --json", `^{"data":\[`)
	c.wants(t, "reseal --all", `is over: connections re-sealed, (\d+) of (\d+)\.`)
	c.endEverybody(t)
	c.wants(t, "connections", `^There is no connection that has not ended`)
	for _, customer := range customers {
		customer.isGone(t, world)
	}
}

var count = regexp.MustCompile(`--sure (\d+)`)

// endEverybody is refused without the number of connections, and then shows how far it is.
func (c ctl) endEverybody(t *testing.T) {
	t.Helper()
	_, complaint, code := c.types(t, "end --all")
	asked := count.FindStringSubmatch(complaint)
	if code != 1 || asked == nil {
		t.Fatalf("leverctl end --all: exit code %d, says %q", code, complaint)
	}
	all := fmt.Sprintf("%s of %s", asked[1], asked[1])
	if said := c.wants(t, "end --all --sure "+asked[1], `connections ended, `+all); !strings.Contains(said, "] "+all+", 100 %") {
		t.Errorf("no progress shown: %q", said)
	}
}

func (c customer) isGone(t *testing.T, world *story.World) {
	t.Helper()
	if _, err := c.visitor.Disconnected(t.Context(), limit); err != nil {
		t.Error(err)
	}
	hooks, err := world.OwnWebhooks(t.Context(), c.account)
	if err != nil || len(hooks) != 0 {
		t.Errorf("%d webhooks at Lever, %v", len(hooks), err)
	}
	left, err := world.Left(t.Context(), c.connection)
	if err != nil || !left.None() {
		t.Errorf("left: %s, %v", left, err)
	}
	page, err := c.visitor.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !page.Says("Evidenced ended the connection") {
		t.Errorf("the page does not say who ended it: %s", page.Text())
	}
}

// Package operator types what docs/operator.md and docs/runbook.md tell the engineers who run the integration to type, as it is
// written, against a deployed stack: leverctl, built as it ships, and the AWS CLI. It re-seals everybody and then ends every
// connection there is. So it is for sandboxes only, and runs after the tests that need their connections.
package operator

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/guide"
	"github.com/evidenced/lever-integration/sandbox/story"
	"github.com/evidenced/lever-integration/shared/loopback"
)

const (
	root  = "../.."
	limit = 3 * time.Minute // bounds each wait
)

func open(t *testing.T) *story.World {
	t.Helper()
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs a running sandbox, see make acceptance: %v", err)
	}
	return world
}

// ctl is leverctl with what it needs to find the stack.
type ctl struct{ env []string }

// build makes the command and looks around with it as the guide says. Each reply to it is held against docs/api on its way.
func build(t *testing.T, e story.Endpoints) ctl {
	t.Helper()
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
	shell, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), "operator",
		"lever-operator", e.Profiles["operator"], "<ApiUrl>", door.URL, "eu-west-1", e.Region)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := guide.Blocks(root, "docs/operator.md", "Set it up")
	if err != nil || len(blocks) != 3 {
		t.Fatalf("%d blocks, want one to build, one for AWS and one for a sandbox: %v", len(blocks), err)
	}
	if out, err := shell.Type(t.Context(), strings.Join(blocks, "\n"), ""); err != nil {
		t.Fatalf("set up leverctl: %v\n%s", err, out)
	}
	return ctl{[]string{
		"LEVERCTL_API=" + door.URL, "AWS_REGION=" + e.Region, "AWS_PROFILE=" + e.Profiles["operator"],
		"AWS_SHARED_CREDENTIALS_FILE=" + e.CredentialsFile, "AWS_CONFIG_FILE=" + os.DevNull,
	}}
}

// types runs a command line and returns both streams and the exit code.
func (c ctl) types(t *testing.T, line string) (stdout, stderr string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), root+"/bin/leverctl", strings.Fields(line)[1:]...)
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
	world := open(t)
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
	candidates, err := customers[0].account.Active(t.Context())
	if err != nil || len(candidates) == 0 {
		t.Fatal(err)
	}
	session{ctl: c, words: map[string]string{
		"TENANT": customers[0].visitor.Tenant, "CANDIDATE": candidates[0].ID, "COMMAND": "status",
		"CONNECTION": regexp.QuoteMeta(customers[0].connection),
	}}.types(t)
	c.says(t, "leverctl connections", `^There is no connection that has not ended`)
	for _, customer := range customers {
		customer.isGone(t, world)
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

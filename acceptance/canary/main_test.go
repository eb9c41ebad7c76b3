// Package canary plants secrets and people, sends them through every flow of the deployed stack, and then looks whether
// one got to where it must not be: logs, messages, dead letters, events, tables, answers with errors, and whatever another
// organisation or an operator can see. Names and texts of people belong into the tables Mirror and Decisions alone, and
// secrets nowhere in the clear.
//
// It needs the eyes of the account's owner and stops the queues for a moment, so it is for sandboxes only, and runs after
// the other acceptance tests.
package canary

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// stack is the stack under test with the eyes of its owner; TestMain sets it once.
var stack eyes

// eyes are a running stack with what only its owner can see of it.
type eyes struct {
	*story.World
	wire    *wire
	replies *contract.Recorder // around the wire, which so sees what breaks the contract, too
	events  contract.Events
	places  places
	owner   aws.Config
}

// operator calls as an engineer who runs the stack.
func (e eyes) operator(t *testing.T) *platform.Client {
	t.Helper()
	config, err := e.places.load(t.Context(), "operator")
	if err != nil {
		t.Fatal(err)
	}
	return platform.New(platform.Config{
		BaseURL: e.Endpoints.API, Region: e.places.Region, Credentials: config.Credentials, HTTP: e.HTTP, Now: time.Now,
	})
}

// places is what the file of addresses says beyond what stories need.
type places struct {
	AWS             string            `json:"aws"`
	Region          string            `json:"region"`
	CredentialsFile string            `json:"credentialsFile"`
	Profiles        map[string]string `json:"profiles"`
	Tables          map[string]string `json:"tables"`
	Queues          map[string]string `json:"queues"`
	LogGroups       map[string]string `json:"logGroups"`
	Bus             string            `json:"bus"`
	Logs            string            `json:"logs"`
}

func TestMain(m *testing.M) {
	if err := open(context.Background(), os.Getenv("ENDPOINTS")); err != nil {
		fmt.Fprintln(os.Stderr, "canary: this test needs a running sandbox, see make acceptance:", err)
		os.Exit(1)
	}
	code := m.Run()
	if err := stack.replies.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "canary: the contract was broken:", err)
		code = 1
	}
	os.Exit(code)
}

func open(ctx context.Context, path string) (err error) {
	if stack.World, err = story.Open(ctx, path); err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &stack.places); err != nil {
		return err
	}
	stack.wire = newWire(stack.HTTP.Transport, stack.Endpoints.API)
	if stack.replies, err = contract.Record(stack.Endpoints.API, stack.wire); err != nil {
		return err
	}
	stack.HTTP.Transport = stack.replies
	if stack.events, err = contract.ReadEvents(); err != nil {
		return err
	}
	stack.owner, err = stack.places.load(ctx, "admin")
	return err
}

func (p places) load(ctx context.Context, profile string) (aws.Config, error) {
	return awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithRegion(p.Region), awsconfig.WithSharedConfigProfile(p.Profiles[profile]),
		awsconfig.WithSharedConfigFiles([]string{}), awsconfig.WithSharedCredentialsFiles([]string{p.CredentialsFile}),
		awsconfig.WithBaseEndpoint(p.AWS),
	)
}

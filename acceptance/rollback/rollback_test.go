// Package rollback deploys a next version of the code over a running stack and takes it back, with data of both: what
// docs/operator.md says of a roll back. It changes the functions of the stack, so it wants one of its own: make rollback.
package rollback

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/release"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// changed are the functions that the next version changes.
func changed() map[string]string {
	return map[string]string{
		"hint-worker": "HintWorkerFunction", "delta-sync": "DeltaSyncFunction", "full-resync": "FullResyncFunction",
		"decision-push": "DecisionPushFunction", "sync-dispatch": "SyncDispatchFunction", "platform-api": "PlatformApiFunction",
	}
}

type stack struct {
	world      *story.World
	tenant     string
	connection string
	account    *story.Account
	lambda     *lambda.Client
}

func TestTheNextVersionIsDeployedAndTakenBackAndNothingIsLost(t *testing.T) {
	s := connect(t)
	people, err := s.account.Active(t.Context())
	if err != nil || len(people) < 4 {
		t.Fatalf("%d active candidates, %v", len(people), err)
	}

	before := s.deploy(t)
	s.resync(t)
	moved := s.move(t, people[0].ID)
	s.decide(t, people[0].ID)
	grown := s.records(t)
	for id, r := range grown {
		if r.schema != 2 || r.next == "" || !r.full {
			t.Fatalf("%s after a full resync of the next version: %+v", id, r)
		}
	}
	if grown["candidate "+people[0].ID].stage != moved {
		t.Errorf("the next version shows stage %q, not %q", grown["candidate "+people[0].ID].stage, moved)
	}

	start := time.Now()
	for name, version := range before {
		if err := release.Move(t.Context(), s.lambda, name, version); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("rolled back in %s", time.Since(start).Round(time.Millisecond))
	moved = s.move(t, people[1].ID)
	s.decide(t, people[1].ID)
	s.resync(t)
	for id, now := range s.records(t) {
		was := grown[id]
		switch {
		case id == "candidate "+people[1].ID:
			if now.stage != moved || now.version <= was.version || now.next != was.next {
				t.Errorf("the moved candidate: was %+v, is %+v", was, now)
			}
		case now.version != was.version || now.schema != was.schema || now.next != was.next || !now.full:
			t.Errorf("%s was rewritten by older code: was %+v, is %+v", id, was, now)
		}
	}
	s.noDeadLetters(t)
}

func connect(t *testing.T) *stack {
	t.Helper()
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs a stack of its own, see make rollback: %v", err)
	}
	if world.Endpoints.AWS == "" {
		t.Fatal("the addresses are those of a real account; its functions are not touched")
	}
	accounts, err := world.Lever.Accounts(t.Context())
	if err != nil || len(accounts) < 2 {
		t.Fatalf("%d accounts at the simulated Lever, %v", len(accounts), err)
	}
	s := &stack{world: world, tenant: "rollback-" + uuid.NewString()[:8], account: accounts[len(accounts)-1]}
	owner, err := world.Endpoints.Cloud(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	s.lambda = lambda.NewFromConfig(owner)
	super, err := s.account.SuperAdmins(t.Context())
	if err != nil || len(super) == 0 {
		t.Fatalf("%d super admins, %v", len(super), err)
	}
	admin := world.Visitor(s.tenant, "u-1", "admin")
	if s.connection, err = admin.Connect(t.Context(), super[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.account.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Synced(t.Context(), 3*time.Minute); err != nil {
		t.Fatal(err)
	}
	return s
}

// resync has everything compared and waits until that is over.
func (s *stack) resync(t *testing.T) {
	t.Helper()
	last, err := s.world.Platform.Connection(t.Context(), s.tenant)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.world.Platform.Resync(t.Context(), s.tenant, ""); err != nil {
		t.Fatal(err)
	}
	_, err = story.Eventually(t.Context(), 3*time.Minute, "a full resync", s.look(func(c platform.Connection) (bool, string) {
		return c.Resync == nil && c.Check != nil && (last.Check == nil || c.Check.At > last.Check.At), "state " + c.State
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// move moves a candidate in Lever, waits until the platform sees it and returns the new stage.
func (s *stack) move(t *testing.T, id string) string {
	t.Helper()
	stage, err := s.account.NextStage(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.account.Move(t.Context(), id, stage); err != nil {
		t.Fatal(err)
	}
	if _, err := story.Eventually(t.Context(), 2*time.Minute, "the new stage", s.staged(id, stage)); err != nil {
		t.Fatal(err)
	}
	return stage
}

// decide decides about a candidate and waits for the one note.
func (s *stack) decide(t *testing.T, id string) {
	t.Helper()
	_, err := s.world.Platform.PutDecision(t.Context(), s.tenant, "d-"+uuid.NewString(), platform.Decision{
		Opportunity: id, Outcome: "advance", Reason: "Clear thinking", Version: 1, DecidedAt: time.Now().UnixMilli(),
		By: platform.Decider{Name: "Morgan Sample", Email: "morgan.sample@northwind.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := story.Eventually(t.Context(), 2*time.Minute, "one note", s.noted(id)); err != nil {
		t.Fatal(err)
	}
}

func (s *stack) noDeadLetters(t *testing.T) {
	t.Helper()
	owner, err := s.world.Endpoints.Cloud(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	queues := sqs.NewFromConfig(owner)
	for _, name := range []string{"HintDlq", "DeltaDlq", "ResyncDlq", "DecisionDlq", "PublisherDlq", "ScheduleDlq"} {
		url := s.world.Endpoints.Queues[name]
		out, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages},
		})
		if err != nil || fmt.Sprint(out.Attributes) != "map[ApproximateNumberOfMessages:0]" {
			t.Errorf("%s holds %v, %v", name, out, err)
		}
	}
}

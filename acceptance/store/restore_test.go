package store

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/guide"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

const root = "../.."

// drill is a mirror that is restored to the moment before two people were erased.
type drill struct {
	world              *story.World
	tenant, connection string
	account            *story.Account
	restored           string
	steps              []string // of docs/runbook.md
}

// TestARestoredMirrorIsCleanedOfWhatWasErasedSince is the drill of docs/runbook.md, with its steps typed as they stand there: the
// mirror is restored by DynamoDB's own restore to a point in time, people are deleted in Lever meanwhile and a connection
// ends, and after `make cleanse` the restored table holds everybody but them. Then the table in use loses its records, and the
// command puts them back (see putBack). The emulator restores to this moment only, so the restore comes first here.
func TestARestoredMirrorIsCleanedOfWhatWasErasedSince(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	active, err := d.account.Active(t.Context())
	if err != nil || len(active) < 6 {
		t.Fatalf("%d active candidates, %v", len(active), err)
	}
	d.restore(t)
	erased := active[:2]
	for _, one := range erased {
		if _, err := d.account.Deed(t.Context(), "opportunities/"+one.ID+"/delete", nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range erased {
		d.gone(t, one.ID)
	}
	for _, one := range active {
		if !d.has(t, one.ID) {
			t.Fatalf("%s is not in the restored table before it is cleaned, so cleaning shows nothing", one.ID)
		}
	}
	d.move(t, active[2].ID)
	first, second := d.run(t, false).removed, d.run(t, false).removed
	if first < len(erased) || second != 0 {
		t.Errorf("%d records removed, then %d; want at least %d, then none", first, second, len(erased))
	}
	for i, one := range active {
		if left := d.has(t, one.ID); left == (i < len(erased)) {
			t.Errorf("candidate %d of %d stands in the cleaned table: %t", i, len(active), left)
		}
	}
	d.putBack(t, erased, active[2], active[3])
}

func prepare(t *testing.T) *drill {
	t.Helper()
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
	if err != nil || len(accounts) < 10 {
		t.Fatalf("the simulated Lever has %d accounts; start the stack with SMALL_COMPANIES=22, as make acceptance does (%v)", len(accounts), err)
	}
	d := &drill{world: world, tenant: "restore-" + uuid.NewString()[:8], account: accounts[len(accounts)-9]}
	for i := range 4 { // a small company may have three candidates only
		if _, err := d.account.Apply(t.Context(), fmt.Sprintf("Restored Sample %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	admin := world.Visitor(d.tenant, "u-1", "admin")
	super, err := d.account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.connection, err = admin.Connect(t.Context(), super[0]); err != nil {
		t.Fatal(err)
	}
	if err := d.account.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Synced(t.Context(), 3*time.Minute); err != nil {
		t.Fatal(err)
	}
	return d
}

// restore makes a table of its own of the mirror as it is now.
func (d *drill) restore(t *testing.T) {
	t.Helper()
	steps, err := guide.Blocks(root, "docs/runbook.md", "A table was restored from a backup")
	if err != nil || len(steps) != 6 {
		t.Fatalf("%d steps in the runbook, want 6: %v", len(steps), err)
	}
	d.steps, d.restored = steps, d.world.Endpoints.Tables["Mirror"]+"-restored"
	d.step(t, 2, "admin")
	t.Cleanup(func() { d.step(t, 6, "admin") })
}

// step types a step of the runbook, counted from 1, after the names of step 1, and returns what it said.
func (d *drill) step(t *testing.T, n int, profile string) string {
	t.Helper()
	e := d.world.Endpoints
	shell, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), profile, "resync TENANT", "resync "+d.tenant,
		"<last good moment, in UTC>", time.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	names := d.steps[0]
	if profile == "operator" { // who may not read the outputs, and needs none
		names = "make -s leverctl\n"
	}
	out, err := shell.With("STACK="+e.Stack, "LEVERCTL_API="+e.API).Type(context.WithoutCancel(t.Context()), names+d.steps[n-1], "")
	if err != nil {
		t.Fatalf("step %d of the runbook: %v\n%s", n, err, out)
	}
	return out
}

// gone waits until a candidate is a tombstone in the mirror that is in use.
func (d *drill) gone(t *testing.T, id string) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(250 * time.Millisecond) {
		var record platform.Record[platform.Candidate]
		record, err := d.world.Platform.Candidate(t.Context(), d.tenant, id)
		if err == nil && record.State == "removed" && record.Data == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is %s 90 s after it was deleted in Lever, %v", id, record.State, err)
		}
	}
}

// has says whether a candidate with their data stands in the restored table.
func (d *drill) has(t *testing.T, id string) bool {
	t.Helper()
	got, err := d.world.Store().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(d.restored), ConsistentRead: aws.Bool(true), Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: d.connection + "#candidate"}, "sk": &types.AttributeValueMemberS{Value: id},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(got.Item) > 0
}

var printed = regexp.MustCompile(`(\d+) records read, (\d+) held what must not come back and were removed
(?:(\d+) put back, (\d+) skipped because the table in use has them, (\d+) left out because their time is over)?`)

// found is what the command says it did.
type found struct{ read, removed, back, skipped, out int }

// run cleans the restored table, or when it has to go back puts what is left into the table in use.
func (d *drill) run(t *testing.T, back bool) (n found) {
	t.Helper()
	step := 3
	if back {
		step = 4
	}
	out := d.step(t, step, "admin")
	words := printed.FindStringSubmatch(out)
	if words == nil || back != (len(words[3]) > 0) {
		t.Fatalf("make cleanse says\n%s", out)
	}
	for i, number := range []*int{&n.read, &n.removed, &n.back, &n.skipped, &n.out} {
		*number, _ = strconv.Atoi(words[i+1]) // digits, or nothing
	}
	return n
}

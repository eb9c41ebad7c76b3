package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// putBack is the second half of the drill: the table in use loses the records of the connection but two, the command puts
// them back, and the full resync that the runbook ends with leaves the mirror as Lever is. What stands is a candidate who
// was changed since the backup, and the tombstone of one who was erased; that of the other is lost with the rest, so that
// only the note of the erasure can keep them away.
func (d *drill) putBack(t *testing.T, erased []story.Opportunity, stands, lost story.Opportunity) {
	t.Helper()
	before, err := d.world.Mirrored(t.Context(), d.tenant)
	if err != nil {
		t.Fatal(err)
	}
	changed, was := d.candidate(t, stands.ID), d.candidate(t, lost.ID)
	gone := d.lose(t, stands.ID, erased[1].ID)
	if left, err := d.world.Mirrored(t.Context(), d.tenant); err != nil || left.Candidates > before.Candidates/2 {
		t.Fatalf("%s are left of %s, so putting back shows nothing (%v)", left, before, err)
	}
	found := d.run(t, true)
	if found.back == 0 || found.back > gone || found.skipped == 0 {
		t.Errorf("%+v after %d records were lost; more were found than had been lost, or none", found, gone)
	}
	t.Logf("%d records of %s lost; %d put back, %d skipped, %d left out", gone, before, found.back, found.skipped, found.out)
	d.whole(t, before, erased)
	if now := d.candidate(t, stands.ID); now != changed {
		t.Errorf("the candidate who stood in the table in use is %+v and was %+v", now, changed)
	}
	if now := d.candidate(t, lost.ID); now.version <= was.version || now.stage != was.stage {
		t.Errorf("the candidate who was lost is %+v and was %+v", now, was)
	}
	if again := d.run(t, true); again.back != 0 || again.removed != 0 {
		t.Errorf("the second time %+v", again)
	}
	if said := d.step(t, 5, "operator"); !strings.Contains(said, "Everything was compared") {
		t.Errorf("leverctl resync says %s", said)
	}
	d.whole(t, before, erased)
}

// whole checks that the platform sees everybody again but those who were erased.
func (d *drill) whole(t *testing.T, before story.Counts, erased []story.Opportunity) {
	t.Helper()
	if now, err := d.world.Mirrored(t.Context(), d.tenant); err != nil || now != before {
		t.Errorf("the platform sees %s; before the loss %s (%v)", now, before, err)
	}
	for _, one := range erased {
		if record, err := d.world.Platform.Candidate(t.Context(), d.tenant, one.ID); err == nil && record.Data != nil {
			t.Errorf("%s was erased and is back: %s", one.ID, record.State)
		}
	}
}

// shown is what the platform sees of a candidate.
type shown struct {
	version int64
	stage   string
}

func (d *drill) candidate(t *testing.T, id string) shown {
	t.Helper()
	record, err := d.world.Platform.Candidate(t.Context(), d.tenant, id)
	if err != nil || record.Data == nil {
		t.Fatalf("candidate %s: %+v, %v", id, record, err)
	}
	return shown{record.Version, record.Data.StageID}
}

// move changes a candidate in Lever and waits until the platform sees it.
func (d *drill) move(t *testing.T, id string) {
	t.Helper()
	stage, err := d.account.NextStage(t.Context(), id)
	if err == nil {
		err = d.account.Move(t.Context(), id, stage)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = story.Eventually(t.Context(), 90*time.Second, "a move in Lever", func(context.Context) (bool, string, error) {
		now := d.candidate(t, id)
		return now.stage == stage, now.stage, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lose deletes all records of the connection from the table in use, but of these candidates.
func (d *drill) lose(t *testing.T, but ...string) (lost int) {
	t.Helper()
	store, source := d.world.Store(), aws.String(d.world.Endpoints.Tables["Mirror"])
	kept := map[string]bool{}
	for _, id := range but {
		kept[id] = true
	}
	for _, kind := range []string{"candidate", "interview", "job", "user"} {
		pages := dynamodb.NewQueryPaginator(store, &dynamodb.QueryInput{
			TableName: source, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: d.connection + "#" + kind}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				if id, ok := item["sk"].(*types.AttributeValueMemberS); ok && kept[id.Value] {
					continue
				}
				_, err := store.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
					TableName: source, Key: map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]},
				})
				if err != nil {
					t.Fatal(err)
				}
				lost++
			}
		}
	}
	return lost
}

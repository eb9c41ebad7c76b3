package canary

import (
	"bytes"
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// poison puts people where nothing of ours does, a message into each queue that cannot be read and a decision that cannot
// be decoded, and waits until every reader has complained in its log. They are taken away at the end of the test: a nudge
// that goes with them is harmless.
func (o *organisation) poison(t *testing.T) {
	t.Helper()
	p := o.people[25]
	queues := sqs.NewFromConfig(stack.owner)
	complaints := map[string]string{
		"log HintWorkerLogGroup": "message failed", "log DeltaSyncLogGroup": "message failed", "log FullResyncLogGroup": "message failed",
		"log DecisionPushLogGroup": "message cannot be read", "log ChangePublisherLogGroup": "stream record not understood",
	}
	for _, queue := range []string{"Hint", "Delta", "Resync", "Decision"} {
		url := stack.places.Queues[queue]
		if _, err := queues.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageGroupId: aws.String("canary"), MessageBody: aws.String(`{"kind":"` + p.name + `","target":"` + p.email + `"`),
		}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = queues.PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: &url}) })
	}
	store, table := dynamodb.NewFromConfig(stack.owner), stack.places.Tables["Decisions"]
	key := map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: o.tenant}, "sk": &types.AttributeValueMemberS{Value: "d-poison"},
	}
	if _, err := store.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"pk": key["pk"], "sk": key["sk"], "version": &types.AttributeValueMemberS{Value: p.phone}, "content": &types.AttributeValueMemberS{Value: p.text},
	}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = store.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: &table, Key: key})
	})
	eventually(t, "a complaint of every reader", func(ctx context.Context) (bool, string, error) {
		seen := sights{}
		if err := seen.logs(ctx); err != nil {
			return false, "", err
		}
		for place, words := range complaints {
			if !bytes.Contains(seen[place], []byte(words)) {
				return false, "none in the " + place, nil
			}
		}
		return true, "", nil
	})
}

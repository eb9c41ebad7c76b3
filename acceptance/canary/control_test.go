package canary

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// leaksAreSeen plants a secret and a name in each sort of place, with the rights of the account's owner, and wants them
// found there: what the search before did not find was not there.
func leaksAreSeen(t *testing.T, n nets, secret, name string, events tap) {
	leak := "planted " + secret + " and " + name
	group := stack.places.LogGroups["HintWorkerLogGroup"]
	table, queue := stack.places.Tables["Work"], stack.places.Queues["ScheduleDlq"]
	inLog(t, group, leak)
	inTable(t, table, secret, name)
	inQueue(t, queue, leak)
	if _, err := eventbridge.NewFromConfig(stack.owner).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []bustypes.PutEventsRequestEntry{{
		EventBusName: &stack.places.Bus, Source: aws.String("canary"), DetailType: aws.String("Planted"), Detail: aws.String(`{"leak":"` + secret + `"}`),
	}}}); err != nil {
		t.Fatal(err)
	}
	seen := sights{}
	look(t, seen)
	if _, err := seen.queues(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := events.drain(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]int{"log HintWorkerLogGroup": 2, "table Work": 2, "queue ScheduleDlq": 2, "events of the bus": 1} {
		names := map[string]bool{}
		for _, leak := range n.leaks(place, seen[place]) {
			names[leak.Name] = true
		}
		if len(names) != want {
			t.Errorf("%s: %d of %d planted values found", place, len(names), want)
		}
	}
}

// inLog puts a line into a log; it stays until the log forgets it.
func inLog(t *testing.T, group, leak string) {
	t.Helper()
	client, stream := cloudwatchlogs.NewFromConfig(stack.owner), "canary-control"
	_, _ = client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}) // it may be there
	if _, err := client.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream,
		LogEvents: []logtypes.InputLogEvent{{Message: &leak, Timestamp: aws.Int64(time.Now().UnixMilli())}},
	}); err != nil {
		t.Fatal(err)
	}
}

// inTable puts an item into a table, the secret as bytes, until the end of the test.
func inTable(t *testing.T, table, secret, name string) {
	t.Helper()
	client := dynamodb.NewFromConfig(stack.owner)
	key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "canary"}, "sk": &types.AttributeValueMemberS{Value: "control"}}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"pk": key["pk"], "sk": key["sk"], "bytes": &types.AttributeValueMemberB{Value: []byte(secret)},
		"deep": &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberS{Value: name}}},
	}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: &table, Key: key})
	})
}

// inQueue puts a message into a dead-letter queue, which is emptied at the end of the test.
func inQueue(t *testing.T, queue, leak string) {
	t.Helper()
	client := sqs.NewFromConfig(stack.owner)
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &leak}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: &queue}) })
}

package canary

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// sights is what can be seen of the stack, by place.
type sights map[string][]byte

// add appends to a place.
func (s sights) add(place string, text []byte) { s[place] = append(append(s[place], text...), '\n') }

// logs reads the log of every function, of the API, and what the functions print on the emulator's own log. Metrics are
// lines of these logs. The emulator writes no log of the API; a rule over the template holds what one says.
func (s sights) logs(ctx context.Context) error {
	client := cloudwatchlogs.NewFromConfig(stack.owner)
	for logical, group := range stack.places.LogGroups {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("read log %s: %w", logical, err)
			}
			for _, event := range page.Events {
				s.add("log "+logical, []byte(aws.ToString(event.Message)))
			}
		}
	}
	printed, err := os.ReadFile(filepath.Join(stack.places.Logs, "emulator.log"))
	s.add("log of the emulator", printed)
	return err
}

// tables reads every item of every table, its binary values as they are.
func (s sights) tables(ctx context.Context) error {
	client := dynamodb.NewFromConfig(stack.owner)
	for logical, name := range stack.places.Tables {
		pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &name, ConsistentRead: aws.Bool(true)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("read table %s: %w", logical, err)
			}
			for _, item := range page.Items {
				s.add("table "+logical, flat(&types.AttributeValueMemberM{Value: item}))
			}
		}
	}
	return nil
}

// flat writes every name and value within a value.
func flat(v types.AttributeValue) []byte {
	var b bytes.Buffer
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		b.WriteString(v.Value)
	case *types.AttributeValueMemberN:
		b.WriteString(v.Value)
	case *types.AttributeValueMemberB:
		b.Write(v.Value)
	case *types.AttributeValueMemberSS:
		b.WriteString(strings.Join(v.Value, "\n"))
	case *types.AttributeValueMemberL:
		for _, inner := range v.Value {
			b.Write(flat(inner))
		}
	case *types.AttributeValueMemberM:
		for name, inner := range v.Value {
			b.WriteString(name + "=")
			b.Write(flat(inner))
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// queues looks at what waits in every queue and dead-letter queue without taking it, and counts the messages.
func (s sights) queues(ctx context.Context) (messages int, err error) {
	client := sqs.NewFromConfig(stack.owner)
	for logical, url := range stack.places.Queues {
		seen := map[string]bool{}
		for fresh := true; fresh; {
			out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: &url, MaxNumberOfMessages: 10, VisibilityTimeout: 1,
				MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
				MessageAttributeNames:       []string{"All"},
			})
			if err != nil {
				return messages, fmt.Errorf("look into queue %s: %w", logical, err)
			}
			fresh = false
			for _, m := range out.Messages {
				if id := aws.ToString(m.MessageId); !seen[id] {
					seen[id], fresh = true, true
					messages++
					s.add("queue "+logical, fmt.Appendf(nil, "%s %v %v", aws.ToString(m.Body), m.Attributes, m.MessageAttributes))
				}
			}
		}
	}
	return messages, nil
}

// pause stops, or lets go on, whoever takes messages from the queues, so that they can be seen.
func pause(ctx context.Context, stop bool) error {
	client := lambda.NewFromConfig(stack.owner)
	pages := lambda.NewListEventSourceMappingsPaginator(client, &lambda.ListEventSourceMappingsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list who takes messages: %w", err)
		}
		for _, mapping := range page.EventSourceMappings {
			if !strings.Contains(aws.ToString(mapping.EventSourceArn), ":sqs:") {
				continue
			}
			if _, err := client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: mapping.UUID, Enabled: aws.Bool(!stop)}); err != nil {
				return fmt.Errorf("stop or start who takes messages: %w", err)
			}
		}
	}
	return nil
}

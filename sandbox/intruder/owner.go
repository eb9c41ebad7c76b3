package intruder

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What stands here only the account's owner can do. It stands in for time that passes (an item is made to have expired)
// and for an attacker who can read or write a table.

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func key(pk, sk string) item { return item{"pk": text(pk), "sk": text(sk)} }

func textOf(i item, name string) string {
	if value, ok := i[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	return ""
}

// hashed is the key under which a token of the page or of a connect is stored: nothing else of it is.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (g *Ground) read(ctx context.Context, table, pk, sk string) (item, error) {
	out, err := g.store.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(g.World.Endpoints.Tables[table]), Key: key(pk, sk), ConsistentRead: aws.Bool(true),
	})
	if err == nil && len(out.Item) == 0 {
		err = fmt.Errorf("table %s has no such item", table)
	}
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", table, err)
	}
	return out.Item, nil
}

func (g *Ground) write(ctx context.Context, table string, i item) error {
	_, err := g.store.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(g.World.Endpoints.Tables[table]), Item: i})
	if err != nil {
		return fmt.Errorf("write table %s: %w", table, err)
	}
	return nil
}

func (g *Ground) remove(ctx context.Context, table, pk, sk string) error {
	_, err := g.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(g.World.Endpoints.Tables[table]), Key: key(pk, sk)})
	if err != nil {
		return fmt.Errorf("remove from table %s: %w", table, err)
	}
	return nil
}

// expire lets the time of an item be over, by moving its end to a second ago.
func (g *Ground) expire(ctx context.Context, pk, sk string) error {
	i, err := g.read(ctx, "Sessions", pk, sk)
	if err != nil {
		return err
	}
	until, ok := i["expires"].(*types.AttributeValueMemberN)
	if !ok {
		return fmt.Errorf("an item of table Sessions never expires")
	}
	end, err := strconv.ParseInt(until.Value, 10, 64)
	if err != nil {
		return fmt.Errorf("read the end of an item: %w", err)
	}
	i["expires"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(end-longest, 10)}
	return g.write(ctx, "Sessions", i)
}

// longest is longer than anything lives that expires, in milliseconds.
const longest = 2 * 60 * 60 * 1000

// shown is an attribute in a form that is the same whenever the value is.
func shown(value types.AttributeValue) string {
	var decoded any
	if err := attributevalue.Unmarshal(value, &decoded); err != nil {
		return "unreadable"
	}
	raw, err := json.Marshal(decoded)
	if err != nil {
		return "unreadable"
	}
	return string(raw)
}

// asked counts how often a resync was asked for.
func (g *Ground) asked(ctx context.Context, c *company) (int, error) {
	out, err := g.store.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(g.World.Endpoints.Tables["Connections"]), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :sk)"),
		ExpressionAttributeValues: item{":pk": text(c.connection), ":sk": text("activity#")},
	})
	if err != nil {
		return 0, fmt.Errorf("read what happened: %w", err)
	}
	asked := 0
	for _, i := range out.Items {
		if textOf(i, "code") == "resync-asked" {
			asked++
		}
	}
	return asked, nil
}

// logged counts the lines in the logs of all functions that begin with a text: a line that somebody has smuggled in.
func (g *Ground) logged(ctx context.Context, beginning string) (int, error) {
	found := 0
	for _, group := range g.World.Endpoints.LogGroups {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(g.logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(group)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return 0, fmt.Errorf("read logs: %w", err)
			}
			for _, event := range page.Events {
				for line := range strings.SplitSeq(aws.ToString(event.Message), "\n") {
					if strings.HasPrefix(strings.TrimSpace(line), beginning) {
						found++
					}
				}
			}
		}
	}
	return found, nil
}

package story

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Left is what the integration still holds of a connection.
type Left struct {
	Records int // in the mirror, tombstones included
	Tokens  int // sealed tokens of Lever
	Secrets int // webhooks whose signature tokens are kept
}

// None says that nothing is left.
func (l Left) None() bool { return l == Left{} }

// String says what is left in words.
func (l Left) String() string {
	return fmt.Sprintf("%d records, %d tokens, %d webhook secrets", l.Records, l.Tokens, l.Secrets)
}

// Store is the account owner's way to the tables, for tests of the store itself.
func (w *World) Store() *dynamodb.Client { return w.store }

// Left counts what the tables still hold of a connection, read consistently as the account's owner.
func (w *World) Left(ctx context.Context, connection string) (Left, error) {
	var left Left
	for _, kind := range []string{"job", "candidate", "user", "interview"} {
		keys, err := w.keys(ctx, "Mirror", connection+"#"+kind)
		if err != nil {
			return Left{}, err
		}
		left.Records += len(keys)
	}
	keys, err := w.keys(ctx, "Connections", connection)
	if err != nil {
		return Left{}, err
	}
	for _, key := range keys {
		if key == "tokens" {
			left.Tokens++
		}
	}
	left.Secrets, err = w.secrets(ctx, connection)
	return left, err
}

// keys lists the sort keys of a partition.
func (w *World) keys(ctx context.Context, table, partition string) ([]string, error) {
	var keys []string
	pages := dynamodb.NewQueryPaginator(w.store, &dynamodb.QueryInput{
		TableName: aws.String(w.Endpoints.Tables[table]), ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk"), ProjectionExpression: aws.String("sk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: partition}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", table, err)
		}
		for _, item := range page.Items {
			if key, ok := item["sk"].(*types.AttributeValueMemberS); ok {
				keys = append(keys, key.Value)
			}
		}
	}
	return keys, nil
}

// secrets counts the items of the table Hooks that name the connection in any attribute.
func (w *World) secrets(ctx context.Context, connection string) (int, error) {
	count := 0
	pages := dynamodb.NewScanPaginator(w.store, &dynamodb.ScanInput{TableName: aws.String(w.Endpoints.Tables["Hooks"]), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("read table Hooks: %w", err)
		}
		for _, item := range page.Items {
			for _, value := range item {
				if text, ok := value.(*types.AttributeValueMemberS); ok && strings.HasPrefix(text.Value, connection) {
					count++
					break
				}
			}
		}
	}
	return count, nil
}

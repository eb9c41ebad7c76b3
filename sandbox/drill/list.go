package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// todo is an item of the to-do list as a drill sees it.
type todo struct {
	held     bool
	attempts int
	note     string
}

func itemKey(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

// item reads an item of the to-do list; there is false when it is not there.
func (c *cloud) item(ctx context.Context, connection, sk string) (found todo, there bool, err error) {
	out, err := c.store.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(c.places.Tables["Work"]), Key: itemKey(connection, sk), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return found, false, fmt.Errorf("read item %s: %w", sk, err)
	}
	if holder, ok := out.Item["holder"].(*types.AttributeValueMemberS); ok {
		found.held = holder.Value != ""
	}
	if note, ok := out.Item["note"].(*types.AttributeValueMemberS); ok {
		found.note = note.Value
	}
	if attempts, ok := out.Item["attempts"].(*types.AttributeValueMemberN); ok {
		found.attempts, err = strconv.Atoi(attempts.Value)
	}
	return found, len(out.Item) > 0, err
}

// change sets attributes of an item that nobody holds at that moment: strings or whole numbers. An item that is not there
// stays away.
func (c *cloud) change(ctx context.Context, connection, sk string, values map[string]any) (ok bool, err error) {
	var sets []string
	in := &dynamodb.UpdateItemInput{
		TableName: aws.String(c.places.Tables["Work"]), Key: itemKey(connection, sk), ExpressionAttributeNames: map[string]string{},
		ConditionExpression: aws.String("attribute_exists(pk) AND attribute_not_exists(holder)"), ExpressionAttributeValues: map[string]types.AttributeValue{},
	}
	for name, value := range values {
		sets = append(sets, fmt.Sprintf("#%s = :%s", name, name))
		in.ExpressionAttributeNames["#"+name] = name
		in.ExpressionAttributeValues[":"+name] = &types.AttributeValueMemberN{Value: fmt.Sprint(value)}
		if text, is := value.(string); is {
			in.ExpressionAttributeValues[":"+name] = &types.AttributeValueMemberS{Value: text}
		}
	}
	in.UpdateExpression = aws.String("SET " + strings.Join(sets, ", "))
	_, err = c.store.UpdateItem(ctx, in)
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("change item %s: %w", sk, err)
	}
	return true, nil
}

// changes does the same as soon as nobody holds the item.
func (c *cloud) changes(ctx context.Context, connection, sk string, values map[string]any) error {
	_, err := story.Eventually(ctx, soon, "a moment in which nobody holds "+sk, func(ctx context.Context) (bool, string, error) {
		ok, err := c.change(ctx, connection, sk, values)
		return ok, "held", err
	})
	return err
}

// again makes an item due at once, whatever it waits for, and sends its nudge.
func (c *cloud) again(ctx context.Context, queue, connection, sk string) error {
	ok, err := c.change(ctx, connection, sk, map[string]any{"dueAt": time.Now().UnixMilli(), "putOff": 0})
	if err != nil || !ok {
		return err
	}
	return c.nudge(ctx, queue, connection, sk)
}

// forgetPause removes what Lever's refusals have taught a connection about its rate.
func (c *cloud) forgetPause(ctx context.Context, connection string) error {
	_, err := c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(c.places.Tables["Work"]), Key: itemKey("budget#"+connection, "budget"),
	})
	if err != nil {
		return fmt.Errorf("forget the pause of a connection: %w", err)
	}
	return nil
}

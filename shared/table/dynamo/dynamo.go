// Package dynamo keeps tables in Amazon DynamoDB. Reads of a table are strongly consistent, reads of an index
// eventually. Nothing is retried here beyond what the SDK does; a write whose first answer was lost and which the SDK
// sent again is recognised by the write id it left, so it is not mistaken for somebody else's.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/shared/fault"
	"github.com/evidenced/lever-integration/shared/table"
)

type api interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// DB is a store in DynamoDB, safe for concurrent use.
type DB struct {
	api   api
	names map[table.Name]string
}

// New returns a store over the deployed tables: names maps each logical name that the caller uses to a deployed one.
func New(client *dynamodb.Client, names map[table.Name]string) *DB {
	return &DB{callsOf(client), names}
}

// Get implements table.DB.
func (d *DB) Get(ctx context.Context, name table.Name, key table.Key) (table.Item, error) {
	out, err := d.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: d.table(name), Key: attributes(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, unavailable(err, "get", name)
	}
	return out.Item, nil
}

// BatchGet implements table.DB.
func (d *DB) BatchGet(ctx context.Context, name table.Name, keys []table.Key) ([]table.Item, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	ask := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, key := range keys {
		ask.Keys = append(ask.Keys, attributes(key))
	}
	physical := *d.table(name)
	var items []table.Item
	for request := map[string]types.KeysAndAttributes{physical: ask}; len(request) > 0; {
		out, err := d.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: request})
		if err != nil {
			return nil, unavailable(err, "batch get", name)
		}
		items = append(items, out.Responses[physical]...)
		request = out.UnprocessedKeys
	}
	return items, nil
}

// Write implements table.DB.
func (d *DB) Write(ctx context.Context, changes ...table.Change) error {
	writeID := uuid.NewString()
	if len(changes) == 1 && changes[0].Verb != table.Check {
		return d.write(ctx, changes[0], writeID)
	}
	items := make([]types.TransactWriteItem, 0, len(changes))
	for _, c := range changes {
		items = append(items, d.part(c, writeID))
	}
	_, err := d.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: items, ClientRequestToken: aws.String(writeID),
	})
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		for _, reason := range cancelled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "ConditionalCheckFailed", "TransactionConflict":
				return table.ErrConflict
			}
		}
	}
	if err != nil {
		return unavailable(err, "write", changes[0].Table)
	}
	return nil
}

func (d *DB) write(ctx context.Context, c table.Change, writeID string) error {
	condition, values := guard(c.Rev)
	var err error
	if c.Verb == table.Delete {
		_, err = d.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: d.table(c.Table), Key: attributes(c.Key),
			ConditionExpression: condition, ExpressionAttributeValues: values,
		})
	} else {
		_, err = d.api.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: d.table(c.Table), Item: stamped(c, writeID),
			ConditionExpression: condition, ExpressionAttributeValues: values,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
	}
	var failed *types.ConditionalCheckFailedException
	var conflict *types.TransactionConflictException
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		if was, ok := failed.Item[table.WriteID].(*types.AttributeValueMemberS); ok && was.Value == writeID {
			return nil // our own write, answered only the second time
		}
		return table.ErrConflict
	case errors.As(err, &conflict):
		return table.ErrConflict
	}
	return unavailable(err, "write", c.Table)
}

func (d *DB) part(c table.Change, writeID string) types.TransactWriteItem {
	condition, values := guard(c.Rev)
	switch c.Verb {
	case table.Delete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: d.table(c.Table), Key: attributes(c.Key), ConditionExpression: condition, ExpressionAttributeValues: values,
		}}
	case table.Check:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: d.table(c.Table), Key: attributes(c.Key), ConditionExpression: condition, ExpressionAttributeValues: values,
		}}
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: d.table(c.Table), Item: stamped(c, writeID), ConditionExpression: condition, ExpressionAttributeValues: values,
	}}
}

// Query implements table.DB.
func (d *DB) Query(ctx context.Context, q table.Query) (table.Page, error) {
	in, err := d.query(q)
	if err != nil {
		return table.Page{}, err
	}
	out, err := d.api.Query(ctx, in)
	if err != nil {
		return table.Page{}, unavailable(err, "query", q.Table)
	}
	page := table.Page{Items: out.Items}
	if len(out.LastEvaluatedKey) > 0 {
		page.Next = table.Cursor(q.Index, out.LastEvaluatedKey)
	}
	return page, nil
}

func (d *DB) query(q table.Query) (*dynamodb.QueryInput, error) {
	schema := table.SchemaOf(q.Index)
	in := &dynamodb.QueryInput{
		TableName:                 d.table(q.Table),
		ScanIndexForward:          aws.Bool(!q.Descending),
		ExpressionAttributeNames:  map[string]string{"#p": schema.Partition},
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": &types.AttributeValueMemberS{Value: q.PK}},
	}
	condition := "#p = :p"
	if q.From != nil || q.To != nil {
		in.ExpressionAttributeNames["#s"] = schema.Sort
	}
	switch {
	case q.From != nil && q.To != nil:
		condition += " AND #s BETWEEN :f AND :t"
	case q.From != nil:
		condition += " AND #s >= :f"
	case q.To != nil:
		condition += " AND #s <= :t"
	}
	if q.From != nil {
		in.ExpressionAttributeValues[":f"] = bound(q.From)
	}
	if q.To != nil {
		in.ExpressionAttributeValues[":t"] = bound(q.To)
	}
	in.KeyConditionExpression = aws.String(condition)
	if q.Index != "" {
		in.IndexName = aws.String(string(q.Index))
	} else {
		in.ConsistentRead = aws.Bool(true)
	}
	if q.Limit > 0 {
		in.Limit = aws.Int32(int32(q.Limit))
	}
	if q.Start != "" {
		place, err := table.Place(q.Index, q.PK, q.Start)
		if err != nil {
			return nil, err
		}
		in.ExclusiveStartKey = place
	}
	return in, nil
}

func (d *DB) table(name table.Name) *string { return aws.String(d.names[name]) }

func attributes(key table.Key) table.Item {
	return table.Item{"pk": &types.AttributeValueMemberS{Value: key.PK}, "sk": &types.AttributeValueMemberS{Value: key.SK}}
}

func bound(v any) types.AttributeValue {
	if n, ok := v.(int64); ok {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
	}
	s, _ := v.(string)
	return &types.AttributeValueMemberS{Value: s}
}

func stamped(c table.Change, writeID string) table.Item {
	item := make(table.Item, len(c.Item)+2)
	for k, v := range c.Item {
		item[k] = v
	}
	item["rev"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(c.Rev+1, 10)}
	item[table.WriteID] = &types.AttributeValueMemberS{Value: writeID}
	return item
}

func guard(rev int64) (*string, map[string]types.AttributeValue) {
	if rev == 0 {
		return aws.String("attribute_not_exists(pk)"), nil
	}
	return aws.String("rev = :rev"), map[string]types.AttributeValue{
		":rev": &types.AttributeValueMemberN{Value: strconv.FormatInt(rev, 10)},
	}
}

// unavailable gives an error its kind: what DynamoDB will never take is a defect of ours, all else passes.
func unavailable(err error, deed string, name table.Name) error {
	var refused smithy.APIError
	if errors.As(err, &refused) && (refused.ErrorCode() == "ValidationException" || refused.ErrorCode() == "AccessDeniedException") {
		return fault.Wrap(fmt.Errorf("%s %s: %w", deed, name, err), fault.Internal, "store-refused",
			"Something is wrong on our side. Contact support.")
	}
	return fault.Wrap(fmt.Errorf("%s %s: %w", deed, name, err), fault.Unavailable, "store-unavailable",
		"Our database did not answer. Try again in a moment.")
}

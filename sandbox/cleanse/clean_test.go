package main

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// restored is a table of two pages.
type restored struct{ removed []string }

func record(id string) table.Item {
	return table.Item{"pk": &types.AttributeValueMemberS{Value: "c#candidate"}, "sk": &types.AttributeValueMemberS{Value: id}, "id": &types.AttributeValueMemberS{Value: id}}
}

func (r *restored) Scan(_ context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	if in.ExclusiveStartKey == nil {
		return &dynamodb.ScanOutput{Items: []table.Item{record("a"), record("b")}, LastEvaluatedKey: record("b")}, nil
	}
	return &dynamodb.ScanOutput{Items: []table.Item{record("c")}}, nil
}

func (r *restored) DeleteItem(_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	r.removed = append(r.removed, *in.TableName+" "+in.Key["sk"].(*types.AttributeValueMemberS).Value)
	return &dynamodb.DeleteItemOutput{}, nil
}

type but string // everything must go but this

func (b but) MustErase(_ context.Context, r mirror.Record) (bool, error) {
	return r.ID != string(b), nil
}

func TestOnlyWhatMustGoIsRemovedFromEachPage(t *testing.T) {
	t.Parallel()
	store := &restored{}
	read, removed, err := cleaner{store, but("b"), aws.String("copy")}.clean(t.Context())
	if err != nil || read != 3 || removed != 2 || len(store.removed) != 2 || store.removed[1] != "copy c" {
		t.Errorf("%d read, %d removed: %v, %v", read, removed, store.removed, err)
	}
}

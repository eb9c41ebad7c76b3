package main

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// restored is a table of two pages.
type restored struct {
	mu      sync.Mutex
	removed []string
}

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
	r.mu.Lock()
	defer r.mu.Unlock()
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
	n, err := cleaner{store: store, judge: but("b"), table: aws.String("copy"), now: time.Now, err: t.Output()}.clean(t.Context())
	if slices.Sort(store.removed); err != nil || n.read != 3 || n.removed != 2 || !slices.Equal(store.removed, []string{"copy a", "copy c"}) {
		t.Errorf("%+v: %v, %v", n, store.removed, err)
	}
}

// TestItSaysHowFarItIsWithoutNamingARecord reads two pages, each of which takes the time given.
func TestItSaysHowFarItIsWithoutNamingARecord(t *testing.T) {
	t.Parallel()
	for page, want := range map[time.Duration]string{
		sayEvery:     "2 records read, 1 removed …\n3 records read, 2 removed …\n",
		sayEvery / 2: "3 records read, 2 removed …\n",
		0:            "",
	} {
		said, now := &bytes.Buffer{}, time.Unix(0, 0).Add(-page)
		clock := func() time.Time { now = now.Add(page); return now }
		_, err := cleaner{store: &restored{}, judge: but("b"), table: aws.String("copy"), now: clock, err: said}.clean(t.Context())
		if err != nil || said.String() != want {
			t.Errorf("%s a page: it says %q, want %q; %v", page, said, want, err)
		}
	}
}

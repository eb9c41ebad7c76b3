package dynamo

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/table"
)

// lossy loses the first answer to a put, and then answers as the SDK's own second try is answered.
type lossy struct {
	api
	stored table.Item
	mine   bool
}

func (l *lossy) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if l.mine {
		l.stored = in.Item
	}
	return nil, &types.ConditionalCheckFailedException{Item: l.stored}
}

func TestOwnWriteAnsweredTheSecondTimeIsNoConflict(t *testing.T) {
	t.Parallel()
	change := table.Change{Table: table.Work, Verb: table.Put, Key: table.Key{PK: "p", SK: "s"}, Item: table.Item{}}
	db := &DB{api: &lossy{mine: true}, names: map[table.Name]string{}}
	if err := db.Write(t.Context(), change); err != nil {
		t.Errorf("own write: %v", err)
	}
	other := table.Item{"wid": &types.AttributeValueMemberS{Value: "somebody else's"}}
	db = &DB{api: &lossy{stored: other}, names: map[table.Name]string{}}
	if err := db.Write(t.Context(), change); err != table.ErrConflict {
		t.Errorf("somebody else's write: %v", err)
	}
}

package table

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/fault"
)

// Cursor encodes the place after item in the order of an index: its own key and that of the index.
func Cursor(index Index, item Item) string {
	place := map[string]string{}
	for _, name := range cursorAttributes(index) {
		switch v := item[name].(type) {
		case *types.AttributeValueMemberS:
			place[name] = v.Value
		case *types.AttributeValueMemberN:
			place[name] = v.Value
		}
	}
	raw, err := json.Marshal(place)
	if err != nil {
		panic("table: strings always encode: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Place decodes what Cursor made, as the key attributes that DynamoDB expects to start after. A cursor of another index or
// of another partition, or no cursor at all, is fault.Invalid with the code "bad-cursor".
func Place(index Index, partition, cursor string) (Item, error) {
	bad := fault.New(fault.Invalid, "bad-cursor", "The cursor is not one this API gave out; start again without it.")
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, bad
	}
	place := map[string]string{}
	if json.Unmarshal(raw, &place) != nil {
		return nil, bad
	}
	schema, item := SchemaOf(index), Item{}
	for _, name := range cursorAttributes(index) {
		value, ok := place[name]
		if !ok || name == schema.Partition && value != partition {
			return nil, bad
		}
		if name != schema.Sort || !schema.Numeric {
			item[name] = &types.AttributeValueMemberS{Value: value}
			continue
		}
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return nil, fmt.Errorf("sort key of cursor: %w", bad)
		}
		item[name] = &types.AttributeValueMemberN{Value: value}
	}
	return item, nil
}

func cursorAttributes(index Index) []string {
	names := []string{"pk", "sk"}
	if index != "" {
		s := SchemaOf(index)
		names = append(names, s.Partition, s.Sort)
	}
	return names
}

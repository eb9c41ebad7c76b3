package main

import (
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/evidenced/lever-integration/shared/table"
)

// item turns an image of a stream record into an item; an absent image is nil.
func item(image map[string]events.DynamoDBAttributeValue) (table.Item, error) {
	if len(image) == 0 {
		return nil, nil //nolint:nilnil // an absent image is no error
	}
	out := make(table.Item, len(image))
	for name, value := range image {
		converted, err := attribute(value)
		if err != nil {
			return nil, fmt.Errorf("convert attribute %q: %w", name, err)
		}
		out[name] = converted
	}
	return out, nil
}

func attribute(value events.DynamoDBAttributeValue) (types.AttributeValue, error) {
	switch value.DataType() {
	case events.DataTypeString:
		return &types.AttributeValueMemberS{Value: value.String()}, nil
	case events.DataTypeNumber:
		return &types.AttributeValueMemberN{Value: value.Number()}, nil
	case events.DataTypeBoolean:
		return &types.AttributeValueMemberBOOL{Value: value.Boolean()}, nil
	case events.DataTypeNull:
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case events.DataTypeBinary:
		return &types.AttributeValueMemberB{Value: value.Binary()}, nil
	case events.DataTypeStringSet:
		return &types.AttributeValueMemberSS{Value: value.StringSet()}, nil
	case events.DataTypeNumberSet:
		return &types.AttributeValueMemberNS{Value: value.NumberSet()}, nil
	case events.DataTypeBinarySet:
		return &types.AttributeValueMemberBS{Value: value.BinarySet()}, nil
	case events.DataTypeList:
		return list(value.List())
	case events.DataTypeMap:
		inner, err := item(value.Map())
		if inner == nil {
			inner = table.Item{}
		}
		return &types.AttributeValueMemberM{Value: inner}, err
	}
	return nil, fmt.Errorf("type %d is unknown", value.DataType())
}

func list(values []events.DynamoDBAttributeValue) (types.AttributeValue, error) {
	out := make([]types.AttributeValue, 0, len(values))
	for _, value := range values {
		converted, err := attribute(value)
		if err != nil {
			return nil, err
		}
		out = append(out, converted)
	}
	return &types.AttributeValueMemberL{Value: out}, nil
}

package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/table"
)

// scanned is what cleaning needs of the restored table.
type scanned interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// judge says what must go.
type judge interface {
	MustErase(ctx context.Context, r mirror.Record) (bool, error)
}

type cleaner struct {
	store scanned
	judge judge
	table *string
}

// clean reads the whole table and removes the records that must go.
func (c cleaner) clean(ctx context.Context) (read, removed int, err error) {
	pages := dynamodb.NewScanPaginator(c.store, &dynamodb.ScanInput{TableName: c.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return read, removed, fmt.Errorf("read restored table: %w", err)
		}
		for _, item := range page.Items {
			read++
			gone, err := c.one(ctx, item)
			if err != nil {
				return read, removed, err
			}
			if gone {
				removed++
			}
		}
	}
	return read, removed, nil
}

func (c cleaner) one(ctx context.Context, item table.Item) (gone bool, err error) {
	r, err := table.Decode[mirror.Record](item)
	if err != nil {
		return false, err
	}
	must, err := c.judge.MustErase(ctx, r)
	if err != nil || !must {
		return false, err
	}
	_, err = c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: c.table, Key: table.Item{"pk": item["pk"], "sk": item["sk"]}})
	if err != nil {
		return false, fmt.Errorf("remove from restored table: %w", err)
	}
	return true, nil
}

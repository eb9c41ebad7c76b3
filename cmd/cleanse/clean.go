package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

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

// parallel is how many records are looked at side by side.
const parallel = 16

// sayEvery is how often the command says how far it is, when a page of the table does not take longer.
const sayEvery = 5 * time.Second

type cleaner struct {
	store scanned
	judge judge
	table *string
	back  *returner // nil: nothing is put back
	now   func() time.Time
	err   io.Writer
}

// count is what the command prints.
type count struct {
	read, removed int
	back          [mirror.LeftOut + 1]int
}

// clean reads the whole table, removes the records that must go and, with back, puts the others into the table in use.
func (c cleaner) clean(ctx context.Context) (n count, err error) {
	pages := dynamodb.NewScanPaginator(c.store, &dynamodb.ScanInput{TableName: c.table})
	said := c.now()
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, fmt.Errorf("read restored table: %w", err)
		}
		if err := c.all(ctx, page.Items, &n); err != nil {
			return n, err
		}
		if now := c.now(); now.Sub(said) >= sayEvery {
			said = now
			_, _ = fmt.Fprintf(c.err, "%d records read, %d removed …\n", n.read, n.removed)
		}
	}
	return n, nil
}

// all treats the records of one page and counts what became of them.
func (c cleaner) all(ctx context.Context, items []table.Item, n *count) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	var mu sync.Mutex
	for _, item := range items {
		group.Go(func() error {
			gone, back, err := c.one(ctx, item)
			mu.Lock()
			defer mu.Unlock()
			n.read++
			switch {
			case err != nil:
			case gone:
				n.removed++
			default:
				n.back[back]++
			}
			return err
		})
	}
	return group.Wait()
}

func (c cleaner) one(ctx context.Context, item table.Item) (gone bool, back mirror.Back, err error) {
	r, err := table.Decode[mirror.Record](item)
	if err != nil {
		return false, 0, err
	}
	if c.back != nil {
		gone, back, err = c.back.one(ctx, c.judge, r)
	} else {
		gone, err = c.judge.MustErase(ctx, r)
	}
	if err != nil || !gone {
		return false, back, err
	}
	_, err = c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: c.table, Key: table.Item{"pk": item["pk"], "sk": item["sk"]}})
	if err != nil {
		return false, 0, fmt.Errorf("remove from restored table: %w", err)
	}
	return true, 0, nil
}

// Package store holds the tables of a deployed stack to the suite that the store in memory passes, on which all unit tests
// and simulations rest. It writes rows of its own into the table Work, so it is for sandboxes: run `go test ./acceptance`
// alone against an account that matters.
package store

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/story"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/dynamo"
	"github.com/evidenced/lever-integration/shared/table/tabletest"
)

func TestStoreOnDynamoDBConforms(t *testing.T) {
	t.Parallel()
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs a running sandbox, see make acceptance: %v", err)
	}
	name := world.Endpoints.Tables["Work"]
	if name == "" {
		t.Fatal("the addresses name no table Work")
	}
	db := dynamo.New(world.Store(), map[table.Name]string{table.Work: name})
	prefix := fmt.Sprintf("conformance-%d/", time.Now().UnixNano())
	tabletest.Conform(t, db, prefix, func(check func() error) (err error) {
		for range 50 {
			if err = check(); err == nil {
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		return err
	})
}

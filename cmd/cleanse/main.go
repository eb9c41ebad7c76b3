// Command cleanse takes out of a mirror table that was restored from a backup what has been erased since the backup was
// made, and everything of connections that have ended. With -into it then puts what is left back into the mirror table
// that is in use, where that has no record of the same key; else it changes nothing but the restored table. It prints
// numbers only, on standard error how far it is, and is safe to repeat. Run it before anything reads the restored table;
// docs/runbook.md says when.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/seal"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/table/dynamo"
)

func main() {
	restored := flag.String("restored", "", "name of the restored mirror table")
	connections := flag.String("connections", "", "name of the table Connections that is in use")
	key := flag.String("key", "", "ARN of the key under which tokens are sealed")
	into := flag.String("into", "", "name of the mirror table that is in use; empty: nothing is put back")
	flag.Parse()
	if *restored == "" || *connections == "" || *key == "" || *into == *restored || *into == *connections {
		flag.Usage()
		os.Exit(2)
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load AWS configuration:", err)
		os.Exit(1)
	}
	store := dynamodb.NewFromConfig(cfg)
	db := dynamo.New(store, map[table.Name]string{table.Connections: *connections, table.Mirror: *into})
	service := &connection.Service{
		DB: db, Now: time.Now, Rand: rand.Reader,
		Box: seal.New(seal.NewKMS(kms.NewFromConfig(cfg), *key), time.Now, rand.Reader),
	}
	c := cleaner{store, service, aws.String(*restored), nil, time.Now, os.Stderr}
	if *into != "" {
		c.back = &returner{mirror: &mirror.Store{DB: db, Now: time.Now}, connections: service}
	}
	n, err := c.clean(ctx)
	fmt.Printf("%d records read, %d held what must not come back and were removed\n", n.read, n.removed)
	if *into != "" {
		fmt.Printf("%d put back, %d skipped because the table in use has them, %d left out because their time is over\n",
			n.back[mirror.PutBack], n.back[mirror.Stands], n.back[mirror.LeftOut])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

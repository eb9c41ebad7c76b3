package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/resync"
)

// A claim outlasts a slice; the function's own limit outlasts the claim. Failures never end a sweep or a run: it is tried
// again for as long as the connection stands.
const (
	hold  = 100 * time.Second
	part  = 60 * time.Second
	limit = 1 << 30
)

func main() {
	k, err := deploy.New(context.Background(), "full-resync", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableHooks, &s.TableMirror, &s.TableWork, &s.QueueHint, &s.QueueDelta, &s.QueueResync, &s.KeyARN,
			&s.LeverAPI, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID, &s.LeverSecretARN, &s.PublicURL,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	h := &handler{k.Attendant(hold, limit), &resync.Sweeper{
		Connections: k.Connections, Converger: k.Converger, Mirror: k.Mirror, Now: time.Now, Slice: part, Parallel: 24,
	}, k.Connections, k.Operations(part)}
	lambda.Start(h.handle)
}

package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/delta"
	"github.com/evidenced/lever-integration/shared/deploy"
)

// A claim outlasts a slice; the function's own limit outlasts the claim. Failures never end a delta: it is tried again
// for as long as the connection stands.
const (
	hold  = 90 * time.Second
	part  = 60 * time.Second
	limit = 1 << 30
)

func main() {
	k, err := deploy.New(context.Background(), "delta-sync", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableMirror, &s.TableWork, &s.QueueHint, &s.QueueDelta, &s.KeyARN,
			&s.LeverAPI, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID, &s.LeverSecretARN,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	h := &handler{k.Attendant(hold, limit), &delta.Runner{
		Connections: k.Connections, Converger: k.Converger, Mirror: k.Mirror, List: k.Work, Nudge: k.Queue,
		Now: time.Now, Slice: part, Parallel: 6,
	}}
	lambda.Start(h.handle)
}

package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/hint"
)

// A claim outlasts one look; failures of a target beyond the limit need a person.
const (
	hold  = 40 * time.Second
	limit = 60
)

func main() {
	k, err := deploy.New(context.Background(), "hint-worker", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableMirror, &s.TableWork, &s.QueueHint, &s.KeyARN,
			&s.LeverAPI, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID, &s.LeverSecretARN,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	h := &handler{&hint.Worker{
		Connections: k.Connections, Converger: k.Converger, List: k.Work, DB: k.DB, Attendant: k.Attendant(hold, limit), Now: time.Now,
	}}
	lambda.Start(h.handle)
}

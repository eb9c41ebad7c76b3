package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/hint"
	"github.com/evidenced/lever-integration/shared/secret"
)

func main() {
	k, err := deploy.NewWithoutSecrets(context.Background(), "webhook-intake", func(s *config.Settings) []any {
		return []any{&s.TableHooks, &s.KeyARN, &s.QueueHint}
	})
	if err != nil {
		config.Exit(err)
	}
	known := func(ctx context.Context, address string) (connection.HookSecret, secret.String, bool, error) {
		return connection.Secret(ctx, k.DB, k.Box, address)
	}
	lambda.Start(deploy.Shielded((&handler{&hint.Intake{Secret: known, Queue: k.Queue, Now: time.Now}}).handle))
}

package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/work"
)

func main() {
	k, err := deploy.NewWithoutSecrets(context.Background(), "sync-dispatch", func(s *config.Settings) []any {
		return []any{&s.TableWork, &s.QueueHint, &s.QueueDelta, &s.QueueResync, &s.QueueDecision}
	})
	if err != nil {
		config.Exit(err)
	}
	h := &handler{work.Dispatcher{List: k.Work, Nudge: k.Queue, Now: time.Now}}
	lambda.Start(h.handle)
}

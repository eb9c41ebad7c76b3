package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/deploy"
)

func main() {
	k, err := deploy.New(context.Background(), "decision-push", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableMirror, &s.TableWork, &s.TableDecisions, &s.QueueDecision, &s.KeyARN,
			&s.LeverAPI, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID, &s.LeverSecretARN, &s.MarkerSecretARN,
			&s.LeverSettle,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	key, err := k.Marker(context.Background())
	if err != nil {
		config.Exit(err)
	}
	h := &handler{logger: slog.Default(), deliverer: &decision.Deliverer{
		DB: k.DB, Work: k.Work, Nudge: k.Queue, Lever: decision.Opener{Connections: k.Connections}, Users: k.Mirror,
		Marker: decision.Marker{Key: key}, Now: time.Now, NewID: uuid.NewString, Log: slog.Default(), Told: k.Connections.Record,
		Limits: decision.Limits{Settle: k.Settings.LeverSettle, Visible: k.Settings.LeverSettle},
	}}
	lambda.Start(h.handle)
}

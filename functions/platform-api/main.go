package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/operation"
)

func main() {
	k, err := deploy.New(context.Background(), "platform-api", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableSessions, &s.TableHooks, &s.TableMirror, &s.TableWork, &s.TableDecisions,
			&s.QueueHint, &s.QueueDelta, &s.QueueResync, &s.QueueDecision, &s.KeyARN,
			&s.LeverAPI, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID, &s.LeverSecretARN, &s.PublicURL, &s.ReturnOrigins,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	decisions := &decision.Service{DB: k.DB, Work: k.Work, Nudge: k.Queue, Now: time.Now, Tenants: k.Connections}
	k.Connections.Released = decisions.Release // what was held goes out once a connect is confirmed
	reporter := &health.Reporter{
		Connections: k.Connections, Records: k.Mirror, Decisions: decisions, Work: k.Work, Rate: k.Rate, Now: time.Now,
	}
	h := &handler{
		mirror:      k.Mirror,
		connections: k.Connections,
		portal:      k.Sessions,
		decisions:   decisions,
		health:      reporter,
		runs:        k.Operations(0),
		desk: &operation.Desk{
			Connections: k.Connections, Records: k.Mirror, Decisions: decisions, Health: reporter, Work: k.Work, Now: time.Now,
		},
		logger: slog.Default(),
		now:    time.Now,
	}
	lambda.Start(h.handle)
}

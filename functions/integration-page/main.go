package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/decision"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
)

func main() {
	k, err := deploy.NewWithoutSecrets(context.Background(), "integration-page", func(s *config.Settings) []any {
		return []any{
			&s.TableConnections, &s.TableSessions, &s.TableMirror, &s.TableWork, &s.TableDecisions,
			&s.QueueHint, &s.QueueDelta, &s.QueueResync, &s.QueueDecision, &s.KeyARN, &s.LeverAuth, &s.LeverAudience, &s.LeverClientID,
			&s.PublicURL, &s.ReturnOrigins, &s.HelpAddress,
		}
	})
	if err != nil {
		config.Exit(err)
	}
	pages, err := page.New(k.Settings.HelpAddress, k.Settings.PublicURL, time.Now)
	if err != nil {
		config.Exit(err)
	}
	decisions := &decision.Service{DB: k.DB, Work: k.Work, Nudge: k.Queue, Now: time.Now, Tenants: k.Connections}
	h := &handler{
		sessions: k.Sessions, connections: k.Connections, decisions: decisions, pages: pages, origin: k.Settings.PublicURL,
		reports: &health.Reporter{
			Connections: k.Connections, Records: k.Mirror, Decisions: decisions, Work: k.Work, Rate: k.Rate, Now: time.Now,
		},
		checks: &health.Checker{Connections: k.Connections, Work: k.Work, Nudge: k.Queue, Now: time.Now},
	}
	lambda.Start(deploy.Shielded(h.handle))
}

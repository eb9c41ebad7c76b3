package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/evidenced/lever-integration/shared/change"
	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/telemetry"
)

func main() {
	telemetry.Start("change-publisher")
	s, err := config.Load(func(s *config.Settings) []any {
		return []any{&s.TableConnections, &s.TableMirror, &s.TableDecisions, &s.BusName}
	})
	if err != nil {
		config.Exit(err)
	}
	cfg, err := deploy.AWS(os.Getenv)
	if err != nil {
		config.Exit(err)
	}
	h := &handler{
		publisher: &change.Publisher{Bus: eventbridge.NewFromConfig(cfg), Name: s.BusName},
		tables: map[string]table.Name{
			s.TableConnections: table.Connections, s.TableMirror: table.Mirror, s.TableDecisions: table.Decisions,
		},
		logger: slog.Default(),
	}
	lambda.Start(h.handle)
}

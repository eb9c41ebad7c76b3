package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/evidenced/lever-integration/shared/config"
	"github.com/evidenced/lever-integration/shared/deploy"
	"github.com/evidenced/lever-integration/shared/page"
)

func main() {
	k, err := deploy.NewWithoutSecrets(context.Background(), "oauth-callback", func(s *config.Settings) []any {
		return []any{&s.TableSessions, &s.KeyARN, &s.PublicURL, &s.ReturnOrigins, &s.HelpAddress}
	})
	if err != nil {
		config.Exit(err)
	}
	pages, err := page.New(k.Settings.HelpAddress, k.Settings.PublicURL, time.Now)
	if err != nil {
		config.Exit(err)
	}
	h := &handler{sessions: k.Sessions, connections: k.Connections, pages: pages}
	lambda.Start(deploy.Shielded(h.handle))
}

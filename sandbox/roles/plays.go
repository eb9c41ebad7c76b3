package main

// plays are the plays by role. The platform's role has none, see explained.go.
func plays() map[string]func(*subject) play {
	return map[string]func(*subject) play{
		"integration-page": integrationPage,
		"oauth-callback":   oauthCallback,
		"webhook-intake":   webhookIntake,
		"hint-worker":      hintWorker,
		"sync-dispatch":    syncDispatch,
		"delta-sync":       deltaSync,
		"full-resync":      fullResync,
		"decision-push":    decisionPush,
		"platform-api":     platformAPI,
		"change-publisher": changePublisher,
		"schedule":         schedule,
	}
}

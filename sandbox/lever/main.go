// Command lever runs the simulated Lever of shared/lever/levertest as a server for the sandbox: one believable
// company, the API, the login and consent pages, and webhooks that are really sent.
//
// Environment: LISTEN (127.0.0.1:port), PUBLIC_URL (the address browsers use), CLIENT_ID, CLIENT_SECRET,
// REDIRECT_URIS (comma list), SEED (a number, default 1) and SMALL_COMPANIES (how many companies with a handful of
// candidates there are besides, default 0).
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	cfg, err := readConfig(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, cfg); err != nil {
		slog.ErrorContext(ctx, "simulated lever stopped", "error", err)
		os.Exit(1)
	}
}

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
	"github.com/evidenced/lever-integration/shared/loopback"
)

const (
	candidates   = 4                     // active ones of a small company
	pumps        = 4                     // webhooks under way at once
	pumpInterval = 50 * time.Millisecond // how often an idle pump looks
	grace        = 5 * time.Second       // for requests in flight at the end
	headerLimit  = 10 * time.Second      // to read a request's header
)

// serve runs the server and the pumps until the context ends, then waits for what is in flight.
func serve(ctx context.Context, cfg config) error {
	lever := levertest.New(levertest.Options{
		Now: time.Now, Seed: cfg.seed, ClientID: cfg.clientID, ClientSecret: cfg.clientSecret, RedirectURIs: cfg.redirectURIs,
		PublicURL: cfg.publicURL, Sleep: time.Sleep, Control: true,
	})
	lever.Seed(levertest.SeedCompany(cfg.seed, time.Now()))
	for i := range cfg.smallCompanies {
		lever.Seed(levertest.SmallCompany(cfg.seed+1+uint64(i), candidates, time.Now()))
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.listen, err)
	}
	var running sync.WaitGroup
	for range pumps {
		running.Go(func() { pump(ctx, lever) })
	}
	server := &http.Server{Handler: lever.Handler(), ReadHeaderTimeout: headerLimit}
	stopped := make(chan error, 1)
	running.Go(func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- server.Shutdown(last)
	})
	fmt.Printf("simulated Lever on %s\n", cfg.publicURL)
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return fmt.Errorf("serve: %w", err)
	}
	running.Wait()
	return <-stopped
}

// pump delivers webhooks until the context ends.
func pump(ctx context.Context, lever *levertest.Lever) {
	client := loopback.Client(levertest.DeliveryTimeout)
	tick := time.NewTicker(pumpInterval)
	defer tick.Stop()
	for {
		lever.Pump(ctx, client)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Command evidenced is the stand-in for the Evidenced platform in the sandbox: people log in, open the Lever
// integration, see jobs, candidates, interviews and users as the mirror has them, decide on candidates, and watch the
// bus events arrive. It knows the integration only by its platform API, its bus and its pages, as the real platform
// does. It keeps everything in memory and is for development only.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/evidenced/lever-integration/sandbox/contract"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/shared/loopback"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "evidenced:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	config, err := readConfig()
	if err != nil {
		return err
	}
	cloud, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(config.Region))
	if err != nil {
		return fmt.Errorf("load AWS settings: %w", err)
	}
	description, err := contract.Read()
	if err != nil {
		return err
	}
	caller := loopback.Client(30 * time.Second)
	caller.Transport = contract.Transport{API: config.APIURL, Description: description, Base: caller.Transport}
	client := platform.New(platform.Config{
		BaseURL: config.APIURL, Region: config.Region, Credentials: cloud.Credentials, HTTP: caller, Now: time.Now,
	})
	app, err := newApp(config, client, time.Now)
	if err != nil {
		return err
	}
	if config.EventsQueueURL != "" {
		go receive(ctx, sqs.NewFromConfig(cloud), config.EventsQueueURL, app.events)
	}
	server := &http.Server{Addr: config.Listen, Handler: app.routes(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close() // nothing here is worth waiting for, and event streams never end by themselves
	}()
	slog.InfoContext(ctx, "stand-in for Evidenced listens", "address", config.Listen, "url", config.PublicURL)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", config.Listen, err)
	}
	return nil
}

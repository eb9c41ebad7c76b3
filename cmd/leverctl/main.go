// Command leverctl is what the engineers who run the integration type: how a connection is doing, why a candidate is as
// it is, look again, re-seal, end, and what is overdue, set aside or undelivered. It calls the operators' routes of the
// platform API, signed with the AWS credentials of whoever types, and holds no right of its own: it reads no table and
// opens nothing. docs/operator.md shows each command.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/evidenced/lever-integration/shared/loopback"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	t := &tool{
		out: os.Stdout, err: os.Stderr, sleep: sleep, live: terminal(os.Stderr), now: time.Now,
		dial: func(ctx context.Context, address string) (*client, error) {
			cfg, err := awsconfig.LoadDefaultConfig(ctx)
			if err != nil {
				return nil, fmt.Errorf("read the AWS configuration: %w\nSet AWS_PROFILE to a profile of ~/.aws/config, or of the file that AWS_CONFIG_FILE names; docs/operator.md shows one", err)
			}
			return &client{address, cfg.Region, cfg.Credentials, &http.Client{Timeout: time.Minute, Transport: transport()}, time.Now}, nil
		},
	}
	os.Exit(t.main(ctx, os.Args[1:], os.Getenv("LEVERCTL_API")))
}

// transport is Go's own, which also finds the sandbox's names under .localhost on this machine.
func transport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, loopback.Address(address))
	}
	return t
}

// sleep waits for d or until somebody presses Ctrl-C.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// terminal says whether somebody watches, so that a line may be drawn over.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

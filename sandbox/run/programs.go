package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/evidenced/lever-integration/shared/loopback"
)

// startupLimit is how long a program may take until it answers.
const startupLimit = 60 * time.Second

// startEmulator starts the AWS emulator with IAM enforced. It gets no variable of this process but PATH and HOME, since
// every function inherits the emulator's environment.
func (b *sandbox) startEmulator(ctx context.Context) error {
	if err := portFree(b.settings.ports.aws, "SANDBOX_AWS_PORT"); err != nil {
		return err
	}
	port := strconv.Itoa(b.settings.ports.aws)
	err := b.launch(program{
		name: "emulator", path: emulatorTools.program(b.settings.root, "ministack"), folder: b.settings.state,
		env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + b.settings.path("tmp"),
			"AUTH=true", "BIND_HOST=127.0.0.1", "GATEWAY_PORT=" + port, "EDGE_PORT=" + port,
			"STATE_DIR=" + b.settings.path("tmp", "state"), "MINISTACK_REGION=" + region,
			// Without its own address the functions would look for the real AWS.
			"AWS_ENDPOINT_URL=" + b.settings.awsURL(), "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
			"AWS_ACCESS_KEY_ID=" + rootKey, "AWS_SECRET_ACCESS_KEY=" + rootKey, "AWS_EC2_METADATA_DISABLED=true",
			// Lambda sets this for functions whose log format is JSON; the emulator does not.
			"AWS_LAMBDA_LOG_FORMAT=JSON",
		},
	})
	if err != nil {
		return err
	}
	return b.answers(ctx, "emulator", b.settings.awsURL()+"/_ministack/health")
}

// startLever starts the simulated Lever, unless another Lever is given.
func (b *sandbox) startLever(ctx context.Context) error {
	if b.settings.lever.given() {
		b.progress.say("using Lever at %s; the simulated one is not started", b.settings.lever.apiURL)
		return nil
	}
	if err := portFree(b.settings.ports.lever, "SANDBOX_LEVER_PORT"); err != nil {
		return err
	}
	err := b.launch(program{
		name: "lever", path: b.binary("lever"), folder: b.settings.state,
		env: cleanEnv(
			fmt.Sprintf("LISTEN=127.0.0.1:%d", b.settings.ports.lever),
			"PUBLIC_URL="+b.settings.leverURL(),
			"CLIENT_ID="+clientID,
			"CLIENT_SECRET="+clientSecret,
			"REDIRECT_URIS="+b.settings.apiURL()+"/oauth/callback",
			"SEED="+b.settings.seed,
		),
	})
	if err != nil {
		return err
	}
	return b.answers(ctx, "lever", b.settings.leverURL()+"/")
}

// startEvidenced starts the stand-in for Evidenced with the rights of a platform service and no others.
func (b *sandbox) startEvidenced(ctx context.Context, found surroundings) error {
	if err := portFree(b.settings.ports.evidenced, "SANDBOX_EVIDENCED_PORT"); err != nil {
		return err
	}
	err := b.launch(program{
		name: "evidenced", path: b.binary("evidenced"), folder: b.settings.state,
		env: cleanEnv(append(b.settings.profileEnv(profileStandIn),
			fmt.Sprintf("LISTEN=127.0.0.1:%d", b.settings.ports.evidenced),
			"PUBLIC_URL="+b.settings.evidencedURL(),
			"API_URL="+b.settings.apiURL(),
			"LEVER_URL="+b.settings.leverPages(),
			"EVENTS_QUEUE_URL="+found.eventsQueue,
		)...),
	})
	if err != nil {
		return err
	}
	return b.answers(ctx, "evidenced", b.settings.evidencedURL()+"/")
}

// answers waits until an address answers with anything but a server's error, and says so.
func (b *sandbox) answers(ctx context.Context, name, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startupLimit)
	defer cancel()
	client := loopback.Client(30 * time.Second)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	last := errors.New("no answer yet")
	for {
		last = probe(ctx, client, address, last)
		if last == nil {
			b.progress.say("%s answers", name)
			return nil
		}
		select {
		case process := <-b.broken:
			return fmt.Errorf("%s has ended (%v):\n%s", process.name, process.err, tail(b.logFile(process.name), 25))
		case <-ctx.Done():
			return fmt.Errorf("%s at %s: %w; logs in %s", name, address, last, b.settings.path("logs"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// probe keeps the last real answer when a later call only ran out of time.
func probe(ctx context.Context, client *http.Client, address string, last error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	response, err := client.Do(request)
	if ctx.Err() != nil {
		return last
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 500 {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}

// portFree names the setting that chooses another port when somebody else holds this one.
func portFree(port int, setting string) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("port %d is taken by another program; choose another with %s=…: %w", port, setting, err)
	}
	return listener.Close()
}

// lookPath finds a command as a shell would; what it cannot find is left to fail with its own name.
func lookPath(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return name
}

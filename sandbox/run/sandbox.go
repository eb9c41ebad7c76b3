package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// sandbox is one running stack: the emulator, the simulated Lever and the stand-in, with what was deployed.
type sandbox struct {
	settings settings
	progress *progress

	mutex   sync.Mutex
	running []*process    // in order of their start
	broken  chan *process // a program that ended without being asked to
}

// stay starts everything, prints the addresses and waits for Ctrl-C. A second one in the same checkout is told about
// the first.
func (b *sandbox) stay(ctx context.Context) error {
	line := fmt.Sprintf("pid %d; Evidenced %s, Lever %s, addresses in %s",
		os.Getpid(), b.settings.evidencedURL(), b.settings.leverURL(), b.endpointsFile())
	held, err := takeLock(b.settings.path("run.lock"), line)
	if already := (errRunning{}); errors.As(err, &already) {
		return fmt.Errorf("a sandbox is already running in this checkout (%s); stop it with Ctrl-C there", already.holder)
	} else if err != nil {
		return err
	}
	defer held.release()
	defer b.down()
	if err := b.up(ctx); err != nil {
		return err
	}
	b.welcome()
	select {
	case <-ctx.Done():
		b.progress.say("stopping …")
		return nil
	case process := <-b.broken:
		return fmt.Errorf("%s has ended by itself (%v); its log: %s", process.name, process.err, b.logFile(process.name))
	}
}

// once starts everything, runs the command with the addresses in its environment, and stops. The error is the command's.
func (b *sandbox) once(ctx context.Context, command []string) error {
	held, err := takeLock(b.settings.path("run.lock"), fmt.Sprintf("pid %d", os.Getpid()))
	if already := (errRunning{}); errors.As(err, &already) {
		return fmt.Errorf("a test or demo already runs on its sandbox in this checkout (%s); wait until it has ended", already.holder)
	} else if err != nil {
		return err
	}
	defer held.release()
	defer b.down()
	if err := b.up(ctx); err != nil {
		return err
	}
	b.progress.say("sandbox ready; running %v", command)
	err = finish(ctx, program{
		name: command[0], path: lookPath(command[0]), args: command[1:], folder: b.settings.root,
		env: cleanEnv(append(b.settings.profileEnv(profileAdmin),
			"ENDPOINTS="+b.endpointsFile(),
			"EVIDENCED_URL="+b.settings.evidencedURL(),
			"LEVER_URL="+b.settings.leverURL(),
			"API_URL="+b.settings.apiURL(),
		)...),
	})
	if err != nil {
		b.progress.say("the command failed; logs of everything: %s", b.settings.path("logs"))
	}
	return err
}

// up brings everything up in the order that its parts need each other, side by side where they do not.
func (b *sandbox) up(ctx context.Context) error {
	b.broken = make(chan *process, 8)
	if err := b.clear(); err != nil {
		return err
	}
	cloud := newCloud(b.settings)
	var secret string
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if err := emulatorTools.install(groupCtx, b.settings.root, b.progress); err != nil {
			return err
		}
		if err := b.startEmulator(groupCtx); err != nil {
			return err
		}
		secret, err = cloud.prepare(groupCtx)
		return err
	})
	group.Go(func() error { return samTools.install(groupCtx, b.settings.root, b.progress) })
	group.Go(func() error {
		if err := b.compile(groupCtx); err != nil {
			return err
		}
		return b.startLever(groupCtx)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := b.deploy(ctx, secret); err != nil {
		return err
	}
	return b.openForVisitors(ctx, cloud)
}

// openForVisitors adds what stands around the stack: the stand-in for Evidenced with its rights, and the file of addresses.
func (b *sandbox) openForVisitors(ctx context.Context, cloud *cloud) error {
	found, err := cloud.deployStandIn(ctx)
	if err != nil {
		return err
	}
	if err := b.writeEndpoints(found); err != nil {
		return err
	}
	if err := b.startEvidenced(ctx, found); err != nil {
		return err
	}
	return b.answers(ctx, "the API", b.settings.apiURL()+"/portal")
}

// clear removes what an earlier sandbox left, so that nothing stale is read as news.
func (b *sandbox) clear() error {
	for _, name := range []string{"endpoints.json", "aws-credentials", "logs", "tmp"} {
		if err := os.RemoveAll(b.settings.path(name)); err != nil {
			return fmt.Errorf("clear %s: %w", name, err)
		}
	}
	for _, name := range []string{"logs", "tmp"} {
		if err := os.MkdirAll(b.settings.path(name), 0o755); err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
	}
	return nil
}

// down keeps the functions' logs, stops what runs, last started first, and leaves no process and no address behind.
func (b *sandbox) down() {
	saveLogs(b.settings)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for i := len(b.running) - 1; i >= 0; i-- {
		b.running[i].stop()
	}
	b.running = nil
	_ = os.Remove(b.endpointsFile())
	_ = os.Remove(b.settings.credentialsFile())
	_ = os.RemoveAll(b.settings.path("tmp"))
	b.progress.say("stopped")
}

// launch starts a program that stays, with its own log file, and watches it.
func (b *sandbox) launch(p program) error {
	p.logFile = b.logFile(p.name)
	started, err := start(p)
	if err != nil {
		return err
	}
	b.mutex.Lock()
	b.running = append(b.running, started)
	b.mutex.Unlock()
	go func() {
		<-started.ended
		select {
		case b.broken <- started:
		default: // somebody has heard of another one already
		}
	}()
	return nil
}

func (b *sandbox) logFile(name string) string { return b.settings.path("logs", name+".log") }

func (b *sandbox) endpointsFile() string { return b.settings.path("endpoints.json") }

func (b *sandbox) binary(name string) string {
	return filepath.Join(b.settings.root, ".sandbox", "bin", name)
}

// architecture is this machine's, in CloudFormation's words: the emulator runs the binaries as they are.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

func (b *sandbox) welcome() {
	pages := "login and consent, webhook toggles, candidates, notes"
	if b.settings.lever.given() {
		pages = "the API of your Lever; the simulated one is not running"
	}
	fmt.Printf(`
Ready.
  Evidenced   %s   integrations page, jobs, candidates, interviews, decide
  Lever       %s   %s
  Event log   %s/events

Try first: open Evidenced, log in as an admin, Integrations, Open Lever integration, Connect to Lever; in Lever log in
as a Super Admin and press Accept.
Switch the webhooks on in Lever under Settings. Then open a candidate in Evidenced, follow Open in Lever, move it there
and watch it move in Evidenced; decide in Evidenced and find the note in Lever.

Addresses for programs   %s
Logs of the functions    make logs [FUNCTION=webhook-intake]
Other logs               %s
Ctrl-C stops everything and forgets all data.
`, b.settings.evidencedURL(), b.settings.leverURL(), pages, b.settings.evidencedURL(), b.endpointsFile(), b.settings.path("logs"))
}

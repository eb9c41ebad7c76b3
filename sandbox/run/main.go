// Command run is the sandbox: it installs pinned tools into the checkout, starts a local AWS emulator that enforces IAM,
// the simulated Lever and the stand-in for Evidenced, builds and deploys the real template.yaml with the SAM CLI, and
// stops all of it on Ctrl-C. Usage, from the root of the checkout:
//
//	go run ./sandbox/run                     start everything and stay, as make run does
//	go run ./sandbox/run -once -- COMMAND    start everything on free ports, run COMMAND, stop, and exit with its code
//	go run ./sandbox/run -tools              only install the tools
//	go run ./sandbox/run -checkov            only install what make checkov needs
//	go run ./sandbox/run -contract           only install what make contract needs
//	go run ./sandbox/run -logs NAME          print the log of one function of the running sandbox, or of all without NAME
//
// With -once, SANDBOX_NAME=NAME lets several run side by side; each NAME has a folder of its own.
//
// COMMAND finds all addresses in the file that the variable ENDPOINTS names. Everything the sandbox writes stands below
// .sandbox/, .aws-sam/ and the four .venv-*/. No real AWS account is ever called: every program gets its AWS
// variables from here and inherits none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // whoever reads what we print may go away; what was started must still be stopped
	err := run(ctx, os.Args[1:])
	stop()
	var failed *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &failed) && failed.ExitCode() > 0:
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(failed.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	once := flags.Bool("once", false, "run the command after -- on a sandbox of its own, then stop")
	toolsOnly := flags.Bool("tools", false, "only install the tools")
	checkovOnly := flags.Bool("checkov", false, "only install what make checkov needs")
	contractOnly := flags.Bool("contract", false, "only install what make contract needs")
	logs := flags.Bool("logs", false, "print the logs of the running sandbox")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	root, err := checkout()
	if err != nil {
		return err
	}
	progress := newProgress(os.Stdout)
	switch {
	case *toolsOnly:
		return installTools(ctx, root, progress)
	case *checkovOnly:
		return checkovTools.install(ctx, root, progress)
	case *contractOnly:
		return contractTools.install(ctx, root, progress)
	case *logs:
		return printLogs(ctx, root, flags.Arg(0), os.Stdout)
	}
	config, err := readSettings(root, *once, os.Getenv)
	if err != nil {
		return err
	}
	if *once && flags.NArg() == 0 {
		return errors.New("-once needs a command after --")
	}
	box := &sandbox{settings: config, progress: progress}
	if *once {
		return box.once(ctx, flags.Args())
	}
	return box.stay(ctx)
}

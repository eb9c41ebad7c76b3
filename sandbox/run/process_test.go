package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell starts a script that says "ready" once it is, and returns it then.
func shell(t *testing.T, script string) *process {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	started, err := start(program{name: "script", path: "/bin/sh", args: []string{"-c", script}, env: os.Environ(), logFile: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.stop)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(tail(log, 1), "ready"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the script never said that it is ready")
		}
	}
	return started
}

func TestStopEndsEverythingThatAProgramStarted(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"children":                     `sleep 300 & sleep 300 & echo ready; wait`,
		"children that outlive it":     `(sleep 300 & exec sleep 300) & echo ready`,
		"children deaf to requests":    `trap '' TERM; (trap '' TERM; while :; do sleep 300; done) & echo ready; while :; do sleep 300; done`,
		"a program that ended already": `echo ready`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := shell(t, script)
			started.patience = 3 * time.Second // an init may take a second to reap what was orphaned
			started.stop()
			if err := syscall.Kill(-started.command.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("something of the process group is left: %v", err)
			}
		})
	}
}

func TestFinishStopsTheProgramWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := finish(ctx, program{name: "script", path: "/bin/sh", args: []string{"-c", "sleep 300"}, env: os.Environ()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that it was cancelled", err)
	}
}

func TestFinishKeepsTheExitCodeAndQuotesTheLog(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	err := finish(t.Context(), program{
		name: "script", path: "/bin/sh", args: []string{"-c", "echo the reason; exit 7"}, env: os.Environ(), logFile: log,
	})
	var failed *exec.ExitError
	if !errors.As(err, &failed) || failed.ExitCode() != 7 {
		t.Errorf("error = %v, want exit code 7", err)
	}
	if err == nil || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("error = %v, want it to quote the log", err)
	}
}

func TestCleanEnvDropsWhateverLeadsToARealAccount(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
	t.Setenv("AWS_SESSION_TOKEN", "real")
	for _, variable := range cleanEnv("AWS_PROFILE=stand-in") {
		if strings.Contains(variable, "production") || strings.Contains(variable, "AKIAREAL") || strings.HasPrefix(variable, "AWS_SESSION_TOKEN=") {
			t.Errorf("%s got through", variable)
		}
	}
}

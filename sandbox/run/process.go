package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// usualPatience is how long a process group may take to end by itself before it is killed.
const usualPatience = 5 * time.Second

// process is one running program with everything it started: its process group. Signals of the terminal do not reach
// the group; the sandbox stops it in its own order.
type process struct {
	name     string
	command  *exec.Cmd
	patience time.Duration
	ended    chan struct{} // closed once the program has ended
	err      error         // how it ended; read only after ended is closed
}

// program says what to start.
type program struct {
	name    string
	path    string
	args    []string
	env     []string // the whole environment
	folder  string
	logFile string // empty: output goes to stdout and stderr
}

// start begins the program in a process group of its own, with no standard input.
func start(p program) (*process, error) {
	command := exec.Command(p.path, p.args...)
	command.Dir, command.Env = p.folder, p.env
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Stdout, command.Stderr = io.Writer(os.Stdout), io.Writer(os.Stderr)
	if p.logFile != "" {
		file, err := createLog(p.logFile)
		if err != nil {
			return nil, err
		}
		defer file.Close() // the program has its own copy
		command.Stdout, command.Stderr = file, file
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	started := &process{name: p.name, command: command, patience: usualPatience, ended: make(chan struct{})}
	go func() {
		started.err = command.Wait()
		close(started.ended)
	}()
	return started, nil
}

// stop ends the whole group: politely first, then by force. It returns once nothing of the group is left.
func (p *process) stop() {
	group := -p.command.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	if !groupGone(group, p.patience) {
		_ = syscall.Kill(group, syscall.SIGKILL)
		groupGone(group, p.patience)
	}
	<-p.ended
}

// groupGone waits until no process of the group is left, and says whether that happened in time.
func groupGone(group int, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if errors.Is(syscall.Kill(group, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}

// finish runs a program to its end and quotes the end of its log when it fails. Cancelling stops its whole group.
func finish(ctx context.Context, p program) error {
	running, err := start(p)
	if err != nil {
		return err
	}
	select {
	case <-running.ended:
	case <-ctx.Done():
		running.stop()
		return fmt.Errorf("%s: %w", p.name, ctx.Err())
	}
	if running.err != nil && p.logFile != "" {
		return fmt.Errorf("%s: %w; the end of %s:\n%s", p.name, running.err, p.logFile, tail(p.logFile, 25))
	}
	return running.err
}

func createLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make folder of log: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	return file, nil
}

// tail is the last lines of a file, or nothing when it cannot be read.
func tail(path string, lines int) string {
	content, _ := os.ReadFile(path)
	all := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// cleanEnv is this process's environment without anything that could lead to a real AWS account, and with the given
// settings, which win.
func cleanEnv(settings ...string) []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			env = append(env, variable)
		}
	}
	return append(append(env, "AWS_EC2_METADATA_DISABLED=true", "SAM_CLI_TELEMETRY=0"), settings...)
}

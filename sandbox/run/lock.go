package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// errRunning says that another process holds the lock; the text names it.
type errRunning struct{ holder string }

func (e errRunning) Error() string { return e.holder }

// lock is held by an open file, so the system releases it however the process ends: no stale lock blocks a later start.
type lock struct{ file *os.File }

// takeLock takes the lock, with a line for whoever comes second. It fails with errRunning while another process holds it.
func takeLock(path, line string) (*lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make folder of lock: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		held, _ := os.ReadFile(path)
		return nil, errRunning{holder: strings.TrimSpace(string(held))}
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, line)); err != nil {
		file.Close()
		return nil, fmt.Errorf("write lock: %w", err)
	}
	return &lock{file: file}, nil
}

// waitLock is takeLock for short work: it waits until the lock is free.
func waitLock(path string) (*lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make folder of lock: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("wait for lock %s: %w", path, err)
	}
	return &lock{file: file}, nil
}

func writeAt(file *os.File, line string) error {
	_, err := file.WriteAt([]byte(line+"\n"), 0)
	return err
}

// release gives the lock back, by name and not by closing alone: a process that is being started at this moment still
// has a copy of the open file until its own program begins, and would hold the lock on. The file stays, since deleting
// it would let two processes hold two locks of one name.
func (l *lock) release() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	_ = l.file.Close()
}

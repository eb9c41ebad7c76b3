package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func from(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestSettingsAreTheUsualPortsWithoutAnyVariable(t *testing.T) {
	t.Parallel()
	got, err := readSettings("/checkout", false, from(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"http://1e7e4a11.execute-api.localhost:4566", "http://localhost:4580", "http://evidenced.localhost:4590", "/checkout/.sandbox/logs"}
	if diff := cmp.Diff(want, []string{got.apiURL(), got.leverURL(), got.evidencedURL(), got.path("logs")}); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsForOneCommandStandBesideASandboxThatStays(t *testing.T) {
	t.Parallel()
	got, err := readSettings("/checkout", true, from(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got.ports.aws == 4566 || got.ports.aws == got.ports.lever || got.path() == "/checkout/.sandbox" {
		t.Errorf("settings = %+v, want free ports and a folder of its own", got)
	}
	other, err := readSettings("/checkout", true, from(map[string]string{"SANDBOX_NAME": "beside"}))
	if err != nil || other.path() == got.path() || other.ports == got.ports {
		t.Errorf("settings = %+v, %v, want a folder and ports of its own", other, err)
	}
	if _, err := readSettings("/checkout", true, from(map[string]string{"SANDBOX_NAME": "../x"})); err == nil || !strings.Contains(err.Error(), "SANDBOX_NAME") {
		t.Errorf("a name that leads elsewhere: %v", err)
	}
}

func TestSettingsNameEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := readSettings("/checkout", false, from(map[string]string{
		"SANDBOX_AWS_PORT": "80", "SANDBOX_LEVER_PORT": "many", "LEVER_API_URL": "https://api.sandbox.lever.co/v1",
	}))
	for _, word := range []string{"SANDBOX_AWS_PORT", "SANDBOX_LEVER_PORT", "LEVER_CLIENT_SECRET"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("error = %v, want it to name %s", err, word)
		}
	}
}

func TestAnotherLeverIsHandedToTheStack(t *testing.T) {
	t.Parallel()
	got, err := readSettings("/checkout", false, from(map[string]string{
		"LEVER_API_URL": "https://api.sandbox.lever.co/v1", "LEVER_AUTH_URL": "https://sandbox-lever.auth0.com",
		"LEVER_CLIENT_ID": "app", "LEVER_CLIENT_SECRET": "secret",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://api.sandbox.lever.co/v1/"; got.connectTo().audience != want || !got.lever.given() || got.leverPages() != "" {
		t.Errorf("audience = %q, want %q; pages at %q", got.connectTo().audience, want, got.leverPages())
	}
}

func TestAnotherLeverThatTheStackWouldRefuseIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for word, lever := range map[string][3]string{
		"http on this machine": {"http://192.0.2.1:4580/v1", "http://127.0.0.1:4580", "app"},
		"end in /v1":           {"http://localhost:4580", "http://localhost:4580", "app"},
		"LEVER_CLIENT_ID":      {"http://localhost:4580/v1", "http://localhost:4580/", "x"},
		"":                     {"http://127.0.0.1:4580/v1/", "http://[::1]:4580", "app"},
	} {
		_, err := readSettings("/checkout", false, from(map[string]string{
			"LEVER_API_URL": lever[0], "LEVER_AUTH_URL": lever[1], "LEVER_CLIENT_ID": lever[2], "LEVER_CLIENT_SECRET": "secret",
		}))
		if (err != nil) != (word != "") || err != nil && !strings.Contains(err.Error(), word) {
			t.Errorf("%v: %v, want %q", lever, err, word)
		}
	}
}

func TestASecondHolderOfALockIsToldAboutTheFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox", "run.lock")
	first, err := takeLock(path, "pid 42")
	if err != nil {
		t.Fatal(err)
	}
	var running errRunning
	if _, err := takeLock(path, "pid 43"); !errors.As(err, &running) || running.holder != "pid 42" {
		t.Errorf("error = %v, want the line of the first holder", err)
	}
	// What a process has that was started just now and has not come to its own program.
	inherited, err := syscall.Dup(int(first.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	first.release()
	second, err := takeLock(path, "pid 43")
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	defer second.release()
	if line, _ := os.ReadFile(path); string(line) != "pid 43\n" {
		t.Errorf("lock holds %q", line)
	}
}

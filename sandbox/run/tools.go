package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// toolset is one Python environment inside the checkout with exactly what its file of pins names. The emulator and the
// SAM CLI have one each because their pins of botocore differ.
type toolset struct {
	name   string
	pins   string // file of pins, below the checkout
	folder string // environment, below the checkout
}

var (
	emulatorTools = toolset{name: "the AWS emulator", pins: "sandbox/tools/emulator.txt", folder: ".venv-emulator"}
	samTools      = toolset{name: "the SAM CLI", pins: "sandbox/tools/sam.txt", folder: ".venv-sam"}
	checkovTools  = toolset{name: "checkov", pins: "sandbox/tools/checkov.txt", folder: ".venv-checkov"}
	contractTools = toolset{name: "schemathesis", pins: "sandbox/tools/contract.txt", folder: ".venv-contract"}
)

func (t toolset) program(root, name string) string {
	return filepath.Join(root, t.folder, "bin", name)
}

// installTools installs both environments side by side, each only when missing or when its pins changed.
func installTools(ctx context.Context, root string, p *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, tools := range []toolset{emulatorTools, samTools} {
		group.Go(func() error { return tools.install(ctx, root, p) })
	}
	return group.Wait()
}

// install makes the environment anew unless its stamp says that it holds these pins. The stamp is written last, so an
// installation that broke off is repeated.
func (t toolset) install(ctx context.Context, root string, p *progress) error {
	held, err := waitLock(filepath.Join(root, ".sandbox", t.folder+".lock"))
	if err != nil {
		return err
	}
	defer held.release()
	python, version, err := findPython(ctx)
	if err != nil {
		return err
	}
	pins, err := os.ReadFile(filepath.Join(root, t.pins))
	if err != nil {
		return fmt.Errorf("read pins of %s: %w", t.name, err)
	}
	sum := sha256.Sum256(append(pins, version...))
	want := hex.EncodeToString(sum[:])
	stamp := filepath.Join(root, t.folder, "installed")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	return p.during("installing "+t.name+" into "+t.folder, func() error {
		folder := filepath.Join(root, t.folder)
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove old %s: %w", t.folder, err)
		}
		log := filepath.Join(root, ".sandbox", "logs", "install"+t.folder+".log")
		if err := finish(ctx, program{name: "python -m venv", path: python, args: []string{"-m", "venv", folder}, env: cleanEnv(), logFile: log}); err != nil {
			return fmt.Errorf("%w\nOn Debian: apt-get install -y python3-venv", err)
		}
		if err := finish(ctx, program{
			name: "pip install", path: t.program(root, "python"), env: cleanEnv("PIP_DISABLE_PIP_VERSION_CHECK=1"), logFile: log,
			args: []string{"-m", "pip", "install", "--no-deps", "--requirement", filepath.Join(root, t.pins)},
		}); err != nil {
			return err
		}
		return os.WriteFile(stamp, []byte(want), 0o644)
	})
}

// findPython finds a Python that the pins are made for.
func findPython(ctx context.Context) (path, version string, err error) {
	for _, name := range []string{"python3", "python3.13", "python3.12", "python3.11"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))").Output()
		if err == nil {
			return path, strings.TrimSpace(string(out)), nil
		}
	}
	return "", "", errors.New("no Python 3.11 or later found; on Debian: apt-get install -y python3 python3-venv")
}

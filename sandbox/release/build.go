package release

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Flags are those with which a function is compiled for a release: no paths of the building machine, no RPC, no HTTP/2, no
// symbols, and nothing inlined but in Go's runtime and cryptography (docs/decisions/0025-small-binaries.md). `make deploy` has
// the same.
func Flags() []string {
	return []string{
		"-trimpath", "-tags=lambda.norpc,nethttpomithttp2", "-ldflags=-s -w",
		"-gcflags=all=-l", "-gcflags=runtime/...=", "-gcflags=internal/...=", "-gcflags=crypto/...=",
	}
}

// FlagsInOne are the same as one value for the variable GOFLAGS of the go command.
func FlagsInOne() string { return "'" + strings.Join(Flags(), "' '") + "'" }

// Build makes the package of the function of a folder as a release does, from the checkout at root, under an overlay of the
// go command (`go help build`), "" for none.
func Build(ctx context.Context, root, function, overlay string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "release-")
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", function, err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program := filepath.Join(folder, "bootstrap")
	args := append(append([]string{"build"}, Flags()...), "-o", program)
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	command := exec.CommandContext(ctx, "go", append(args, "./functions/"+function)...)
	command.Dir, command.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", function, err, out)
	}
	return pack(program)
}

func pack(program string) ([]byte, error) {
	file, err := os.Open(program)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	defer func() { _ = file.Close() }()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err == nil {
		_, err = io.Copy(entry, file)
	}
	if err := errors.Join(err, archive.Close()); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return packed.Bytes(), nil
}

package mutation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/mutation"
)

// checkout makes a module of one program.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":  "module example.test/program\n\ngo 1.26\n",
		"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tif true {\n\t\tfmt.Print(\"guarded\")\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestAnOverlayChangesTheBuildAndNotTheSource(t *testing.T) {
	t.Parallel()
	root := checkout(t)
	overlay, err := mutation.Mutation{Name: "guard", File: "main.go", Old: "if true", New: "if false"}.Overlay(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for want, flags := range map[string][]string{"guarded": {"run", "."}, "": {"run", "-overlay", overlay, "."}} {
		command := exec.CommandContext(t.Context(), "go", flags...)
		command.Dir = root
		command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := command.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("go %s printed %q, %v, want %q", strings.Join(flags, " "), out, err, want)
		}
	}
}

func TestAMutationWhoseTextIsGoneOrStandsTwiceIsAFault(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"if maybe", "main"} {
		_, err := mutation.Mutation{Name: "guard", File: "main.go", Old: old}.Overlay(checkout(t), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), "guard") {
			t.Errorf("error = %v, want one that names the mutation", err)
		}
	}
}

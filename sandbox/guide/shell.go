package guide

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// A Shell types commands in the root of the checkout, bound to one stack on this machine: nothing of this machine's own AWS
// settings is used. bin and the tools of .venv-sam are in its path, before everything else.
type Shell struct {
	Root string
	env  []string
	says *strings.Replacer
}

// Open gives a shell under one of the profiles of a sandbox: admin, standIn, operator or outsider. A stack that is not on this
// machine is refused. What the documents call .sandbox is the folder of the addresses, and the pairs replace further words, the
// first that fits.
func Open(root string, e story.Endpoints, addresses, profile string, pairs ...string) (Shell, error) {
	if e.AWS == "" || e.Profiles[profile] == "" {
		return Shell{}, fmt.Errorf("open a shell: no stack on this machine, or no profile %q", profile)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return Shell{}, err
	}
	folder := filepath.Dir(addresses) + "/"
	s := Shell{Root: root, says: strings.NewReplacer(append([]string{"$PWD/.sandbox/", folder, ".sandbox/", folder}, pairs...)...)}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PATH=") && !strings.HasPrefix(v, "MAKE") {
			s.env = append(s.env, v)
		}
	}
	s.env = append(s.env, "PATH="+filepath.Join(root, "bin")+":"+filepath.Join(root, ".venv-sam/bin")+":"+os.Getenv("PATH"),
		"AWS_PROFILE="+e.Profiles[profile], "AWS_REGION="+e.Region, "AWS_DEFAULT_REGION="+e.Region, "AWS_ENDPOINT_URL="+e.AWS,
		"AWS_SHARED_CREDENTIALS_FILE="+e.CredentialsFile, "AWS_CONFIG_FILE="+os.DevNull, "SAM_CLI_TELEMETRY=0")
	return s, nil
}

// bound keeps the first version of the AWS CLI, which is the one in the Python index, on this machine: for SQS it goes by
// a name of AWS and not by AWS_ENDPOINT_URL (seen with 1.46.3).
const bound = `set -euo pipefail
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
`

// Type runs a script in bash, which ends at the first command that fails, and returns everything that it printed. input is what
// the person types when asked.
func (s Shell) Type(ctx context.Context, script, input string) (string, error) {
	command := exec.CommandContext(ctx, "bash", "-c", bound+s.says.Replace(script))
	command.Dir, command.Env, command.Stdin = s.Root, s.env, strings.NewReader(input)
	out, err := command.CombinedOutput()
	return string(out), err
}

// With is the same shell with further settings, each as NAME=value.
func (s Shell) With(settings ...string) Shell {
	s.env = append(append([]string{}, s.env...), settings...)
	return s
}

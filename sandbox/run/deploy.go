package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/evidenced/lever-integration/sandbox/release"
)

const bucket = "sandbox-artifacts"

// buildEnv is the environment in which a function is compiled as for a release.
func buildEnv() []string {
	return []string{"CGO_ENABLED=0", "GOFLAGS=" + release.FlagsInOne()}
}

// compile builds the sandbox's own programs, and the functions once in advance while the tools are still being
// installed: what the SAM CLI builds afterwards then comes out of Go's cache.
func (b *sandbox) compile(ctx context.Context) error {
	programs := []string{"./sandbox/evidenced"}
	if !b.settings.lever.given() {
		programs = append(programs, "./sandbox/lever")
	}
	return b.progress.during("compiling", func() error {
		args := append([]string{"build", "-o", filepath.Join(b.settings.root, ".sandbox", "bin") + "/"}, programs...)
		if err := finish(ctx, program{
			name: "go build", path: lookPath("go"), args: args, folder: b.settings.root,
			env: cleanEnv("CGO_ENABLED=0"), logFile: b.logFile("compile-sandbox"),
		}); err != nil {
			return err
		}
		return finish(ctx, program{
			name: "go build", path: lookPath("go"), args: []string{"build", "./functions/..."}, folder: b.settings.root,
			env: cleanEnv(append(buildEnv(), "GOOS=linux")...), logFile: b.logFile("compile-functions"),
		})
	})
}

// build builds the real template with the SAM CLI, always anew: Go's cache makes that seconds, and nothing stale is ever
// deployed. Two sandboxes of a checkout take turns, since the CLI keeps notes in one place.
func (b *sandbox) build(ctx context.Context) error {
	held, err := waitLock(filepath.Join(b.settings.root, ".sandbox", "build.lock"))
	if err != nil {
		return err
	}
	defer held.release()
	return b.progress.during("building the functions", func() error {
		return finish(ctx, program{
			name: "sam build", path: samTools.program(b.settings.root, "sam"), folder: b.settings.root,
			args: []string{
				"build", "--parallel", "--template-file", "template.yaml", "--build-dir", b.settings.path("build"),
				"--parameter-overrides", "Architecture=" + architecture(),
			},
			env: cleanEnv(append(buildEnv(), b.settings.rootEnv()...)...), logFile: b.logFile("build"),
		})
	})
}

// deploy deploys what was built onto the emulator, as it would be deployed to an account.
func (b *sandbox) deploy(ctx context.Context, secretARN string) error {
	lever := b.settings.connectTo()
	args := []string{
		"deploy", "--template-file", b.settings.path("build", "template.yaml"), "--stack-name", stackName,
		"--s3-bucket", bucket, "--s3-prefix", stackName, "--capabilities", "CAPABILITY_IAM", "--region", region,
		"--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
		"--tags", "ms-custom-id=" + apiID, // fixes the API's id on the emulator
		"--parameter-overrides",
		"Environment=sandbox", "Architecture=" + architecture(), "LogRetentionDays=1",
		"PublicUrl=" + b.settings.apiURL(),
		"LeverApiUrl=" + lever.apiURL, "LeverAuthUrl=" + lever.authURL, "LeverAudience=" + lever.audience,
		"LeverClientId=" + lever.clientID, "LeverClientSecretArn=" + secretARN,
		"LeverSettleSeconds=" + strconv.Itoa(b.settings.settleSeconds()),
		"ReturnOrigins=" + b.settings.evidencedURL(),
		fmt.Sprintf("PlatformPrincipals=arn:aws:iam::%s:root", account),
	}
	return b.progress.during("deploying the stack", func() error {
		return finish(ctx, program{
			name: "sam deploy", path: samTools.program(b.settings.root, "sam"), args: args, folder: b.settings.state,
			env: cleanEnv(b.settings.rootEnv()...), logFile: b.logFile("deploy"),
		})
	})
}

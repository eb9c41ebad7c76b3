package operator

import (
	"os"
	"regexp"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/guide"
)

// TestThePlatformsGuideAssumesTheRole types the first block of docs/platform.md, by which a service of the platform takes its role
// for one tenant. The account's owner types it here; on an account only those in PlatformPrincipals may. What the role may then do
// hangs on the session tag, which the emulator cannot judge; a rule over the template does.
func TestThePlatformsGuideAssumesTheRole(t *testing.T) {
	e := open(t).Endpoints
	shell, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), "admin", "REGION=eu-central-1", "REGION="+e.Region)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := guide.Blocks(root, "docs/platform.md", "Calling")
	if err != nil {
		t.Fatal(err)
	}
	out, err := shell.With("STACK="+e.Stack).Type(t.Context(),
		`PLATFORM_ROLE_ARN=$(aws cloudformation describe-stacks --stack-name "$STACK" --query "Stacks[0].Outputs[?OutputKey=='PlatformRoleArn'].OutputValue" --output text)
`+blocks[0]+"\naws sts get-caller-identity --query Arn --output text", "")
	if err != nil || !regexp.MustCompile(`^arn:aws:sts::\d+:assumed-role/\S*PlatformRole\S*/lever-acme\n$`).MatchString(out) {
		t.Errorf("%v, says %q", err, out)
	}
}

// Package deploy types the deploys of docs/operator.md as they are written there, onto the emulator: the second stack beside a
// running sandbox, the guided first deploy of each environment, and the later ones. It makes five stacks, so it wants an emulator
// of its own: make deploys.
package deploy

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/sandbox/guide"
	"github.com/evidenced/lever-integration/sandbox/story"
)

const (
	root     = "../.."
	operator = "docs/operator.md"
	created  = "Successfully created/updated stack - "
)

// terminal is where somebody types who follows the guide.
type terminal struct{ guide.Shell }

func open(t *testing.T) terminal {
	t.Helper()
	if os.Getenv("DEPLOYS") == "" {
		t.Fatal("this puts stacks beside the sandbox and builds in .aws-sam, so it wants an emulator of its own: make deploys")
	}
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs an emulator of its own, see make deploys: %v", err)
	}
	e := world.Endpoints
	shell, err := guide.Open(root, e, os.Getenv("ENDPOINTS"), "admin", "http://localhost:4566", e.AWS)
	if err != nil {
		t.Fatal(err)
	}
	return terminal{shell}
}

// blocks are what the guide has under a heading.
func blocks(t *testing.T, heading string, n int) []string {
	t.Helper()
	found, err := guide.Blocks(root, operator, heading)
	if err != nil || len(found) != n {
		t.Fatalf("%d blocks below %q, want %d: %v", len(found), heading, n, err)
	}
	return found
}

// types fails unless the script succeeds and says this.
func (s terminal) types(t *testing.T, script, input, says string) string {
	t.Helper()
	out, err := s.Type(t.Context(), script, input)
	if err != nil || !strings.Contains(out, says) {
		t.Fatalf("%s\n%v, says\n%s\nwant %q", script, err, out, says)
	}
	return out
}

// TestTheGuideDeploysToTheEmulator follows the section from its second step on (the first is the sandbox that runs), and step 4
// again with another value of one parameter and nothing else changed: who calls the alias meets the new value.
func TestTheGuideDeploysToTheEmulator(t *testing.T) {
	s, steps := open(t), blocks(t, "Deploy to the emulator", 4)
	script := strings.Join(steps, "\n")
	again := "\n" + strings.ReplaceAll(steps[2]+steps[3], "first@", "second@")
	if strings.Count(script, "first@") != 1 {
		t.Fatal("the guide names another address of help")
	}
	out := s.types(t, script+again, "", created+"lever-integration-dev")
	t.Cleanup(func() { // the guided deploy that comes next is a first one
		const dev = " --stack-name lever-integration-dev\n"
		if out, err := s.Type(context.WithoutCancel(t.Context()), "aws cloudformation delete-stack"+dev+"aws cloudformation wait stack-delete-complete"+dev, ""); err != nil {
			t.Errorf("delete the stack: %v\n%s", err, out)
		}
	})
	for _, want := range []string{`(?m)^arn:aws:secretsmanager:`, `(?m)^first@evidenced.example$`, `(?m)^second@evidenced.example$`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// answers are what a person types who makes a first deploy with the guide's table in hand: for each parameter in its order a
// value, or Enter.
func answers(t *testing.T, secret string) string {
	t.Helper()
	guideText, err := os.ReadFile(root + "/" + operator)
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{
		"LeverClientId": "client-of-guide", "LeverClientSecretArn": secret, "ReturnOrigins": "https://app.evidenced.example",
		"HelpAddress": "guided@evidenced.example", "LogRetentionDays": "14",
	}
	lines := []string{"", ""} // the name of the stack, and the region
	_, table, _ := strings.Cut(string(guideText), "| Parameter | What to answer |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range strings.Split(table, "\n")[1:] {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for name := range strings.SplitSeq(names, ", ") {
			lines = append(lines, given[strings.Trim(name, "`")])
		}
	}
	// Changes are confirmed, roles are allowed, a deploy that fails is rolled back; nothing is saved; yes, deploy.
	lines = append(lines, "y", "y", "n", "n", "y")
	return strings.Join(lines, "\n") + "\n"
}

// TestTheGuideDeploysAnEnvironment stores the secret as the guide says, and then goes through all its deploys: in dev with another
// region and name and with those of samconfig.toml, and in staging and production a guided one and the later ones. The emulator has
// no CodeDeploy: it moves an alias at once, canary or not.
func TestTheGuideDeploysAnEnvironment(t *testing.T) {
	s := open(t)
	store := blocks(t, "Before the first deploy to AWS", 1)[0]
	first, elsewhere := blocks(t, "The first deploy", 1)[0], blocks(t, "Another region or name", 1)[0]
	later := blocks(t, "Later deploys, and what the canary does", 2)

	near := s.secret(t, store)
	far := terminal{s.With("AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1")}.secret(t, store)
	given := map[string]string{"HelpAddress": "guided@evidenced.example", "LeverClientId": "client-of-guide", "LogRetentionDays": "14", "CustomDomain": ""}
	s.types(t, elsewhere, answers(t, far), created+"lever-integration-trial in eu-central-1")
	terminal{s.With("AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1")}.holds(t, "trial", given)
	for _, env := range []string{"dev", "staging", "production"} {
		s.types(t, strings.ReplaceAll(first, "ENV=dev", "ENV="+env), answers(t, near), created+"lever-integration-"+env)
		s.holds(t, env, given)
		s.holds(t, env, map[string]string{"Environment": env, "LeverClientSecretArn": near, "ReturnOrigins": "https://app.evidenced.example"})
	}
	const yes = "y\n"
	for _, command := range strings.Split(strings.TrimSpace(later[0]), "\n") { // one terminal, one answer each
		out := s.types(t, command, yes, created)
		if !strings.Contains(out, "Deploy this changeset?") {
			t.Errorf("%s did not ask", command)
		}
	}
	s.holds(t, "production", map[string]string{
		"Rollout": "canary", "HelpAddress": "guided@evidenced.example", "LeverClientSecretArn": near, "LogRetentionDays": "90",
	})
	s.types(t, later[1], yes, created+"lever-integration-production")
	s.holds(t, "production", map[string]string{
		"Rollout": "at-once", "HelpAddress": "guided@evidenced.example", "Environment": "production",
	})
}

// secret stores the client secret as somebody types it, and returns its ARN.
func (s terminal) secret(t *testing.T, script string) string {
	t.Helper()
	out := s.types(t, script, "a client secret of nobody", "arn:aws:secretsmanager:")
	return regexp.MustCompile(`arn:aws:secretsmanager:[^"]+`).FindString(out)
}

// holds checks parameters of a stack as CloudFormation has them.
func (s terminal) holds(t *testing.T, env string, want map[string]string) {
	t.Helper()
	out := s.types(t, "aws cloudformation describe-stacks --stack-name lever-integration-"+env+
		" --query 'Stacks[0].Parameters[].[ParameterKey,ParameterValue]' --output text", "", "Environment")
	for name, value := range want {
		if !strings.Contains(out, name+"\t"+value+"\n") {
			t.Errorf("%s is deployed without %s=%s:\n%s", env, name, value, out)
		}
	}
}

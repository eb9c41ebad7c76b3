package rollback

import (
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/evidenced/lever-integration/sandbox/release"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// TestMakeDeployBringsNewSettingsBeforeTheCallers deploys a second stack with the command of docs/operator.md, and again with
// another value of one parameter and nothing else changed: who calls the alias meets the new value.
func TestMakeDeployBringsNewSettingsBeforeTheCallers(t *testing.T) {
	world, err := story.Open(t.Context(), os.Getenv("ENDPOINTS"))
	if err != nil {
		t.Fatalf("this test needs a stack of its own, see make rollback: %v", err)
	}
	e := world.Endpoints
	if e.AWS == "" {
		t.Fatal("the addresses are those of a real account; nothing is deployed there")
	}
	owner, err := e.Cloud(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(owner)
	running, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(e.Functions["HintWorkerFunction"])})
	if err != nil {
		t.Fatal(err)
	}
	for _, help := range []string{"first@evidenced.example", "second@evidenced.example"} {
		command := exec.CommandContext(t.Context(), "make", "-s", "deploy", "ENV=dev", "DEPLOY_ARGS=--no-progressbar --parameter-overrides "+
			"Environment=dev Rollout=at-once LeverClientId=client-of-dev ReturnOrigins=https://app.evidenced.example HelpAddress="+help+
			" LeverClientSecretArn="+running.Environment.Variables["LEVER_CLIENT_SECRET_ARN"])
		command.Dir = root
		command.Env = append(os.Environ(), "AWS_PROFILE="+e.Profiles["admin"], "AWS_REGION="+e.Region, "AWS_ENDPOINT_URL="+e.AWS,
			"AWS_SHARED_CREDENTIALS_FILE="+e.CredentialsFile, "AWS_CONFIG_FILE="+os.DevNull)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("make deploy: %v\n%s", err, out)
		}
		live, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String("lever-integration-dev-integration-page"), Qualifier: aws.String(release.Alias),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := live.Environment.Variables["HELP_ADDRESS"]; got != help {
			t.Errorf("callers meet %q after %q was deployed", got, help)
		}
	}
}

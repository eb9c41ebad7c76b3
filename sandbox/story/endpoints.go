// Package story plays what people do with a running stack: open the page, connect Lever, move candidates, decide,
// disconnect. The demo tells it once from beginning to end, and the acceptance suite takes it apart. It knows the stack
// only by its addresses; everything it does goes through pages, the platform API and Lever's control routes, except two
// looks into the tables that no customer has: whether anything is left after a disconnect.
//
// Nothing here retries a deed. Waiting is always polling with a limit and a message that says what did not happen.
package story

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
)

// Endpoints is where everything stands, as the sandbox writes it to .sandbox/endpoints.json. For a real account the same
// file is written by hand.
type Endpoints struct {
	Evidenced       string            `json:"evidenced"` // the stand-in
	Lever           string            `json:"lever"`     // Lever's pages and control routes
	API             string            `json:"api"`       // the deployed stack
	AWS             string            `json:"aws"`       // endpoint of all AWS services; "" for the real AWS
	Region          string            `json:"region"`
	Stack           string            `json:"stack"`
	CredentialsFile string            `json:"credentialsFile"`
	Profiles        map[string]string `json:"profiles"`      // admin, standIn, operator, outsider
	Tables          map[string]string `json:"tables"`        // name by Connections, Mirror, Hooks, …
	Queues          map[string]string `json:"queues"`        // URL by Hint, HintDlq, …
	Functions       map[string]string `json:"functions"`     // name by logical id, such as WebhookIntakeFunction
	LogGroups       map[string]string `json:"logGroups"`     // name by logical id, such as WebhookIntakeLogGroup
	ConsumerQueue   string            `json:"consumerQueue"` // URL of a queue of our own that gets every event of the integration
}

// Load reads the file and checks that what every story needs is there.
func Load(path string) (Endpoints, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Endpoints{}, fmt.Errorf("read addresses: %w", err)
	}
	var e Endpoints
	if err := json.Unmarshal(raw, &e); err != nil {
		return Endpoints{}, fmt.Errorf("read addresses in %s: %w", path, err)
	}
	for name, value := range map[string]string{"evidenced": e.Evidenced, "lever": e.Lever, "api": e.API, "region": e.Region} {
		if value == "" {
			return Endpoints{}, fmt.Errorf("read addresses in %s: %q is missing", path, name)
		}
	}
	return e, nil
}

// Cloud gives the AWS settings under one of the profiles: admin, standIn, operator or outsider. Nothing of this machine's own AWS
// settings is used.
func (e Endpoints) Cloud(ctx context.Context, profile string) (aws.Config, error) {
	name, ok := e.Profiles[profile]
	if !ok {
		return aws.Config{}, fmt.Errorf("load AWS settings: the addresses name no profile %q", profile)
	}
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithRegion(e.Region), awsconfig.WithSharedConfigProfile(name), awsconfig.WithSharedConfigFiles([]string{}),
	}
	if e.CredentialsFile != "" {
		options = append(options, awsconfig.WithSharedCredentialsFiles([]string{e.CredentialsFile}))
	}
	if e.AWS != "" {
		options = append(options, awsconfig.WithBaseEndpoint(e.AWS))
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings of profile %q: %w", name, err)
	}
	return config, nil
}

// Key gives the access key of one of the profiles, for a program that signs by itself.
func (e Endpoints) Key(ctx context.Context, profile string) (id, secret string, err error) {
	config, err := e.Cloud(ctx, profile)
	if err != nil {
		return "", "", err
	}
	key, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return "", "", fmt.Errorf("get credentials of profile %q: %w", profile, err)
	}
	return key.AccessKeyID, key.SecretAccessKey, nil
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	formation "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// rootKey is key and secret of the emulator's account owner; it means nothing anywhere else.
const rootKey = "test"

// cloud prepares the emulated account around the deployment, as an operator would prepare a real one.
type cloud struct {
	settings settings
	config   aws.Config
}

// key is a pair of credentials at the emulator.
type key struct{ id, secret string }

// surroundings is what stands around the deployed stack and what the stack's resources are really called.
type surroundings struct {
	resources         map[string]string // physical id by logical id
	eventsQueue       string            // URL
	consumerQueue     string            // URL
	standIn, operator key
	outsider          key
}

func newCloud(s settings) *cloud {
	return &cloud{settings: s, config: awsConfig(s)}
}

// awsConfig speaks to the emulator as the account's owner, whatever this machine's own AWS settings say.
func awsConfig(s settings) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(s.awsURL()),
		Credentials:  credentials.NewStaticCredentialsProvider(rootKey, rootKey, ""),
	}
}

// prepare makes the bucket for the functions' code and the secret that holds Lever's client secret, and returns the
// secret's ARN.
func (c *cloud) prepare(ctx context.Context) (string, error) {
	if err := c.makeBucket(ctx); err != nil {
		return "", err
	}
	made, err := secretsmanager.NewFromConfig(c.config).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name:         aws.String(stackName + "/lever-client-secret"),
		SecretString: aws.String(c.settings.connectTo().clientSecret),
	})
	if err != nil {
		return "", fmt.Errorf("create secret: %w", err)
	}
	return aws.ToString(made.ARN), nil
}

// makeBucket signs the one S3 call that is needed by hand, which spares a whole client.
func (c *cloud) makeBucket(ctx context.Context) error {
	body := "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, c.settings.awsURL()+"/"+bucket, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("make bucket: %w", err)
	}
	owner, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("make bucket: %w", err)
	}
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash)
	if err := signer.NewSigner().SignHTTP(ctx, owner, request, hash, "s3", region, time.Now()); err != nil {
		return fmt.Errorf("sign bucket call: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("make bucket: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("make bucket: %s", response.Status)
	}
	return nil
}

// deployStandIn adds the stand-in's queue, rule and rights, and returns what everybody needs to find their way.
func (c *cloud) deployStandIn(ctx context.Context) (surroundings, error) {
	client := cloudformation.NewFromConfig(c.config)
	found := surroundings{}
	var err error
	if found.resources, err = resources(ctx, client, stackName); err != nil {
		return found, err
	}
	body, err := os.ReadFile(filepath.Join(c.settings.root, "sandbox", "run", "stand-in.yaml"))
	if err != nil {
		return found, fmt.Errorf("read template of the stand-in: %w", err)
	}
	name := stackName + "-stand-in"
	if _, err := client.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: aws.String(string(body)),
		Capabilities: []formation.Capability{formation.CapabilityCapabilityIam},
		Parameters: []formation.Parameter{
			{ParameterKey: aws.String("BusName"), ParameterValue: aws.String(found.resources["ChangeBus"])},
			{ParameterKey: aws.String("HttpApiId"), ParameterValue: aws.String(found.resources["HttpApi"])},
		},
	}); err != nil {
		return found, fmt.Errorf("create stack of the stand-in: %w", err)
	}
	waiter := cloudformation.NewStackCreateCompleteWaiter(client, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 200*time.Millisecond, time.Second
	})
	if err := waiter.Wait(ctx, &cloudformation.DescribeStacksInput{StackName: &name}, time.Minute); err != nil {
		return found, fmt.Errorf("wait for the stand-in's stack: %w", err)
	}
	made, err := resources(ctx, client, name)
	if err != nil {
		return found, err
	}
	found.eventsQueue, found.consumerQueue = made["EventsQueue"], made["ConsumerQueue"]
	if found.standIn, err = c.accessKey(ctx, made["StandIn"]); err != nil {
		return found, err
	}
	if found.operator, err = c.accessKey(ctx, made["Operator"]); err != nil {
		return found, err
	}
	found.outsider, err = c.accessKey(ctx, made["Outsider"])
	return found, err
}

// accessKey makes a key for a user.
func (c *cloud) accessKey(ctx context.Context, user string) (key, error) {
	made, err := iam.NewFromConfig(c.config).CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &user})
	if err != nil {
		return key{}, fmt.Errorf("create access key of %q: %w", user, err)
	}
	return key{id: aws.ToString(made.AccessKey.AccessKeyId), secret: aws.ToString(made.AccessKey.SecretAccessKey)}, nil
}

// resources are a stack's resources: physical id by logical id.
func resources(ctx context.Context, client *cloudformation.Client, stack string) (map[string]string, error) {
	found := map[string]string{}
	pages := cloudformation.NewListStackResourcesPaginator(client, &cloudformation.ListStackResourcesInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list resources of %q: %w", stack, err)
		}
		for _, resource := range page.StackResourceSummaries {
			found[aws.ToString(resource.LogicalResourceId)] = aws.ToString(resource.PhysicalResourceId)
		}
	}
	return found, nil
}

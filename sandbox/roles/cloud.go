package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/evidenced/lever-integration/sandbox/release"
)

// cloud does what only the account's owner can: change roles, start functions anew, and lay hands on the to-do list, so
// that nothing but the deed under trial moves it.
type cloud struct {
	places    places
	formation *cloudformation.Client
	iam       *iam.Client
	lambda    *lambda.Client
	queues    *sqs.Client
	store     *dynamodb.Client
}

// places is what the file of addresses says about the stack.
type places struct {
	AWS             string            `json:"aws"`
	Region          string            `json:"region"`
	Stack           string            `json:"stack"`
	CredentialsFile string            `json:"credentialsFile"`
	Profiles        map[string]string `json:"profiles"`
	Tables          map[string]string `json:"tables"`
	Queues          map[string]string `json:"queues"`
	Functions       map[string]string `json:"functions"`
}

func newCloud(ctx context.Context, path string) (*cloud, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	c := &cloud{}
	if err := json.Unmarshal(raw, &c.places); err != nil {
		return nil, fmt.Errorf("read addresses in %s: %w", path, err)
	}
	if c.places.AWS == "" {
		return nil, errors.New("the addresses are those of a real account; its roles are not touched")
	}
	config, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithRegion(c.places.Region), awsconfig.WithSharedConfigProfile(c.places.Profiles["admin"]),
		awsconfig.WithSharedConfigFiles([]string{}), awsconfig.WithSharedCredentialsFiles([]string{c.places.CredentialsFile}),
		awsconfig.WithBaseEndpoint(c.places.AWS),
	)
	if err != nil {
		return nil, fmt.Errorf("load AWS settings: %w", err)
	}
	c.formation, c.iam, c.lambda = cloudformation.NewFromConfig(config), iam.NewFromConfig(config), lambda.NewFromConfig(config)
	c.queues, c.store = sqs.NewFromConfig(config), dynamodb.NewFromConfig(config)
	return c, nil
}

// role is a deployed role with its one policy.
type role struct {
	name     string // of the function's folder
	physical string
	policy   string // name of its policy
	document document
}

// roles reads the roles of the stack, in the order of their names.
func (c *cloud) roles(ctx context.Context) ([]role, error) {
	var roles []role
	pages := cloudformation.NewListStackResourcesPaginator(c.formation, &cloudformation.ListStackResourcesInput{StackName: &c.places.Stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the roles of the stack: %w", err)
		}
		for _, resource := range page.StackResourceSummaries {
			if aws.ToString(resource.ResourceType) != "AWS::IAM::Role" {
				continue
			}
			r, err := c.role(ctx, aws.ToString(resource.LogicalResourceId), aws.ToString(resource.PhysicalResourceId))
			if err != nil {
				return nil, err
			}
			roles = append(roles, r)
		}
	}
	slices.SortFunc(roles, func(a, b role) int { return strings.Compare(a.name, b.name) })
	return roles, nil
}

func (c *cloud) role(ctx context.Context, logical, physical string) (role, error) {
	r := role{name: folder(strings.TrimSuffix(logical, "Role")), physical: physical}
	names, err := c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &physical})
	if err != nil {
		return r, fmt.Errorf("list policies of %s: %w", logical, err)
	}
	if len(names.PolicyNames) != 1 {
		return r, fmt.Errorf("role %s has %d policies; one is expected", logical, len(names.PolicyNames))
	}
	r.policy = names.PolicyNames[0]
	got, err := c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &physical, PolicyName: &r.policy})
	if err != nil {
		return r, fmt.Errorf("get policy of %s: %w", logical, err)
	}
	text, err := url.PathUnescape(aws.ToString(got.PolicyDocument))
	if err != nil {
		return r, fmt.Errorf("decode policy of %s: %w", logical, err)
	}
	r.document, err = parse(text)
	return r, err
}

// folder turns the start of a logical id into a folder's name: WebhookIntake is webhook-intake.
func folder(logical string) string {
	var name strings.Builder
	for i, letter := range logical {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('-')
		}
		name.WriteString(strings.ToLower(string(letter)))
	}
	return name.String()
}

// put makes a document the policy of a role; one without statements is no policy. The emulator asks for the policy anew
// at each call, so it holds at once.
func (c *cloud) put(ctx context.Context, r role, d document) error {
	var err error
	if len(d.Statement) == 0 {
		_, err = c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &r.physical, PolicyName: &r.policy})
	} else {
		_, err = c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &r.physical, PolicyName: &r.policy, PolicyDocument: aws.String(d.text())})
	}
	if err != nil {
		return fmt.Errorf("put policy of %s: %w", r.name, err)
	}
	return nil
}

// function is the deployed name of the function of a folder.
func (c *cloud) function(name string) string {
	for logical, physical := range c.places.Functions {
		if folder(strings.TrimSuffix(logical, "Function")) == name {
			return physical
		}
	}
	return name
}

// restart makes a function start anew at its next call, without the keys and secrets that it holds in memory.
func (c *cloud) restart(ctx context.Context, name string) error {
	function := c.function(name)
	change := &lambda.UpdateFunctionConfigurationInput{FunctionName: &function, Description: aws.String("anew " + time.Now().Format(time.RFC3339Nano))}
	if _, err := c.lambda.UpdateFunctionConfiguration(ctx, change); err != nil {
		return fmt.Errorf("start %s anew: %w", name, err)
	}
	if _, err := release.Publish(ctx, c.lambda, function); err != nil {
		return fmt.Errorf("start %s anew: %w", name, err)
	}
	return nil
}

// invoke calls a function as the schedule does. An error of the function is an error here.
func (c *cloud) invoke(ctx context.Context, name string) error {
	out, err := c.lambda.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(c.function(name)), Qualifier: aws.String(release.Alias), Payload: []byte("{}"),
	})
	if err != nil {
		return fmt.Errorf("call %s: %w", name, err)
	}
	if out.FunctionError != nil {
		return fmt.Errorf("%s ended with an error: %.200s", name, out.Payload)
	}
	return nil
}

// nudge sends the message that leads a worker to an item of a connection.
func (c *cloud) nudge(ctx context.Context, queue, connection, kind string) error {
	body, err := json.Marshal(map[string]string{"connection": connection, "kind": kind, "target": "all"})
	if err != nil {
		return fmt.Errorf("encode nudge: %w", err)
	}
	_, err = c.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(c.places.Queues[queue]), MessageBody: aws.String(string(body))})
	if err != nil {
		return fmt.Errorf("send nudge: %w", err)
	}
	return nil
}

func key(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": text(pk), "sk": text(sk)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func textOf(item map[string]types.AttributeValue, name string) string {
	if value, ok := item[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	return ""
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// partition reads all items under a partition key.
func (c *cloud) partition(ctx context.Context, table, pk string) ([]map[string]types.AttributeValue, error) {
	var items []map[string]types.AttributeValue
	pages := dynamodb.NewQueryPaginator(c.store, &dynamodb.QueryInput{
		TableName: aws.String(c.places.Tables[table]), ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text(pk)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read table %s: %w", table, err)
		}
		items = append(items, page.Items...)
	}
	return items, nil
}

func (c *cloud) remove(ctx context.Context, table, pk, sk string) error {
	_, err := c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(c.places.Tables[table]), Key: key(pk, sk)})
	if err != nil {
		return fmt.Errorf("remove from table %s: %w", table, err)
	}
	return nil
}

// set changes one attribute of an item that exists and that nobody holds; ok is false when there is no such item.
func (c *cloud) set(ctx context.Context, table, pk, sk, name string, value types.AttributeValue) (ok bool, err error) {
	in := &dynamodb.UpdateItemInput{
		TableName: aws.String(c.places.Tables[table]), Key: key(pk, sk),
		UpdateExpression: aws.String("SET #n = :v"), ConditionExpression: aws.String("attribute_exists(pk) AND attribute_not_exists(holder)"),
		ExpressionAttributeNames: map[string]string{"#n": name}, ExpressionAttributeValues: map[string]types.AttributeValue{":v": value},
	}
	if value == nil {
		in.UpdateExpression, in.ExpressionAttributeValues = aws.String("REMOVE #n"), nil
	}
	_, err = c.store.UpdateItem(ctx, in)
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("change table %s: %w", table, err)
	}
	return true, nil
}

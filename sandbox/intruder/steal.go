package intruder

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

// stealing are the deeds of somebody who has got hold of the credentials of a platform service.
func stealing() []Attack {
	stolen := func(name, sends string, do func(ctx context.Context, s *scene, config aws.Config) error) Attack {
		return Attack{
			Name: "stolen service key: " + name, Sends: sends, Want: "access denied ×2", Defence: "a platform service may call the API and nothing else", File: "template.yaml", watch: standing(),
			try: func(ctx context.Context, s *scene) (string, error) {
				var got tally
				for _, profile := range []string{"standIn", "outsider"} {
					config, err := s.World.Endpoints.Cloud(ctx, profile)
					if err != nil {
						return "", err
					}
					got.add(profile, denied(do(ctx, s, config)))
				}
				return got.String(), nil
			},
		}
	}
	return []Attack{
		stolen("reads a table", "GetItem of the attacked company's tokens", func(ctx context.Context, s *scene, config aws.Config) error {
			_, err := dynamodb.NewFromConfig(config).GetItem(ctx, &dynamodb.GetItemInput{
				TableName: aws.String(s.World.Endpoints.Tables["Connections"]), Key: key(s.victim.connection, "tokens"),
			})
			return err
		}),
		stolen("writes to a table", "PutItem of a settings item of the attacked company", func(ctx context.Context, s *scene, config aws.Config) error {
			_, err := dynamodb.NewFromConfig(config).PutItem(ctx, &dynamodb.PutItemInput{
				TableName: aws.String(s.World.Endpoints.Tables["Connections"]), Item: key("tenant#"+s.mine.Tenant, "tenant"),
			})
			return err
		}),
		stolen("writes to a queue", "a hint for hint-worker past the signature check", func(ctx context.Context, s *scene, config aws.Config) error {
			_, err := sqs.NewFromConfig(config).SendMessage(ctx, &sqs.SendMessageInput{
				QueueUrl: aws.String(s.World.Endpoints.Queues["Hint"]), MessageBody: aws.String("{}"),
			})
			return err
		}),
		stolen("calls a function", "Invoke of platform-api past API Gateway", func(ctx context.Context, s *scene, config aws.Config) error {
			_, err := lambda.NewFromConfig(config).Invoke(ctx, &lambda.InvokeInput{
				FunctionName: aws.String(s.World.Endpoints.Functions["PlatformApiFunction"]), Payload: []byte("{}"),
			})
			return err
		}),
		stolen("reads Lever's client secret", "GetSecretValue", func(ctx context.Context, s *scene, config aws.Config) error {
			_, err := secretsmanager.NewFromConfig(config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
				SecretId: aws.String(s.World.Endpoints.Stack + "/lever-client-secret"),
			})
			return err
		}),
		stolen("gives itself rights", "PutUserPolicy of everything", func(ctx context.Context, _ *scene, config aws.Config) error {
			_, err := iam.NewFromConfig(config).PutUserPolicy(ctx, &iam.PutUserPolicyInput{
				UserName: aws.String("stand-in"), PolicyName: aws.String("all"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
			})
			return err
		}),
	}
}

// denied says whether an error is IAM's refusal.
func denied(err error) string {
	var refused smithy.APIError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &refused) && strings.HasPrefix(refused.ErrorCode(), "AccessDenied"):
		return "access denied"
	}
	return "another error"
}

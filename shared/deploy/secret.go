package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/evidenced/lever-integration/shared/secret"
)

// readSecret reads a secret from where its ARN says that it stands: Secrets Manager, or the parameters of SSM.
func readSecret(ctx context.Context, cfg aws.Config, of string) (secret.String, error) {
	place, err := arn.Parse(of)
	if err != nil {
		return "", fmt.Errorf("read secret %q: not an ARN", of)
	}
	var value *string
	switch place.Service {
	case "secretsmanager":
		var out *secretsmanager.GetSecretValueOutput
		if out, err = secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &of}); err == nil {
			value = out.SecretString
		}
	case "ssm":
		var text string
		name := strings.TrimPrefix(place.Resource, "parameter") // of the form /a/b: an ARN tells /a and a not apart
		if text, err = readParameter(ctx, cfg, place, name); err == nil {
			value = &text
		}
	default:
		err = fmt.Errorf("%s keeps no secrets", place.Service)
	}
	text := strings.TrimSpace(aws.ToString(value)) // who stores one by hand may leave a line's end behind it
	if err == nil && text == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", of, err)
	}
	return secret.String(text), nil
}

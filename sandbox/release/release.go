// Package release puts what a deployed function has become before its callers: they all call the alias live, which stands
// for a published version. The commands that try the stack with other code or without some right use it, and the roll back.
package release

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Alias is what all callers of a function call.
const Alias = "live"

// Publish waits until the last change of a function is done, makes a version of it and moves the alias there. It returns
// the version that the alias stood for before.
func Publish(ctx context.Context, client *lambda.Client, function string) (before string, err error) {
	waiter := lambda.NewFunctionUpdatedV2Waiter(client, func(o *lambda.FunctionUpdatedV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, time.Second
	})
	if err := waiter.Wait(ctx, &lambda.GetFunctionInput{FunctionName: &function}, time.Minute); err != nil {
		return "", fmt.Errorf("wait for the change of %s: %w", function, err)
	}
	was, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function, Name: aws.String(Alias)})
	if err != nil {
		return "", fmt.Errorf("read alias of %s: %w", function, err)
	}
	version, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &function})
	if err != nil {
		return "", fmt.Errorf("publish %s: %w", function, err)
	}
	return aws.ToString(was.FunctionVersion), Move(ctx, client, function, aws.ToString(version.Version))
}

// Move has the alias stand for a version that was published before.
func Move(ctx context.Context, client *lambda.Client, function, version string) error {
	_, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: &function, Name: aws.String(Alias), FunctionVersion: &version})
	if err != nil {
		return fmt.Errorf("move alias of %s to version %s: %w", function, version, err)
	}
	return nil
}

package seal

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// kmsCalls implements kmsAPI with the two operations that are used, each as a function: see shared/table/dynamo/calls.go.
type kmsCalls struct {
	generate func(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	decrypt  func(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// GenerateDataKey implements kmsAPI.
func (c kmsCalls) GenerateDataKey(ctx context.Context, in *kms.GenerateDataKeyInput, o ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	return c.generate(ctx, in, o...)
}

// Decrypt implements kmsAPI.
func (c kmsCalls) Decrypt(ctx context.Context, in *kms.DecryptInput, o ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	return c.decrypt(ctx, in, o...)
}

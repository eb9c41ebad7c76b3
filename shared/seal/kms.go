package seal

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/evidenced/lever-integration/shared/fault"
)

type kmsAPI interface {
	GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// KMS makes data keys with AWS KMS. The encryption context has the keys "connection" and "purpose"; the roles in
// template.yaml are limited by the latter.
type KMS struct {
	api kmsAPI
	key string
}

// NewKMS uses the KMS key with the given ARN.
func NewKMS(client *kms.Client, keyARN string) *KMS {
	return &KMS{kmsCalls{client.GenerateDataKey, client.Decrypt}, keyARN}
}

// Generate implements Keys.
func (k *KMS) Generate(ctx context.Context, c Context) (plain, wrapped []byte, err error) {
	out, err := k.api.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: aws.String(k.key), KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext(c),
	})
	if err != nil {
		return nil, nil, keyFault(fmt.Errorf("generate data key: %w", err))
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// Unwrap implements Keys.
func (k *KMS) Unwrap(ctx context.Context, c Context, wrapped []byte) ([]byte, error) {
	out, err := k.api.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(k.key), CiphertextBlob: wrapped, EncryptionContext: encryptionContext(c),
	})
	var invalid *types.InvalidCiphertextException
	switch {
	case errors.As(err, &invalid):
		return nil, ErrOpen
	case err != nil:
		return nil, keyFault(fmt.Errorf("decrypt data key: %w", err))
	}
	return out.Plaintext, nil
}

func encryptionContext(c Context) map[string]string {
	return map[string]string{"connection": c.Connection, "purpose": string(c.Purpose)}
}

func keyFault(err error) error {
	return fault.Wrap(err, fault.Unavailable, "keys-unavailable", "Our key service did not answer. Try again in a moment.")
}

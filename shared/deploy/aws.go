package deploy

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// AWS builds the configuration of AWS's clients from what Lambda gives a function: region and credentials stand in its
// environment. AWS_ENDPOINT_URL leads to an emulator. The SDK's own loader looks in more places, for programs that run
// elsewhere, and its ways to log in make up a tenth of each binary.
func AWS(getenv func(string) string) (aws.Config, error) {
	var faults []error
	need := func(name string) string {
		value := getenv(name)
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is missing: Lambda sets it for a function that has a role", name))
		}
		return value
	}
	cfg := aws.Config{Region: need("AWS_REGION")}
	cfg.Credentials = credentials.NewStaticCredentialsProvider(need("AWS_ACCESS_KEY_ID"), need("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN"))
	if address := getenv("AWS_ENDPOINT_URL"); address != "" {
		cfg.BaseEndpoint = aws.String(address)
	}
	return cfg, errors.Join(faults...)
}

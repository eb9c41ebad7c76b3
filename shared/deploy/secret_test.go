package deploy

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

func TestASecretIsReadFromWhereItsARNSays(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Amz-Target") {
		case "secretsmanager.GetSecretValue":
			_, _ = w.Write([]byte(`{"SecretString":"of Secrets Manager"}`))
		case "AmazonSSM.GetParameter":
			_, _ = w.Write([]byte(`{"Parameter":{"Value":"of SSM"}}`))
		}
	}))
	defer server.Close()
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "key", "")}
	for arn, want := range map[string]string{
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:lever-AbCdEf":   "of Secrets Manager",
		"arn:aws:ssm:eu-west-1:123456789012:parameter/lever/client-secret":    "of SSM",
		"arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/lever/again": "of SSM",
	} {
		got, err := readSecret(t.Context(), cfg, arn)
		if err != nil || got.Reveal() != want {
			t.Errorf("%s: %v", arn, err)
		}
	}
	for _, arn := range []string{"lever-secret", "arn:aws:s3:::bucket/key"} {
		if _, err := readSecret(t.Context(), cfg, arn); err == nil {
			t.Errorf("%s was read", arn)
		}
	}
}

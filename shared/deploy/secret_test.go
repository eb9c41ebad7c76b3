package deploy

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

func TestASecretIsReadFromWhereItsARNSays(t *testing.T) {
	t.Parallel()
	var busy atomic.Bool // once: the next try goes better
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ SecretId, Name string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		switch r.Header.Get("X-Amz-Target") {
		case "secretsmanager.GetSecretValue":
			_, _ = w.Write([]byte(`{"SecretString":"` + asked.SecretId + `\n"}`))
		case "AmazonSSM.GetParameter":
			if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/ssm/aws4_request") {
				t.Errorf("signed as %q", r.Header.Get("Authorization"))
			}
			if busy.CompareAndSwap(false, true) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if asked.Name == "/nobodys" {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"__type":"ParameterNotFound"}`))
				return
			}
			_, _ = w.Write([]byte(`{"Parameter":{"Value":"` + asked.Name + `"}}`))
		}
	}))
	defer server.Close()
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "key", "")}
	for arn, want := range map[string]string{
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:lever-AbCdEf":   "arn:aws:secretsmanager:eu-west-1:123456789012:secret:lever-AbCdEf",
		"arn:aws:ssm:eu-west-1:123456789012:parameter/lever/client-secret":    "/lever/client-secret",
		"arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/lever/again": "/lever/again",
	} {
		got, err := readSecret(t.Context(), cfg, arn)
		if err != nil || got.Reveal() != want {
			t.Errorf("%s: %v", arn, err)
		}
	}
	for _, arn := range []string{"lever-secret", "arn:aws:s3:::bucket/key", "arn:aws:ssm:eu-west-1:123456789012:parameter/nobodys"} {
		if _, err := readSecret(t.Context(), cfg, arn); err == nil {
			t.Errorf("%s was read", arn)
		}
	}
}

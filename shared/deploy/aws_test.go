package deploy

import (
	"strings"
	"testing"
)

func TestAWSComesFromWhatLambdaGives(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "token",
		"AWS_ENDPOINT_URL": "http://localhost:4566",
	}
	cfg, err := AWS(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	c, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "id" || c.SecretAccessKey != "key" || c.SessionToken != "token" {
		t.Errorf("%t, %v", c.HasKeys(), err)
	}
	if cfg.Region != "eu-west-1" || *cfg.BaseEndpoint != "http://localhost:4566" {
		t.Errorf("%s %s", cfg.Region, *cfg.BaseEndpoint)
	}
	delete(env, "AWS_ENDPOINT_URL")
	if cfg, err = AWS(func(name string) string { return env[name] }); err != nil || cfg.BaseEndpoint != nil {
		t.Errorf("an address of an emulator, %v", err)
	}
	_, err = AWS(func(string) string { return "" })
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

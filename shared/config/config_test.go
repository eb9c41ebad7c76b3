package config_test

import (
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/config"
)

func TestEveryMissingSettingIsNamedAtOnce(t *testing.T) {
	t.Setenv("ENVIRONMENT", "")
	t.Setenv("TABLE_WORK", "")
	t.Setenv("RETURN_ORIGINS", "")
	t.Setenv("KEY_ARN", "arn:aws:kms:x")
	_, err := config.Load(func(s *config.Settings) []any { return []any{&s.TableWork, &s.ReturnOrigins, &s.KeyARN} })
	if err == nil {
		t.Fatal("missing settings were accepted")
	}
	for _, name := range []string{"ENVIRONMENT", "TABLE_WORK", "RETURN_ORIGINS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "KEY_ARN") {
		t.Errorf("a setting that is there is named: %v", err)
	}
}

func TestEveryWrongSettingIsNamedAtOnce(t *testing.T) {
	for name, value := range map[string]string{
		"ENVIRONMENT": "produktion", "PUBLIC_URL": "not a url", "RETURN_ORIGINS": "https://app.example,javascript:x",
		"HELP_ADDRESS": "nobody", "LEVER_AUDIENCE": "https://api.lever.co/v1", "KEY_ARN": "key", "LEVER_SETTLE": "1h",
	} {
		t.Setenv(name, value)
	}
	_, err := config.Load(func(*config.Settings) []any { return nil })
	if err == nil {
		t.Fatal("wrong settings were accepted")
	}
	for _, name := range []string{"ENVIRONMENT", "PUBLIC_URL", "RETURN_ORIGINS", "HELP_ADDRESS", "LEVER_AUDIENCE", "KEY_ARN", "LEVER_SETTLE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func TestSettingsAreRead(t *testing.T) {
	t.Setenv("ENVIRONMENT", "sandbox")
	t.Setenv("PUBLIC_URL", "https://lever.example/")
	t.Setenv("RETURN_ORIGINS", "https://a.example,https://b.example")
	s, err := config.Load(func(s *config.Settings) []any { return []any{&s.PublicURL, &s.ReturnOrigins} })
	if err != nil || s.PublicURL != "https://lever.example" || len(s.ReturnOrigins) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

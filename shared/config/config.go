// Package config reads the settings of a function from its environment. Each variable is spelled once, in a tag here; a
// test holds the tags against template.yaml. A function names the settings it needs, and starts only when all are there:
// every fault is named at once.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Settings are all settings of all functions; each function gets those it needs.
type Settings struct {
	Environment string `env:"ENVIRONMENT"` // dev, staging, production or sandbox

	TableConnections string `env:"TABLE_CONNECTIONS"`
	TableSessions    string `env:"TABLE_SESSIONS"`
	TableHooks       string `env:"TABLE_HOOKS"`
	TableMirror      string `env:"TABLE_MIRROR"`
	TableWork        string `env:"TABLE_WORK"`
	TableDecisions   string `env:"TABLE_DECISIONS"`

	QueueHint     string `env:"QUEUE_HINT"` // addresses of the queues
	QueueDelta    string `env:"QUEUE_DELTA"`
	QueueResync   string `env:"QUEUE_RESYNC"`
	QueueDecision string `env:"QUEUE_DECISION"`
	BusName       string `env:"BUS_NAME"`

	KeyARN          string `env:"KEY_ARN"`
	LeverSecretARN  string `env:"LEVER_CLIENT_SECRET_ARN"`
	MarkerSecretARN string `env:"MARKER_SECRET_ARN"`

	LeverAPI      string `env:"LEVER_API_URL"`
	LeverAuth     string `env:"LEVER_AUTH_URL"`
	LeverAudience string `env:"LEVER_AUDIENCE"`
	LeverClientID string `env:"LEVER_CLIENT_ID"`

	LeverSettle time.Duration `env:"LEVER_SETTLE"` // how long Lever may still carry out a request after we gave up on it

	PublicURL     string   `env:"PUBLIC_URL"`     // address of this API
	ReturnOrigins []string `env:"RETURN_ORIGINS"` // comma-separated origins of Evidenced
	HelpAddress   string   `env:"HELP_ADDRESS"`
}

// Load reads the environment. needs names the settings that must not be empty, as pointers into its argument; the error
// names every one that is missing.
func Load(needs func(*Settings) []any) (Settings, error) {
	var s Settings
	if err := env.Parse(&s); err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	var faults []error
	for _, field := range append(needs(&s), &s.Environment) {
		if empty(field) {
			faults = append(faults, fmt.Errorf("%s is missing or empty: set it in template.yaml", name(&s, field)))
		}
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	return s, errors.Join(append(faults, s.wrong()...)...)
}

// wrong names the values that are there and cannot be right.
func (s *Settings) wrong() (faults []error) {
	check := func(field any, ok bool, want string) {
		if !empty(field) && !ok {
			faults = append(faults, fmt.Errorf("%s must be %s", name(s, field), want))
		}
	}
	check(&s.Environment, slices.Contains([]string{"dev", "staging", "production", "sandbox"}, s.Environment), "dev, staging, production or sandbox")
	check(&s.PublicURL, address(s.PublicURL), "an http or https address")
	check(&s.LeverAPI, address(s.LeverAPI), "an http or https address")
	check(&s.LeverAuth, address(s.LeverAuth), "an http or https address")
	check(&s.LeverAudience, address(s.LeverAudience) && strings.HasSuffix(s.LeverAudience, "/"), "an address with a closing slash")
	check(&s.LeverSettle, s.LeverSettle >= time.Second && s.LeverSettle <= 5*time.Minute, "a time from 1s to 5m")
	check(&s.HelpAddress, strings.Contains(s.HelpAddress, "@"), "an e-mail address")
	check(&s.KeyARN, strings.HasPrefix(s.KeyARN, "arn:"), "an ARN")
	check(&s.ReturnOrigins, !slices.ContainsFunc(s.ReturnOrigins, func(o string) bool {
		return !address(o) || strings.Count(o, "/") != 2
	}), "origins such as https://app.example.com, separated by commas")
	return faults
}

// empty says whether a setting was not given.
func empty(field any) bool {
	v := reflect.ValueOf(field).Elem()
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

// address says whether a value is an absolute http or https address.
func address(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// Exit ends a function that cannot start, after it said why.
func Exit(err error) {
	fmt.Fprintf(os.Stderr, "cannot start:\n%v\n", err)
	os.Exit(1)
}

// name finds the variable behind a pointer into s.
func name(s *Settings, field any) string {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if v.Field(i).Addr().Pointer() == reflect.ValueOf(field).Pointer() {
			return v.Type().Field(i).Tag.Get("env")
		}
	}
	return "a setting"
}

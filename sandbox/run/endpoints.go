package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The profiles in the credentials file of a sandbox.
const (
	profileAdmin    = "admin"    // the account's owner: reads tables, queues and logs in tests
	profileStandIn  = "stand-in" // a service of the platform: may call the API and read its own events, nothing else
	profileOperator = "operator" // an engineer who runs it: may call the operators' routes, nothing else
	profileOutsider = "outsider" // a valid user of the account without any right
)

// endpoints is what a program needs to find its way in a sandbox; the acceptance suite knows nothing else. For a real
// account the same file is written by hand, with the profiles of that account.
type endpoints struct {
	Evidenced string `json:"evidenced"` // the stand-in
	Lever     string `json:"lever"`     // Lever's pages; its API is below /v1
	API       string `json:"api"`       // the deployed stack
	AWS       string `json:"aws"`       // endpoint of all AWS services
	Region    string `json:"region"`
	Stack     string `json:"stack"`

	CredentialsFile string            `json:"credentialsFile"`
	Profiles        map[string]string `json:"profiles"` // admin, standIn, operator, outsider

	Tables        map[string]string `json:"tables"`    // name, by Connections, Sessions, Hooks, Mirror, Work, Decisions
	Queues        map[string]string `json:"queues"`    // URL, by Hint, HintDlq, Delta, …, PublisherDlq, ScheduleDlq
	Functions     map[string]string `json:"functions"` // name, by logical id, such as WebhookIntakeFunction
	LogGroups     map[string]string `json:"logGroups"` // name, by logical id, such as WebhookIntakeLogGroup
	Bus           string            `json:"bus"`
	EventsQueue   string            `json:"eventsQueue"`   // URL of the queue that gets every event of the bus, for the stand-in
	ConsumerQueue string            `json:"consumerQueue"` // URL of another one, for a consumer that a test runs
	Logs          string            `json:"logs"`          // folder with the logs of everything but the functions
}

// writeEndpoints writes the addresses and the credentials that go with them.
func (b *sandbox) writeEndpoints(found surroundings) error {
	if err := b.writeCredentials(found); err != nil {
		return err
	}
	e := endpoints{
		Evidenced: b.settings.evidencedURL(), Lever: b.settings.leverURL(), API: b.settings.apiURL(),
		AWS: b.settings.awsURL(), Region: region, Stack: stackName,
		CredentialsFile: b.settings.credentialsFile(),
		Profiles:        map[string]string{"admin": profileAdmin, "standIn": profileStandIn, "operator": profileOperator, "outsider": profileOutsider},
		Tables:          map[string]string{}, Queues: map[string]string{}, Functions: map[string]string{}, LogGroups: map[string]string{},
		Bus: found.resources["ChangeBus"], EventsQueue: found.eventsQueue, ConsumerQueue: found.consumerQueue, Logs: b.settings.path("logs"),
	}
	for logical, physical := range found.resources {
		switch {
		case strings.HasSuffix(logical, "Table"):
			e.Tables[strings.TrimSuffix(logical, "Table")] = physical
		case strings.HasSuffix(logical, "Queue"):
			e.Queues[strings.TrimSuffix(logical, "Queue")] = physical
		case strings.HasSuffix(logical, "Dlq"):
			e.Queues[logical] = physical
		case strings.HasSuffix(logical, "Function"):
			e.Functions[logical] = physical
		case strings.HasSuffix(logical, "LogGroup"):
			e.LogGroups[logical] = physical
		}
	}
	content, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("write addresses: %w", err)
	}
	return os.WriteFile(b.endpointsFile(), append(content, '\n'), 0o644)
}

func (b *sandbox) writeCredentials(found surroundings) error {
	var text strings.Builder
	text.WriteString("# Credentials of the emulator only; they open nothing anywhere else.\n")
	for _, profile := range []struct {
		name string
		key  key
	}{
		{profileAdmin, key{rootKey, rootKey}},
		{profileStandIn, found.standIn},
		{profileOperator, found.operator},
		{profileOutsider, found.outsider},
	} {
		fmt.Fprintf(&text, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", profile.name, profile.key.id, profile.key.secret)
	}
	return os.WriteFile(b.settings.credentialsFile(), []byte(text.String()), 0o600)
}

func (s settings) credentialsFile() string { return s.path("aws-credentials") }

// rootEnv makes a program speak to the emulator as the account's owner.
func (s settings) rootEnv() []string {
	return append(s.placeEnv(), "AWS_ACCESS_KEY_ID="+rootKey, "AWS_SECRET_ACCESS_KEY="+rootKey)
}

// profileEnv makes a program speak to the emulator under one of the profiles.
func (s settings) profileEnv(profile string) []string {
	return append(s.placeEnv(), "AWS_PROFILE="+profile)
}

// placeEnv binds a program to the emulator and to the sandbox's own files, so that the settings of this machine's user
// are never read.
func (s settings) placeEnv() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.awsURL(), "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_SHARED_CREDENTIALS_FILE=" + s.credentialsFile(), "AWS_CONFIG_FILE=" + os.DevNull,
	}
}

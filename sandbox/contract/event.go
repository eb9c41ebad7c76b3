package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/evidenced/lever-integration/docs/api"
)

// source is that of every event.
const source = "evidenced.lever-integration"

// Events are the published schemas of the bus events, by detail type.
type Events map[string]*jsonschema.Schema

// ReadEvents reads the schemas. An error means that a file is broken.
func ReadEvents() (Events, error) {
	files, err := api.Files.ReadDir("events")
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	all := Events{}
	for _, file := range files {
		raw, err := api.Files.ReadFile(path.Join("events", file.Name()))
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("parse schema %s: %w", file.Name(), err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource(file.Name(), doc); err != nil {
			return nil, fmt.Errorf("add schema %s: %w", file.Name(), err)
		}
		schema, err := compiler.Compile(file.Name())
		if err != nil {
			return nil, fmt.Errorf("compile schema %s: %w", file.Name(), err)
		}
		if want := strings.ToLower(strings.ReplaceAll(schema.Title, " ", "-")) + ".json"; want != file.Name() {
			return nil, fmt.Errorf("schema %s is titled %q", file.Name(), schema.Title)
		}
		all[schema.Title] = schema
	}
	return all, nil
}

// Check says what of an event, in its envelope of EventBridge, is not as published.
func (e Events) Check(raw []byte) error {
	var envelope struct {
		Source string          `json:"source"`
		Type   string          `json:"detail-type"`
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	schema := e[envelope.Type]
	if envelope.Source != source || schema == nil {
		return fmt.Errorf("no event of source %q and type %q is published", envelope.Source, envelope.Type)
	}
	detail, err := jsonschema.UnmarshalJSON(bytes.NewReader(envelope.Detail))
	if err != nil {
		return fmt.Errorf("decode detail of %s: %w", envelope.Type, err)
	}
	if err := schema.Validate(detail); err != nil {
		return fmt.Errorf("event %s: %w", envelope.Type, err)
	}
	return nil
}

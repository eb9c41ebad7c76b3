package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/evidenced/lever-integration/sandbox/mutation"
	"github.com/evidenced/lever-integration/sandbox/release"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// workshop builds functions, with or without a rule, and puts them into the stack.
type workshop struct {
	root      string
	functions map[string]string // deployed name by folder
	lambda    *lambda.Client
	built     map[string][]byte // packages, by folder and by the names of the rules that they lack
}

func openWorkshop(ctx context.Context, e story.Endpoints) (*workshop, error) {
	if e.AWS == "" {
		return nil, errors.New("the addresses are those of a real account; its functions are not touched")
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the checkout: %w", err)
	}
	if _, err := os.Stat(filepath.Join(root, "template.yaml")); err != nil {
		return nil, errors.New("start this at the root of the checkout")
	}
	owner, err := e.Cloud(ctx, "admin")
	if err != nil {
		return nil, err
	}
	w := &workshop{root: root, functions: map[string]string{}, lambda: lambda.NewFromConfig(owner), built: map[string][]byte{}}
	for logical, physical := range e.Functions {
		w.functions[folder(strings.TrimSuffix(logical, "Function"))] = physical
	}
	return w, nil
}

// folder turns a logical id into a folder's name: WebhookIntake is webhook-intake.
func folder(logical string) string {
	var name strings.Builder
	for i, letter := range logical {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('-')
		}
		name.WriteString(strings.ToLower(string(letter)))
	}
	return name.String()
}

// put makes a package the code that a function's callers meet.
func (w *workshop) put(ctx context.Context, function string, code []byte) error {
	name := w.functions[function]
	if _, err := w.lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(name), ZipFile: code}); err != nil {
		return fmt.Errorf("put code of %s: %w", function, err)
	}
	if _, err := release.Publish(ctx, w.lambda, name); err != nil {
		return fmt.Errorf("put code of %s: %w", function, err)
	}
	return nil
}

// made builds a package once.
func (w *workshop) made(ctx context.Context, function, lacks, overlay string) ([]byte, error) {
	key := function + " without " + lacks
	if w.built[key] == nil {
		code, err := release.Build(ctx, w.root, function, overlay)
		if err != nil {
			return nil, err
		}
		w.built[key] = code
	}
	return w.built[key], nil
}

// without puts functions into the stack that lack some rules, until the returned function puts the whole ones back.
func (w *workshop) without(ctx context.Context, functions []string, rules []mutation.Mutation) (putBack func() error, err error) {
	overlay, clean, err := w.overlay(rules)
	if err != nil {
		return nil, err
	}
	defer clean()
	putBack = func() error {
		var faults []error
		for _, function := range functions {
			code, err := w.made(ctx, function, "nothing", "")
			if err == nil {
				err = w.put(context.WithoutCancel(ctx), function, code)
			}
			faults = append(faults, err)
		}
		return errors.Join(faults...)
	}
	for _, function := range functions {
		if _, err := w.made(ctx, function, "nothing", ""); err != nil {
			return nil, err // nothing is taken away that could not be put back
		}
		code, err := w.made(ctx, function, rules[0].Name, overlay)
		if err == nil {
			err = w.put(ctx, function, code)
		}
		if err != nil {
			return nil, errors.Join(err, putBack())
		}
	}
	return putBack, nil
}

// overlay makes one overlay of several rules, each in a file of its own.
func (w *workshop) overlay(rules []mutation.Mutation) (path string, clean func(), err error) {
	folder, err := os.MkdirTemp("", "attack-")
	if err != nil {
		return "", nil, fmt.Errorf("make overlay: %w", err)
	}
	clean = func() { _ = os.RemoveAll(folder) }
	all := struct{ Replace map[string]string }{map[string]string{}}
	for i, rule := range rules {
		own := filepath.Join(folder, fmt.Sprint(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return "", clean, fmt.Errorf("make overlay: %w", err)
		}
		one, err := rule.Overlay(w.root, own)
		if err != nil {
			return "", clean, err
		}
		raw, err := os.ReadFile(one)
		if err != nil {
			return "", clean, fmt.Errorf("read overlay: %w", err)
		}
		var part struct{ Replace map[string]string }
		if err := json.Unmarshal(raw, &part); err != nil {
			return "", clean, fmt.Errorf("read overlay: %w", err)
		}
		maps.Copy(all.Replace, part.Replace)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return "", clean, fmt.Errorf("make overlay: %w", err)
	}
	path = filepath.Join(folder, "overlay.json")
	return path, clean, os.WriteFile(path, raw, 0o600)
}

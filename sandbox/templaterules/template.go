// Package templaterules holds template.yaml to the project's rules: least privilege, own role and log group for each
// function, dead-letter queues, encryption, names that form a chain from folder to alarm. The rules read the template
// as SAM expands it, offline, so what is checked is what CloudFormation gets. Its tests are the only user; a second
// test breaks each guarded property in turn and wants a rule to notice.
package templaterules

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// object is a JSON object; its absent members are nil, which every reading function here takes as empty.
type object = map[string]any

// Template is the whole stack in three forms.
type Template struct {
	root     string   // the checkout
	source   []string // lines of template.yaml, for rules about comments
	config   string   // samconfig.toml
	makefile string   // the Makefile, which calls SAM
	raw      object   // as written
	expanded object   // as CloudFormation gets it, with the parameters' defaults
	runbook  string   // docs/runbook.md, to which the alarms link
	// environments are the same for each environment of samconfig.toml, expanded with what it says there.
	environments map[string]*Template
}

// Load expands the template of the checkout with the SAM translator of .venv-sam; it never uses the network.
func Load(root string) (*Template, error) {
	path := filepath.Join(root, "template.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	config, err := os.ReadFile(filepath.Join(root, "samconfig.toml"))
	if err != nil {
		return nil, fmt.Errorf("read samconfig.toml: %w", err)
	}
	python := filepath.Join(root, ".venv-sam", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, fmt.Errorf("the SAM translator is not installed; run make tools: %w", err)
	}
	command := exec.Command(python, filepath.Join(root, "sandbox", "templaterules", "expand.py"), path, filepath.Join(root, "samconfig.toml"))
	command.Env = append(os.Environ(), "AWS_DEFAULT_REGION=eu-west-1", "SAM_CLI_TELEMETRY=0")
	var complaint strings.Builder
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("expand template: %w\n%s", err, complaint.String())
	}
	runbook, err := os.ReadFile(filepath.Join(root, "docs", "runbook.md"))
	if err != nil {
		return nil, fmt.Errorf("read runbook: %w", err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		return nil, fmt.Errorf("read Makefile: %w", err)
	}
	t := &Template{
		root: root, source: strings.Split(string(text), "\n"), config: string(config), makefile: string(makefile), runbook: string(runbook),
		environments: map[string]*Template{},
	}
	var all struct {
		Raw, Expanded object
		Environments  map[string]object
	}
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("read expanded template: %w", err)
	}
	t.raw, t.expanded = all.Raw, all.Expanded
	for name, expanded := range all.Environments {
		t.environments[name] = &Template{root: root, source: t.source, raw: t.raw, expanded: expanded}
	}
	return t, nil
}

// clone copies the template deeply, so that a test may break it.
func (t *Template) clone() *Template {
	copied := &Template{
		root: t.root, source: slices.Clone(t.source), config: t.config, makefile: t.makefile, runbook: t.runbook,
		environments: map[string]*Template{},
	}
	for name, environment := range t.environments {
		copied.environments[name] = environment.clone()
	}
	for from, to := range map[*object]*object{&t.raw: &copied.raw, &t.expanded: &copied.expanded} {
		text, err := json.Marshal(*from)
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			panic(err) // it came from JSON a moment ago
		}
	}
	return copied
}

// resources are the logical ids of one type, in order.
func (t *Template) resources(kind string) []string {
	var ids []string
	for id, resource := range dig(t.expanded, "Resources") {
		if text(resource, "Type") == kind {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// properties are a resource's properties, empty when there is no such resource.
func (t *Template) properties(id string) object {
	return dig(t.expanded, "Resources", id, "Properties")
}

// kind is a resource's type, "" when there is no such resource.
func (t *Template) kind(id string) string {
	return text(dig(t.expanded, "Resources", id), "Type")
}

// statements are the statements of a role's own policies.
func (t *Template) statements(role string) []object {
	var found []object
	for _, policy := range list(t.properties(role)["Policies"]) {
		for _, statement := range list(dig(policy, "PolicyDocument")["Statement"]) {
			found = append(found, dig(statement))
		}
	}
	return found
}

// dig walks down objects; what is missing or no object is empty.
func dig(value any, path ...string) object {
	current, _ := value.(object)
	for _, step := range path {
		current, _ = current[step].(object)
	}
	return current
}

// text is a member that is a string, or "".
func text(value any, name string) string {
	found, _ := dig(value)[name].(string)
	return found
}

// number is a member that is a number, or -1.
func number(value object, name string) float64 {
	if found, ok := value[name].(float64); ok {
		return found
	}
	return -1
}

// list makes a list of a member that may be one value or many.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	}
	return []any{value}
}

// texts are the strings of a member that may be one value or many.
func texts(value any) []string {
	var found []string
	for _, item := range list(value) {
		if item, ok := item.(string); ok {
			found = append(found, item)
		}
	}
	return found
}

// refers says which resource a Ref, GetAtt or Sub points at, "" for none. A Sub counts by its first variable that is
// no pseudo parameter.
func refers(value any) string {
	reference := dig(value)
	if id := text(reference, "Ref"); id != "" {
		return id
	}
	if attribute := texts(reference["Fn::GetAtt"]); len(attribute) > 0 {
		return attribute[0]
	}
	for part := range strings.SplitSeq(text(reference, "Fn::Sub"), "${") {
		name, _, ok := strings.Cut(part, "}")
		if ok && !strings.HasPrefix(name, "AWS::") && !strings.HasPrefix(name, "!") {
			id, _, _ := strings.Cut(name, ".")
			return id
		}
	}
	return ""
}

// as writes any value on one line, for comparing and for messages.
func as(value any) string {
	line, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(line)
}

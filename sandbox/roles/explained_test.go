package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEachRoleOfTheTemplateIsTriedOrNamed: a role that is neither played nor explained nor said not to be deployed would go
// by in silence.
func TestEachRoleOfTheTemplateIsTriedOrNamed(t *testing.T) {
	t.Parallel()
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var inTemplate []string
	for _, m := range regexp.MustCompile(`(?m)^  (\w+):\n    Type: AWS::IAM::Role$`).FindAllStringSubmatch(string(template), -1) {
		name := folder(strings.TrimSuffix(m[1], "Role"))
		inTemplate = append(inTemplate, name)
		explained := slices.ContainsFunc(explained(), func(e explanation) bool { return e.role == name })
		if plays()[name] == nil && !explained && notDeployed()[name] == "" {
			t.Errorf("%s is not tried, and nothing says why", m[1])
		}
	}
	if all := strings.Count(string(template), "Type: AWS::IAM::Role"); len(inTemplate) != all {
		t.Errorf("%d roles read, the template has %d", len(inTemplate), all)
	}
	for name := range notDeployed() {
		if plays()[name] != nil || !slices.Contains(inTemplate, name) {
			t.Errorf("%s is named as not deployed, and is played, or is not in the template", name)
		}
	}
}

func TestRolesThatAreNotDeployedAreSaidAtTheEnd(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	(&trial{roles: []role{{name: "rollout"}}, out: &out}).sayNotDeployed()
	if said := out.String(); !strings.Contains(said, "the role operator: ") || strings.Contains(said, "the role rollout") {
		t.Errorf("it says %q", said)
	}
}

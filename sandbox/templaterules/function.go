package templaterules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pascal turns a folder's name into the start of its logical ids: webhook-intake is WebhookIntake.
func pascal(folder string) string {
	var id strings.Builder
	for part := range strings.SplitSeq(folder, "-") {
		id.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return id.String()
}

// folders are the names below functions/.
func (t *Template) folders() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(t.root, "functions"))
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// folderOf is the folder that a function is built from.
func (t *Template) folderOf(function string) string {
	code := text(dig(t.raw, "Resources", function, "Properties"), "CodeUri")
	return strings.TrimSuffix(strings.TrimPrefix(code, "functions/"), "/")
}

// oneNameFromFolderToAlarm: folder, function, role, log group and alarms share one name, and every folder is deployed.
func oneNameFromFolderToAlarm(t *Template) (faults []string) {
	folders, err := t.folders()
	if err != nil {
		return []string{err.Error()}
	}
	var deployed []string
	for _, id := range t.resources("AWS::Lambda::Function") {
		folder := t.folderOf(id)
		deployed = append(deployed, folder)
		p, name := t.properties(id), pascal(folder)
		for what, pair := range map[string][2]string{
			"logical id":    {id, name + "Function"},
			"function name": {text(p["FunctionName"], "Fn::Sub"), "${AWS::StackName}-" + folder},
			"role":          {refers(p["Role"]), name + "Role"},
			"log group":     {refers(dig(p, "LoggingConfig")["LogGroup"]), name + "LogGroup"},
			"log's name":    {text(t.properties(name + "LogGroup")["LogGroupName"], "Fn::Sub"), "/aws/lambda/${AWS::StackName}-" + folder},
			"errors alarm":  {t.kind(name + "Errors"), "AWS::CloudWatch::Alarm"},
			"throttles":     {t.kind(name + "Throttles"), "AWS::CloudWatch::Alarm"},
		} {
			if pair[0] != pair[1] {
				faults = append(faults, fmt.Sprintf("%s: %s is %q, not %q", folder, what, pair[0], pair[1]))
			}
		}
	}
	slices.Sort(deployed)
	if !slices.Equal(folders, deployed) {
		faults = append(faults, fmt.Sprintf("folders below functions/ are %v, deployed are %v", folders, deployed))
	}
	return faults
}

// everyFunctionHasItsOwnRole: no two share one.
func everyFunctionHasItsOwnRole(t *Template) (faults []string) {
	used := map[string]string{}
	for _, id := range t.resources("AWS::Lambda::Function") {
		role := refers(t.properties(id)["Role"])
		if t.kind(role) != "AWS::IAM::Role" {
			faults = append(faults, id+" has no role of this template")
		}
		if other := used[role]; other != "" {
			faults = append(faults, fmt.Sprintf("%s and %s share %s", id, other, role))
		}
		used[role] = id
	}
	return faults
}

// everyFunctionIsBounded: processor by parameter, a time limit, and the release build.
func everyFunctionIsBounded(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::Lambda::Function") {
		p := t.properties(id)
		if text(p, "Runtime") != "provided.al2023" || as(p["Architectures"]) != `[{"Ref":"Architecture"}]` {
			faults = append(faults, id+" has another runtime or processor")
		}
		if number(p, "Timeout") < 1 || number(p, "Timeout") > 120 || number(p, "MemorySize") < 128 {
			faults = append(faults, id+" has no time limit or memory of its own")
		}
		if text(dig(p, "LoggingConfig"), "LogFormat") != "JSON" {
			faults = append(faults, id+" does not log JSON")
		}
		if text(dig(t.raw, "Resources", id, "Metadata"), "BuildMethod") != "go1.x" {
			faults = append(faults, id+" is not built by the SAM CLI's Go builder")
		}
	}
	return faults
}

// everyLogEnds: no log group keeps everything for ever.
func everyLogEnds(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::Logs::LogGroup") {
		if refers(t.properties(id)["RetentionInDays"]) != "LogRetentionDays" {
			faults = append(faults, id+" has no retention")
		}
	}
	return faults
}

// secretsAreARNs: neither a variable, a parameter nor an output holds a secret or leads to one's value.
func secretsAreARNs(t *Template) (faults []string) {
	suspicious := func(name string) bool {
		name = strings.ToLower(name)
		for _, word := range []string{"secret", "password", "token", "private"} {
			if strings.Contains(name, word) {
				return !strings.HasSuffix(name, "arn")
			}
		}
		return false
	}
	for _, id := range t.resources("AWS::Lambda::Function") {
		for name := range dig(t.properties(id), "Environment", "Variables") {
			if suspicious(name) {
				faults = append(faults, fmt.Sprintf("%s gets %s, which is no ARN", id, name))
			}
		}
	}
	for name := range dig(t.expanded, "Parameters") {
		if suspicious(name) {
			faults = append(faults, fmt.Sprintf("parameter %s is no ARN", name))
		}
	}
	for name, output := range dig(t.expanded, "Outputs") {
		if strings.Contains(as(output), "Secret") {
			faults = append(faults, fmt.Sprintf("output %s leads to a secret", name))
		}
	}
	if strings.Contains(as(t.expanded), "{{resolve:") {
		faults = append(faults, "a dynamic reference puts a secret's value into the stack")
	}
	return faults
}

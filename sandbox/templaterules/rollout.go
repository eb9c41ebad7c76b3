package templaterules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// liveOf is the function that an alias stands for, and the function itself when id is one.
func (t *Template) liveOf(id string) string {
	if t.kind(id) == "AWS::Lambda::Alias" {
		return refers(t.properties(id)["FunctionName"])
	}
	return id
}

// everythingCallsTheAlias: what calls a function calls its alias "live", so that a canary and a roll back reach all callers.
func everythingCallsTheAlias(t *Template) (faults []string) {
	aliased := map[string]string{}
	for _, id := range t.resources("AWS::Lambda::Alias") {
		if text(t.properties(id), "Name") == "live" {
			aliased[t.liveOf(id)] = id
		}
	}
	for _, id := range t.resources("AWS::Lambda::Function") {
		if aliased[id] == "" {
			faults = append(faults, id+" has no alias that is live")
		}
	}
	callers := map[string]any{"the schedule's role": nil}
	for kind, property := range map[string]string{
		"AWS::Lambda::EventSourceMapping": "FunctionName", "AWS::Lambda::Permission": "FunctionName", "AWS::ApiGatewayV2::Integration": "IntegrationUri",
	} {
		for _, id := range t.resources(kind) {
			callers[id] = t.properties(id)[property]
		}
	}
	for _, id := range t.resources("AWS::Scheduler::Schedule") {
		callers[id] = dig(t.properties(id), "Target")["Arn"]
	}
	for _, statement := range t.statements("ScheduleRole") {
		if slices.Contains(texts(statement["Action"]), "lambda:InvokeFunction") {
			callers["the schedule's role"] = statement["Resource"]
		}
	}
	for _, caller := range slices.Sorted(maps.Keys(callers)) {
		if t.kind(refers(callers[caller])) != "AWS::Lambda::Alias" {
			faults = append(faults, caller+" calls a function past its alias")
		}
	}
	return faults
}

// canary is how long a canary takes, in seconds, by the name of its kind.
var canary = map[string]float64{"Canary10Percent15Minutes": 15 * 60, "Canary10Percent30Minutes": 30 * 60}

// newCodeComesByCanary: in staging and production each function gets new code bit by bit and loses it again when an alarm of
// its own rings, its errors alarm among them, and each of these can ring before the canary is over. In dev, and on the
// emulator, which knows no CodeDeploy, new code comes at once.
func newCodeComesByCanary(t *Template) (faults []string) {
	for _, name := range []string{"staging", "production"} {
		e := t.environments[name]
		if e == nil {
			faults = append(faults, "samconfig.toml does not know "+name)
			continue
		}
		for _, id := range e.resources("AWS::Lambda::Function") {
			for _, fault := range e.canaryFaults(id) {
				faults = append(faults, fmt.Sprintf("%s: %s %s", name, id, fault))
			}
		}
	}
	for name, e := range map[string]*Template{"dev": t.environments["dev"], "the emulator": t} {
		if e == nil || len(e.resources("AWS::CodeDeploy::DeploymentGroup")) > 0 {
			faults = append(faults, name+" waits for canaries")
		}
	}
	return faults
}

func (t *Template) canaryFaults(function string) (faults []string) {
	group := t.properties(function + "DeploymentGroup")
	policy := dig(t.expanded, "Resources", function+"Aliaslive", "UpdatePolicy", "CodeDeployLambdaAliasUpdate")
	if refers(policy["DeploymentGroupName"]) != function+"DeploymentGroup" {
		faults = append(faults, "is moved past CodeDeploy")
	}
	kind, length := "", 0.0
	for name, seconds := range canary {
		if strings.Contains(as(group["DeploymentConfigName"]), `"`+name+`"`) {
			kind, length = name, seconds
		}
	}
	if kind == "" {
		faults = append(faults, "gets all calls at once")
	}
	back := dig(group, "AutoRollbackConfiguration")
	if back["Enabled"] != true || !slices.Contains(texts(back["Events"]), "DEPLOYMENT_STOP_ON_ALARM") {
		faults = append(faults, "does not go back on an alarm")
	}
	watched, own := dig(group, "AlarmConfiguration"), strings.TrimSuffix(function, "Function")
	errors := false
	for _, alarm := range list(watched["Alarms"]) {
		id := refers(dig(alarm)["Name"])
		p := t.properties(id)
		errors = errors || id == own+"Errors"
		if t.kind(id) != "AWS::CloudWatch::Alarm" || !strings.HasPrefix(id, own) {
			faults = append(faults, "watches "+id+", which is no alarm of its own")
		}
		if number(p, "Period")*number(p, "EvaluationPeriods") >= length {
			faults = append(faults, "is through with its canary before "+id+" can ring")
		}
	}
	if watched["Enabled"] != true || !errors {
		faults = append(faults, "does not watch its errors")
	}
	if !strings.Contains(as(group["ServiceRoleArn"]), `"RolloutRole"`) || as(dig(t.expanded, "Conditions")["ShiftsTraffic"]) != `{"Fn::Equals":[{"Ref":"Rollout"},"canary"]}` {
		faults = append(faults, "is moved by a role that is not of this template")
	}
	return faults
}

// rolloutRoleMovesAliases: CodeDeploy reads alarms and moves the aliases of these functions, and nothing else.
func rolloutRoleMovesAliases(t *Template) (faults []string) {
	trust := list(dig(t.properties("RolloutRole"), "AssumeRolePolicyDocument")["Statement"])
	if len(trust) != 1 || as(dig(trust[0])["Principal"]) != `{"Service":"codedeploy.amazonaws.com"}` {
		faults = append(faults, "RolloutRole can be assumed by others: "+as(trust))
	}
	functions := t.resources("AWS::Lambda::Function")
	for _, statement := range t.statements("RolloutRole") {
		for _, action := range texts(statement["Action"]) {
			switch action {
			case "cloudwatch:DescribeAlarms":
			case "lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig":
				var moves []string
				for _, resource := range list(statement["Resource"]) {
					moves = append(moves, t.liveOf(refers(resource)))
				}
				slices.Sort(moves)
				if !slices.Equal(slices.Compact(moves), functions) {
					faults = append(faults, fmt.Sprintf("RolloutRole may %s of %v", action, moves))
				}
			default:
				faults = append(faults, "RolloutRole may "+action)
			}
		}
	}
	return faults
}

// everyParameterHasItsGroup: the guided deploy and the console ask in the order of the groups.
func everyParameterHasItsGroup(t *Template) (faults []string) {
	var grouped []string
	for _, group := range list(dig(t.expanded, "Metadata", "AWS::CloudFormation::Interface")["ParameterGroups"]) {
		grouped = append(grouped, texts(dig(group)["Parameters"])...)
	}
	slices.Sort(grouped)
	if want := slices.Sorted(maps.Keys(dig(t.expanded, "Parameters"))); !slices.Equal(grouped, want) {
		faults = append(faults, fmt.Sprintf("the groups hold %v, the parameters are %v", grouped, want))
	}
	return faults
}

var builtFor = regexp.MustCompile(`(?ms)^\[(\w+)\.(build|deploy)\.parameters\].*?Architecture=(\w+)`)

// whatIsBuiltIsDeployed: the SAM CLI is told the processor twice, and functions that were built for another do not start.
func whatIsBuiltIsDeployed(t *Template) (faults []string) {
	processors := map[string]map[string]string{}
	for _, section := range strings.SplitAfter(t.config, "\n\n") {
		if m := builtFor.FindStringSubmatch(section); m != nil {
			if processors[m[1]] == nil {
				processors[m[1]] = map[string]string{}
			}
			processors[m[1]][m[2]] = m[3]
		}
	}
	for name := range t.environments {
		if p := processors[name]; p["build"] == "" || p["build"] != p["deploy"] {
			faults = append(faults, fmt.Sprintf("%s is built for %q and deployed as %q", name, p["build"], p["deploy"]))
		}
	}
	return faults
}

var regionName = regexp.MustCompile(`\b(us|eu|ap|sa|ca|me|af|il|mx|cn)-(gov-)?(north|south|east|west|central|northeast|southeast|northwest|southwest)-\d\b`)

// regionIsNowhereFixed: a stack lives where samconfig.toml puts it; neither the template nor what is deployed names a region.
func regionIsNowhereFixed(t *Template) (faults []string) {
	for i, line := range t.source {
		if found := regionName.FindString(line); found != "" {
			faults = append(faults, fmt.Sprintf("template.yaml:%d names %s", i+1, found))
		}
	}
	for _, folder := range []string{"functions", "shared", "cmd"} {
		err := filepath.WalkDir(filepath.Join(t.root, folder), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			code, err := os.ReadFile(path)
			if found := regionName.Find(code); found != nil {
				faults = append(faults, fmt.Sprintf("%s names %s", path, found))
			}
			return err
		})
		if err != nil {
			faults = append(faults, err.Error())
		}
	}
	return faults
}

package templaterules

import "strings"

// inEnvironment harms the template as it is expanded for one environment.
func inEnvironment(name string, harm func(*Template)) func(*Template) {
	return func(t *Template) { harm(t.environments[name]) }
}

func rolloutMutations() []mutation {
	canary, group := "new code comes by canary", "DecisionPushFunctionDeploymentGroup"
	return []mutation{
		{"a queue that calls past the alias", "everything calls the alias", set("HintWorkerFunctionHints", object{"Ref": "HintWorkerFunction"}, "FunctionName")},
		{"a route that calls past the alias", "everything calls the alias", set("PlatformApiIntegration", get("PlatformApiFunction", "Arn"), "IntegrationUri")},
		{"a permission past the alias", "everything calls the alias", set("PlatformApiPermission", object{"Ref": "PlatformApiFunction"}, "FunctionName")},
		{"a schedule that calls past the alias", "everything calls the alias", set("SyncDispatchFunctionEveryMinute", get("SyncDispatchFunction", "Arn"), "Target", "Arn")},
		{"a tick past the alias", "everything calls the alias", statement("ScheduleRole", "Tick", func(s object) { s["Resource"] = get("SyncDispatchFunction", "Arn") })},
		{"a function without alias", "everything calls the alias", remove("DeltaSyncFunctionAliaslive")},
		{"all calls at once in staging", canary, inEnvironment("staging", set(group, "CodeDeployDefault.LambdaAllAtOnce", "DeploymentConfigName"))},
		{"no way back in production", canary, inEnvironment("production", set(group, false, "AutoRollbackConfiguration", "Enabled"))},
		{"no way back on alarms", canary, inEnvironment("production", set(group, []any{"DEPLOYMENT_FAILURE"}, "AutoRollbackConfiguration", "Events"))},
		{"alarms that nobody looks at", canary, inEnvironment("production", set(group, false, "AlarmConfiguration", "Enabled"))},
		{"another's errors", canary, inEnvironment("production", set(group, []any{object{"Name": object{"Ref": "DeltaSyncErrors"}}}, "AlarmConfiguration", "Alarms"))},
		{"an alarm that rings too late", canary, inEnvironment("production", set("DecisionPushErrors", 3.0, "EvaluationPeriods"))},
		{"an alias past CodeDeploy", canary, inEnvironment("production", drop("DecisionPushFunctionAliaslive", "UpdatePolicy"))},
		{"a role that SAM makes", canary, inEnvironment("staging", set(group, get("CodeDeployServiceRole", "Arn"), "ServiceRoleArn"))},
		{"an environment nobody configured", canary, func(t *Template) { delete(t.environments, "staging") }},
		{"canaries on the emulator", canary, func(t *Template) {
			dig(t.expanded, "Resources")[group] = object{"Type": "AWS::CodeDeploy::DeploymentGroup"}
		}},
		{"a rollout that changes code", "rollout role moves aliases", statement("RolloutRole", "Move", func(s object) { s["Action"] = []any{"lambda:UpdateFunctionCode"} })},
		{"a rollout of strangers", "rollout role moves aliases", statement("RolloutRole", "Move", func(s object) { s["Resource"] = "*" })},
		{"a rollout by anybody", "rollout role moves aliases", func(t *Template) {
			dig(list(dig(t.properties("RolloutRole"), "AssumeRolePolicyDocument")["Statement"])[0])["Principal"] = object{"AWS": "*"}
		}},
		{"built for another processor", "what is built is deployed", func(t *Template) {
			t.config = strings.Replace(t.config, "Architecture=arm64", "Architecture=x86_64", 1)
		}},
		{"a region in the template", "region is nowhere fixed", line("${AWS::Region}", "eu-west-1")},
		{"a parameter without group", "every parameter has its group", func(t *Template) { dig(t.expanded, "Parameters")["Colour"] = object{} }},
	}
}

package templaterules

import (
	"slices"
	"strings"
	"testing"
)

// mutation breaks one guarded property; the rule it names must find a fault that the whole template does not have.
type mutation struct {
	name string
	rule string
	harm func(*Template)
}

// set puts a value at a path below a resource's properties of the expanded template.
func set(id string, value any, path ...string) func(*Template) {
	return func(t *Template) {
		dig(t.properties(id), path[:len(path)-1]...)[path[len(path)-1]] = value
	}
}

// drop removes a member of a resource itself, such as its DeletionPolicy.
func drop(id, member string) func(*Template) {
	return func(t *Template) { delete(dig(t.expanded, "Resources", id), member) }
}

// statement changes the statement of a role that has the given Sid.
func statement(role, sid string, change func(object)) func(*Template) {
	return func(t *Template) {
		for _, statement := range t.statements(role) {
			if statement["Sid"] == sid {
				change(statement)
			}
		}
	}
}

// keyStatement changes the first statement of a role that is about a key.
func keyStatement(role string, change func(object)) func(*Template) {
	return func(t *Template) {
		for _, statement := range t.statements(role) {
			if strings.Contains(as(statement["Action"]), "kms:") {
				change(statement)
				return
			}
		}
	}
}

// busStatement changes one part of what the bus allows to consumers.
func busStatement(part string, value any) func(*Template) {
	return func(t *Template) {
		dig(list(dig(list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])[1])["Statement"])[0])[part] = value
	}
}

// line replaces a piece of the source.
func line(old, replacement string) func(*Template) {
	return func(t *Template) {
		t.source = strings.Split(strings.Replace(strings.Join(t.source, "\n"), old, replacement, 1), "\n")
	}
}

// runbook replaces a piece of the runbook.
func runbook(old, replacement string) func(*Template) {
	return func(t *Template) { t.runbook = strings.Replace(t.runbook, old, replacement, 1) }
}

// dashboard replaces a piece of the dashboard wherever it stands.
func dashboard(old, replacement string) func(*Template) {
	return func(t *Template) {
		body := dig(t.properties("Dashboard"), "DashboardBody")
		body["Fn::Sub"] = strings.ReplaceAll(text(body, "Fn::Sub"), old, replacement)
	}
}

func get(logical, attribute string) object { return object{"Fn::GetAtt": []any{logical, attribute}} }

func mutations() []mutation {
	return slices.Concat(functionMutations(), alarmMutations(), queueMutations(), policyMutations(), storeMutations(), rolloutMutations())
}

func functionMutations() []mutation {
	return []mutation{
		{"another function name", "one name from folder to alarm", set("DeltaSyncFunction", object{"Fn::Sub": "${AWS::StackName}-delta"}, "FunctionName")},
		{"another log group name", "one name from folder to alarm", set("DeltaSyncLogGroup", "elsewhere", "LogGroupName")},
		{"no errors alarm", "one name from folder to alarm", func(t *Template) { delete(dig(t.expanded, "Resources"), "DeltaSyncErrors") }},
		{"no throttles alarm", "one name from folder to alarm", func(t *Template) { delete(dig(t.expanded, "Resources"), "HintWorkerThrottles") }},
		{"two functions, one role", "every function has its own role", set("DeltaSyncFunction", get("HintWorkerRole", "Arn"), "Role")},
		{"a managed policy", "every function has its own role", set("DeltaSyncRole", []any{"arn:aws:iam::aws:policy/AmazonSQSFullAccess"}, "ManagedPolicyArns")},
		{"no time limit", "every function is bounded", set("DeltaSyncFunction", nil, "Timeout")},
		{"plain text logs", "every function is bounded", set("DeltaSyncFunction", "Text", "LoggingConfig", "LogFormat")},
		{"a fixed processor", "every function is bounded", set("DeltaSyncFunction", []any{"x86_64"}, "Architectures")},
		{"a log without end", "every log ends", set("PlatformApiLogGroup", nil, "RetentionInDays")},
		{"an access log without end", "every log ends", set("AccessLogGroup", nil, "RetentionInDays")},
		{"a secret in a variable", "secrets are ARNs", set("DecisionPushFunction", "s3cret", "Environment", "Variables", "MARKER_SECRET")},
		{"a secret as parameter", "secrets are ARNs", func(t *Template) { dig(t.expanded, "Parameters")["LeverClientSecret"] = object{} }},
		{"a secret as output", "secrets are ARNs", func(t *Template) {
			dig(t.expanded, "Outputs")["Marker"] = object{"Value": object{"Ref": "MarkerSecret"}}
		}},
		{"a secret by dynamic reference", "secrets are ARNs", set("DecisionPushFunction", "{{resolve:secretsmanager:x}}", "Environment", "Variables", "MARKER")},
		{"a variable nobody reads", "environments match the configuration", set("SyncDispatchFunction", "x", "Environment", "Variables", "NOBODY_READS_THIS")},
		{"a skip without reason", "skips have reasons", func(t *Template) {
			dig(list(dig(t.expanded, "Resources", "HintQueue", "Metadata", "checkov")["skip"])[0])["comment"] = "not needed"
		}},
		{"a parameter that takes anything", "parameters explain themselves", func(t *Template) {
			delete(dig(t.expanded, "Parameters", "ReturnOrigins"), "AllowedPattern")
		}},
		{"a parameter without description", "parameters explain themselves", func(t *Template) {
			delete(dig(t.expanded, "Parameters", "ReturnOrigins"), "Description")
		}},
		{"a resource without purpose", "resources explain themselves", line("  # Lets the scheduler call", "# x\n\n")},
	}
}

func alarmMutations() []mutation {
	return []mutation{
		{"an alarm without runbook", "alarms lead somewhere", set("DeltaSyncErrors", "it fails", "AlarmDescription")},
		{"an alarm with another's runbook", "alarms lead somewhere", set("DeltaSyncErrors", object{"Fn::Sub": "${RunbookUrl}#hint-worker"}, "AlarmDescription")},
		{"an alarm whose heading is gone", "alarms lead somewhere", runbook("## Dispatch is silent", "## Dispatch is quiet")},
		{"an alarm that its heading does not name", "alarms lead somewhere", runbook("`DeltaSyncAge`, ", "")},
		{"an alarm of no function", "alarms lead somewhere", func(t *Template) {
			resources := dig(t.expanded, "Resources")
			resources["QueueAge"] = resources["HintWorkerAge"]
		}},
		{"an alarm that tells nobody", "alarms lead somewhere", set("DeltaSyncErrors", nil, "AlarmActions")},
		{"an alarm that ignores silence by chance", "alarms lead somewhere", set("DeltaSyncErrors", nil, "TreatMissingData")},
		{"an alarm on nothing", "what is measured is watched", set("HintWorkerOverdue", "OldestHints", "MetricName")},
		{"an alarm on all stacks", "what is measured is watched", set("HintWorkerOverdue", nil, "Dimensions")},
		{"a metric nobody watches", "what is measured is watched", func(t *Template) { delete(dig(t.expanded, "Resources"), "DecisionPushOverdue") }},
		{"a dashboard of nothing", "what is measured is watched", dashboard("OldestHint", "OldestHints")},
		{"a dashboard that leaves a metric out", "what is measured is watched", dashboard(`["EvidencedLever", "OldestSweep"`, `["AWS/Lambda", "OldestSweep"`)},
		{"a dashboard that does not open", "what is measured is watched", set("Dashboard", object{"Fn::Sub": "{"}, "DashboardBody")},
		{"a heading for an alarm that is gone", "runbook answers alarms", func(t *Template) { delete(dig(t.expanded, "Resources"), "FullResyncSlow") }},
		{"a heading of no alarm", "runbook answers alarms", runbook("# Alarms of the work\n", "# Alarms of the work\n\n## Left over\n\nText.\n")},
		{"a heading that names another's alarm", "runbook answers alarms", runbook("Alarms: `SyncDispatchSilent`", "Alarms: `SyncDispatchSilent`, `DeltaSyncAge`")},
		{"a heading that wakes nobody", "runbook answers alarms", func(t *Template) {
			before, after, _ := strings.Cut(t.runbook, "\n## Dead letters\n")
			t.runbook = before + "\n## Dead letters\n" + strings.Replace(after, "- **Wake:** morning.\n", "", 1)
		}},
		{"a dashboard without an alarm", "dashboard shows alarms", dashboard(`"${HintWorkerErrors.Arn}", `, "")},
		{"a dashboard that begins elsewhere", "dashboard shows alarms", dashboard(`"type": "alarm"`, `"type": "text"`)},
		{"a dashboard of all alarms, calm ones too", "dashboard shows alarms", dashboard(`"states": ["ALARM"], `, "")},
	}
}

func queueMutations() []mutation {
	return []mutation{
		{"no redrive", "every queue has its dead letters", set("HintQueue", nil, "RedrivePolicy")},
		{"redrive into another's", "every queue has its dead letters", set("HintQueue", get("DeltaDlq", "Arn"), "RedrivePolicy", "deadLetterTargetArn")},
		{"fifty tries", "every queue has its dead letters", set("HintQueue", 50.0, "RedrivePolicy", "maxReceiveCount")},
		{"dead letters for a day", "every queue has its dead letters", set("HintDlq", 86400.0, "MessageRetentionPeriod")},
		{"no encryption", "every queue has its dead letters", set("HintDlq", false, "SqsManagedSseEnabled")},
		{"dead letters nobody watches", "every queue has its dead letters", set("HintWorkerDeadLetters", "ApproximateAgeOfOldestMessage", "MetricName")},
		{"old messages nobody watches", "every queue has its dead letters", set("HintWorkerAge", "NumberOfMessagesSent", "MetricName")},
		{"a queue without TLS", "every queue demands TLS", func(t *Template) {
			p := t.properties("QueueTlsPolicy")
			p["Queues"] = list(p["Queues"])[1:]
		}},
		{"TLS waived in dev", "every queue demands TLS", func(t *Template) {
			dig(t.expanded, "Conditions")["DemandsTls"] = object{"Fn::Equals": []any{object{"Ref": "Environment"}, "production"}}
		}},
		{"a refusal that allows", "every queue demands TLS", func(t *Template) {
			dig(list(dig(t.properties("QueueTlsPolicy"), "PolicyDocument")["Statement"])[0])["Effect"] = "Allow"
		}},
		{"visibility too short", "messages stay hidden", set("DecisionQueue", 359.0, "VisibilityTimeout")},
		{"a function too slow for its queue", "messages stay hidden", set("DecisionPushFunction", 61.0, "Timeout")},
		{"whole batches fail", "batches fail in part", set("HintWorkerFunctionHints", nil, "FunctionResponseTypes")},
		{"unbounded concurrency", "batches fail in part", set("HintWorkerFunctionHints", nil, "ScalingConfig")},
		{"more than is reserved", "batches fail in part", set("HintWorkerFunctionHints", 60.0, "ScalingConfig", "MaximumConcurrency")},
		{"a stream that stops", "batches fail in part", set("ChangePublisherFunctionMirrorChanges", false, "BisectBatchOnFunctionError")},
		{"stream failures lost", "batches fail in part", set("ChangePublisherFunctionMirrorChanges", nil, "DestinationConfig")},
		{"a loop that AWS stops", "loops are meant", set("HintWorkerFunction", nil, "RecursiveLoop")},
		{"a loop nobody meant", "loops are meant", set("SyncDispatchFunction", "Allow", "RecursiveLoop")},
		{"a tick lost", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", nil, "Target", "DeadLetterConfig")},
		{"a tick not retried", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", nil, "Target", "RetryPolicy")},
		{"a schedule with a function's role", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", get("SyncDispatchRole", "Arn"), "Target", "RoleArn")},
	}
}

func policyMutations() []mutation {
	return []mutation{
		{"a wildcard action", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["Action"] = []any{"dynamodb:*"} })},
		{"every resource", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["Resource"] = "*" })},
		{"a wildcard without reason", "wildcards have reasons", line(" # Reason: any stage and method", " # any stage and method")},
		{"everything but", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["NotResource"] = "x" })},
		{"a key without condition", "keys open only for their purpose", keyStatement("HintWorkerRole", func(s object) { delete(s, "Condition") })},
		{"a key for another purpose", "keys open only for their purpose", keyStatement("WebhookIntakeRole", func(s object) {
			dig(s, "Condition", "StringEqualsIfExists")["kms:EncryptionContext:purpose"] = []any{"token"}
		})},
		{"another key", "keys open only for their purpose", keyStatement("HintWorkerRole", func(s object) { s["Resource"] = get("StorageKey", "Arn") })},
		{"a key managed by a function", "keys open only for their purpose", keyStatement("HintWorkerRole", func(s object) { s["Action"] = []any{"kms:ScheduleKeyDeletion"} })},
		{"a key that never rotates", "keys rotate and stay", set("SealingKey", false, "EnableKeyRotation")},
		{"a key that dies with the stack", "keys rotate and stay", drop("SealingKey", "DeletionPolicy")},
		{"a marker that dies with the stack", "keys rotate and stay", drop("MarkerSecret", "UpdateReplacePolicy")},
		{"a storage key for all services", "keys rotate and stay", func(t *Template) {
			for _, statement := range list(dig(t.properties("StorageKey"), "KeyPolicy")["Statement"]) {
				delete(dig(statement, "Condition", "StringEquals"), "kms:ViaService")
			}
		}},
		{"an intake that writes", "intake does two things", statement("WebhookIntakeRole", "Hooks", func(s object) { s["Action"] = []any{"dynamodb:GetItem", "dynamodb:PutItem"} })},
		{"an intake with another queue", "intake does two things", statement("WebhookIntakeRole", "Nudge", func(s object) {
			s["Resource"] = []any{get("HintQueue", "Arn"), get("DecisionQueue", "Arn")}
		})},
		{"another's log", "logs go home", statement("DeltaSyncRole", "Log", func(s object) { s["Resource"] = get("HintWorkerLogGroup", "Arn") })},
		{"a bus for everybody", "bus serves named accounts", busStatement("Principal", "*")},
		{"consumers that send events", "bus serves named accounts", busStatement("Action", []any{"events:PutEvents"})},
		{"consumers that may do all", "bus serves named accounts", busStatement("Action", []any{"events:*Rule"})},
		{"rules of every bus", "bus serves named accounts", busStatement("Resource", "*")},
		{"another's rules", "bus serves named accounts", busStatement("Condition", nil)},
		{"a bus policy without accounts", "bus serves named accounts", func(t *Template) {
			list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])[2] = object{"Statement": []any{}}
		}},
		{"every tenant", "platform role knows one tenant", statement("PlatformRole", "OwnTenantOnly", func(s object) {
			s["Resource"] = object{"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${HttpApi}/*/*/v1/*"}
		})},
		{"no tenant named", "platform role knows one tenant", func(t *Template) {
			delete(dig(list(dig(t.properties("PlatformRole"), "AssumeRolePolicyDocument")["Statement"])[0]), "Condition")
		}},
		{"an operator who opens tokens", "operator role knows no tenant", statement("OperatorRole", "OperationsOnly", func(s object) {
			s["Action"] = []any{"execute-api:Invoke", "kms:Decrypt"}
		})},
		{"an operator of every tenant", "operator role knows no tenant", statement("OperatorRole", "OperationsOnly", func(s object) {
			s["Resource"] = object{"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${HttpApi}/*/*/v1/*"}
		})},
		{"anybody an operator", "operator role knows no tenant", func(t *Template) {
			dig(list(dig(t.properties("OperatorRole"), "AssumeRolePolicyDocument")["Statement"])[0])["Principal"] = object{"AWS": "*"}
		}},
		{"a managed operator", "operator role knows no tenant", set("OperatorRole", []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, "ManagedPolicyArns")},
		{"a platform that operates", "roles reach their own routes", statement("PlatformRole", "OwnTenantOnly", func(s object) {
			s["Resource"] = object{"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${HttpApi}/*/*/v1/*/tenants/${!aws:PrincipalTag/tenant}/*"}
		})},
		{"a platform of its tenant's namesakes", "roles reach their own routes", statement("PlatformRole", "OwnTenantOnly", func(s object) {
			s["Resource"] = object{"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${HttpApi}/*/*/v1/*/${!aws:PrincipalTag/tenant}/*"}
		})},
	}
}

func storeMutations() []mutation {
	return []mutation{
		{"no recovery", "tables are safe", set("DecisionsTable", nil, "PointInTimeRecoverySpecification")},
		{"no expiry", "tables are safe", set("SessionsTable", nil, "TimeToLiveSpecification")},
		{"AWS's own key", "tables are safe", set("MirrorTable", nil, "SSESpecification")},
		{"no deletion protection", "tables are safe", set("MirrorTable", false, "DeletionProtectionEnabled")},
		{"a table that dies with the stack", "tables are safe", drop("WorkTable", "DeletionPolicy")},
		{"a fixed name", "tables are safe", set("WorkTable", "work", "TableName")},
		{"production unprotected", "tables are safe", func(t *Template) {
			dig(t.expanded, "Conditions")["IsProtected"] = object{"Fn::Equals": []any{object{"Ref": "Environment"}, "staging"}}
		}},
		{"an index with everything", "indexes hold what the code reads", func(t *Template) {
			dig(list(t.properties("MirrorTable")["GlobalSecondaryIndexes"])[0])["Projection"] = object{"ProjectionType": "ALL"}
		}},
		{"an index less", "indexes hold what the code reads", set("WorkTable", nil, "GlobalSecondaryIndexes")},
		{"a change that nobody hears of", "streams tell the news", set("ChangePublisherFunctionMirrorChanges", []any{object{"Pattern": "{}"}}, "FilterCriteria", "Filters")},
		{"a call for each write", "streams tell the news", set("ChangePublisherFunctionConnectionsChanges", nil, "FilterCriteria")},
		{"decisions held back", "streams tell the news", set("ChangePublisherFunctionDecisionsChanges", object{"Filters": []any{}}, "FilterCriteria")},
		{"an open platform API", "routes say who may call", set("PlatformRoute", "NONE", "AuthorizationType")},
		{"a forgotten authorisation", "routes say who may call", set("PortalRoute", nil, "AuthorizationType")},
		{"a default route", "routes say who may call", set("PortalRoute", "$default", "RouteKey")},
		{"any API may call", "routes say who may call", set("PlatformApiPermission", "*", "SourceArn")},
		{"the path in the log", "access log is discreet", set("HttpApiStage", `{"path":"$context.path"}`, "AccessLogSettings", "Format")},
		{"the query in the log", "access log is discreet", set("HttpApiStage", `{"q":"$context.requestQueryString"}`, "AccessLogSettings", "Format")},
		{"addresses in the log", "access log is discreet", set("HttpApiStage", `{"ip":"$context.identity.sourceIp"}`, "AccessLogSettings", "Format")},
		{"a log that is no JSON", "access log is discreet", set("HttpApiStage", `$context.requestId`, "AccessLogSettings", "Format")},
		{"no throttling", "access log is discreet", set("HttpApiStage", nil, "DefaultRouteSettings")},
	}
}

func TestEveryGuardedPropertyIsMissedWhenBroken(t *testing.T) {
	t.Parallel()
	whole := load(t)
	rules := map[string]Rule{}
	unbroken := map[string]bool{}
	for _, rule := range Rules() {
		rules[rule.Name] = rule
		unbroken[rule.Name] = true
	}
	for _, mutation := range mutations() {
		rule, ok := rules[mutation.rule]
		if !ok {
			t.Fatalf("there is no rule %q", mutation.rule)
		}
		delete(unbroken, mutation.rule)
		t.Run(mutation.name, func(t *testing.T) {
			t.Parallel()
			before := rule.Check(whole)
			broken := whole.clone()
			mutation.harm(broken)
			noticed := slices.ContainsFunc(rule.Check(broken), func(fault string) bool { return !slices.Contains(before, fault) })
			if !noticed {
				t.Errorf("rule %q does not notice", rule.Name)
			}
		})
	}
	for name := range unbroken {
		t.Errorf("no mutation breaks rule %q", name)
	}
}

package templaterules

import (
	"slices"
	"strings"
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

// remove takes a resource away.
func remove(id string) func(*Template) {
	return func(t *Template) { delete(dig(t.expanded, "Resources"), id) }
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
	return slices.Concat(functionMutations(), alarmMutations(), queueMutations(), policyMutations(), roleMutations(), grantMutations(), keyMutations(),
		storeMutations(), domainMutations(), rolloutMutations(), buildMutations())
}

func functionMutations() []mutation {
	return []mutation{
		{"another function name", "one name from folder to alarm", set("DeltaSyncFunction", object{"Fn::Sub": "${AWS::StackName}-delta"}, "FunctionName")},
		{"another log group name", "one name from folder to alarm", set("DeltaSyncLogGroup", "elsewhere", "LogGroupName")},
		{"no errors alarm", "one name from folder to alarm", remove("DeltaSyncErrors")},
		{"a folder that is not deployed", "one name from folder to alarm", remove("DeltaSyncFunction")},
		{"no throttles alarm", "one name from folder to alarm", remove("HintWorkerThrottles")},
		{"two functions, one role", "every function has its own role", set("DeltaSyncFunction", get("HintWorkerRole", "Arn"), "Role")},
		{"a role from elsewhere", "every function has its own role", set("DeltaSyncFunction", "arn:aws:iam::111122223333:role/shared", "Role")},
		{"no time limit", "every function is bounded", set("DeltaSyncFunction", nil, "Timeout")},
		{"plain text logs", "every function is bounded", set("DeltaSyncFunction", "Text", "LoggingConfig", "LogFormat")},
		{"another runtime", "every function is bounded", set("DeltaSyncFunction", "provided.al2", "Runtime")},
		{"no memory of its own", "every function is bounded", set("DeltaSyncFunction", nil, "MemorySize")},
		{"another builder", "every function is bounded", func(t *Template) {
			dig(t.raw, "Resources", "DeltaSyncFunction", "Metadata")["BuildMethod"] = "makefile"
		}},
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
		{"a variable nobody gives", "environments match the configuration", func(t *Template) {
			delete(dig(t.properties("FullResyncFunction"), "Environment", "Variables"), "PUBLIC_URL")
		}},
		{"a function of no folder", "environments match the configuration", func(t *Template) {
			dig(t.raw, "Resources", "DeltaSyncFunction", "Properties")["CodeUri"] = "functions/gone/"
		}},
		{"a skip without reason", "skips have reasons", func(t *Template) {
			dig(list(dig(t.expanded, "Resources", "HintQueue", "Metadata", "checkov")["skip"])[0])["comment"] = "not needed"
		}},
		{"a parameter that takes anything", "parameters explain themselves", func(t *Template) {
			delete(dig(t.expanded, "Parameters", "ReturnOrigins"), "AllowedPattern")
		}},
		{"a parameter without description", "parameters explain themselves", func(t *Template) {
			delete(dig(t.expanded, "Parameters", "ReturnOrigins"), "Description")
		}},
		{"an output without description", "parameters explain themselves", func(t *Template) {
			delete(dig(t.expanded, "Outputs", "CallbackUrl"), "Description")
		}},
		{"a resource without purpose", "resources explain themselves", line("  # Lets the scheduler call", "# x\n\n")},
		{"a resource that nobody would miss", "resources explain themselves", line(" Without it nothing comes in.", "")},
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
		{"a metric nobody watches", "what is measured is watched", remove("DecisionPushOverdue")},
		{"a dashboard of nothing", "what is measured is watched", dashboard("OldestHint", "OldestHints")},
		{"a dashboard that leaves a metric out", "what is measured is watched", dashboard(`["EvidencedLever", "OldestSweep"`, `["AWS/Lambda", "OldestSweep"`)},
		{"a dashboard that does not open", "what is measured is watched", set("Dashboard", object{"Fn::Sub": "{"}, "DashboardBody")},
		{"a dashboard of AWS's metrics alone", "what is measured is watched", dashboard(`"EvidencedLever"`, `"AWS/Lambda"`)},
		{"a heading for an alarm that is gone", "runbook answers alarms", remove("FullResyncSlow")},
		{"a heading of no alarm", "runbook answers alarms", runbook("# Alarms of the work\n", "# Alarms of the work\n\n## Left over\n\nText.\n")},
		{"a heading that names another's alarm", "runbook answers alarms", runbook("Alarms: `SyncDispatchSilent`", "Alarms: `SyncDispatchSilent`, `DeltaSyncAge`")},
		{"a heading that wakes nobody", "runbook answers alarms", func(t *Template) {
			before, after, _ := strings.Cut(t.runbook, "\n## Dead letters\n")
			t.runbook = before + "\n## Dead letters\n" + strings.Replace(after, "- **Wake:** morning.\n", "", 1)
		}},
		{"a dashboard without an alarm", "dashboard shows alarms", dashboard(`"${HintWorkerErrors.Arn}", `, "")},
		{"a dashboard that nobody can read", "dashboard shows alarms", set("Dashboard", object{"Fn::Sub": "{"}, "DashboardBody")},
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
		{"a stream that never tries again", "batches fail in part", set("ChangePublisherFunctionMirrorChanges", 0.0, "MaximumRetryAttempts")},
		{"a stream that tries for ever", "batches fail in part", set("ChangePublisherFunctionMirrorChanges", -1.0, "MaximumRetryAttempts")},
		{"stream failures lost", "batches fail in part", set("ChangePublisherFunctionMirrorChanges", nil, "DestinationConfig")},
		{"a loop that AWS stops", "loops are meant", set("HintWorkerFunction", nil, "RecursiveLoop")},
		{"a loop nobody meant", "loops are meant", set("SyncDispatchFunction", "Allow", "RecursiveLoop")},
		{"no tick", "schedules fail loudly", remove("SyncDispatchFunctionEveryMinute")},
		{"two ticks", "schedules fail loudly", func(t *Template) {
			resources := dig(t.expanded, "Resources")
			resources["Again"] = resources["SyncDispatchFunctionEveryMinute"]
		}},
		{"a tick lost", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", nil, "Target", "DeadLetterConfig")},
		{"a tick not retried", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", nil, "Target", "RetryPolicy")},
		{"a schedule with a function's role", "schedules fail loudly", set("SyncDispatchFunctionEveryMinute", get("SyncDispatchRole", "Arn"), "Target", "RoleArn")},
	}
}

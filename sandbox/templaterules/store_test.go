package templaterules

func storeMutations() []mutation {
	return []mutation{
		{"a table paid by the hour", "tables are safe", set("WorkTable", "PROVISIONED", "BillingMode")},
		{"a table with another key", "tables are safe", set("WorkTable", []any{object{"AttributeName": "pk", "KeyType": "HASH"}}, "KeySchema")},
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
		{"no access log", "access log is discreet", set("HttpApiStage", nil, "AccessLogSettings", "DestinationArn")},
		{"an access log that goes elsewhere", "access log is discreet", set("HttpApiStage", get("HintQueue", "Arn"), "AccessLogSettings", "DestinationArn")},
		{"no throttling", "access log is discreet", set("HttpApiStage", nil, "DefaultRouteSettings")},
	}
}

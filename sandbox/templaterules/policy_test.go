package templaterules

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

// busStatement changes one part of what the bus allows to consumers.
func busStatement(part string, value any) func(*Template) {
	return func(t *Template) {
		dig(list(dig(list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])[1])["Statement"])[0])[part] = value
	}
}

func policyMutations() []mutation {
	return []mutation{
		{"a wildcard action", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["Action"] = []any{"dynamodb:*"} })},
		{"every resource", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["Resource"] = "*" })},
		{"a wildcard without reason", "wildcards have reasons", line(" # Reason: any stage and method", " # any stage and method")},
		{"everything but", "wildcards have reasons", statement("DeltaSyncRole", "Mirror", func(s object) { s["NotResource"] = "x" })},
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
		{"a bus that says more", "bus serves named accounts", func(t *Template) {
			policy := dig(list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])[1])
			policy["Statement"] = append(list(policy["Statement"]), object{"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"})
		}},
		{"a bus policy without accounts", "bus serves named accounts", func(t *Template) {
			list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])[2] = object{"Statement": []any{}}
		}},
	}
}

func roleMutations() []mutation {
	return []mutation{
		{"every tenant", "platform role knows one tenant", statement("PlatformRole", "OwnTenantOnly", func(s object) {
			s["Resource"] = object{"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${HttpApi}/*/*/v1/*"}
		})},
		{"anybody the platform", "platform role knows one tenant", func(t *Template) {
			dig(list(dig(t.properties("PlatformRole"), "AssumeRolePolicyDocument")["Statement"])[0])["Principal"] = object{"AWS": "*"}
		}},
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

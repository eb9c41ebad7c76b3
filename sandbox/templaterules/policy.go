package templaterules

import (
	"fmt"
	"slices"
	"strings"
)

// wildcardsHaveReasons: every line of the template with a wildcard says why, and no role has one in an action.
func wildcardsHaveReasons(t *Template) (faults []string) {
	for i, line := range t.source {
		code, comment, _ := strings.Cut(line, " #")
		if strings.HasPrefix(strings.TrimSpace(line), "#") || strings.Contains(code, "AllowedPattern:") || !strings.Contains(code, "*") {
			continue
		}
		if _, reason, ok := strings.Cut(comment, "Reason:"); !ok || len(strings.TrimSpace(reason)) < 10 {
			faults = append(faults, fmt.Sprintf("line %d has a wildcard without a reason: %s", i+1, strings.TrimSpace(code)))
		}
	}
	for _, role := range t.resources("AWS::IAM::Role") {
		for _, statement := range t.statements(role) {
			if strings.Contains(as(statement["Action"]), "*") || len(list(statement["Action"])) == 0 || statement["NotAction"] != nil {
				faults = append(faults, fmt.Sprintf("%s: %v does not name its actions one by one", role, statement["Sid"]))
			}
			if slices.Contains(texts(statement["Resource"]), "*") || statement["NotResource"] != nil {
				faults = append(faults, fmt.Sprintf("%s: %v reaches every resource", role, statement["Sid"]))
			}
		}
	}
	return faults
}

// intakeDoesTwoThings: what the open internet calls may read its own hook, open that hook's token and send one hint.
func intakeDoesTwoThings(t *Template) (faults []string) {
	want := map[string]string{
		"logs:CreateLogStream": "WebhookIntakeLogGroup", "logs:PutLogEvents": "WebhookIntakeLogGroup",
		"dynamodb:GetItem": "HooksTable", "kms:Decrypt": "SealingKey", "sqs:SendMessage": "HintQueue",
	}
	seen := 0
	for _, statement := range t.statements("WebhookIntakeRole") {
		for _, action := range texts(statement["Action"]) {
			for _, resource := range list(statement["Resource"]) {
				seen++
				if want[action] == "" || refers(resource) != want[action] {
					faults = append(faults, fmt.Sprintf("webhook-intake may %s on %s", action, as(resource)))
				}
			}
		}
	}
	if seen != len(want) {
		faults = append(faults, fmt.Sprintf("webhook-intake has %d rights, not %d", seen, len(want)))
	}
	return faults
}

// logsGoHome: a role writes into its own log group and into no other.
func logsGoHome(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::Lambda::Function") {
		role := refers(t.properties(id)["Role"])
		found := false
		for _, statement := range t.statements(role) {
			if strings.Contains(as(statement["Action"]), "logs:") {
				found = as(statement["Action"]) == `["logs:CreateLogStream","logs:PutLogEvents"]` &&
					refers(statement["Resource"]) == strings.TrimSuffix(id, "Function")+"LogGroup"
			}
		}
		if !found {
			faults = append(faults, role+" does not write into its own log group alone")
		}
	}
	return faults
}

// platformRoleKnowsOneTenant: whoever assumes it names one tenant and reaches that one.
func platformRoleKnowsOneTenant(t *Template) (faults []string) {
	statements := t.statements("PlatformRole")
	const end = ":${HttpApi}/*/*/v1/tenants/${!aws:PrincipalTag/tenant}/*"
	if len(statements) != 1 || as(statements[0]["Action"]) != `["execute-api:Invoke"]` || !strings.HasSuffix(text(statements[0]["Resource"], "Fn::Sub"), end) {
		faults = append(faults, "PlatformRole reaches more than its own tenant: "+as(statements))
	}
	trust := list(dig(t.properties("PlatformRole"), "AssumeRolePolicyDocument")["Statement"])
	want := `{"ForAllValues:StringEquals":{"aws:TagKeys":["tenant"]},"StringLike":{"aws:RequestTag/tenant":"?*"}}`
	if len(trust) != 1 || as(dig(trust[0])["Condition"]) != want || as(dig(trust[0])["Principal"]) != `{"AWS":{"Ref":"PlatformPrincipals"}}` {
		faults = append(faults, "PlatformRole can be assumed by others, or without naming a tenant: "+as(trust))
	}
	return faults
}

// busServesNamedAccounts: without consumer accounts the bus has no policy; with them, each keeps rules of its own on this
// bus and can neither send events nor touch another's rules.
func busServesNamedAccounts(t *Template) (faults []string) {
	choice := list(dig(t.properties("ChangeBus"), "Policy")["Fn::If"])
	if len(choice) != 3 || choice[0] != "HasConsumerAccounts" || as(choice[2]) != `{"Ref":"AWS::NoValue"}` {
		return []string{"ChangeBus has a policy whether accounts are named or not"}
	}
	statements := list(dig(choice[1])["Statement"])
	if len(statements) != 1 {
		return []string{"ChangeBus has other statements: " + as(statements)}
	}
	statement := dig(statements[0])
	if as(statement["Principal"]) != `{"AWS":{"Ref":"ConsumerAccounts"}}` {
		faults = append(faults, "ChangeBus serves others: "+as(statement["Principal"]))
	}
	for _, action := range list(statement["Action"]) {
		if name := as(action); !strings.Contains(name, "Rule") && !strings.Contains(name, "Target") && name != `"events:TagResource"` || strings.Contains(name, "*") {
			faults = append(faults, "ChangeBus allows "+name)
		}
	}
	const rules = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${AWS::StackName}-changes/*"
	if text(statement["Resource"], "Fn::Sub") != rules {
		faults = append(faults, "ChangeBus allows more than rules on itself: "+as(statement["Resource"]))
	}
	if as(statement["Condition"]) != `{"StringEqualsIfExists":{"events:creatorAccount":"${aws:PrincipalAccount}"}}` {
		faults = append(faults, "ChangeBus lets one account touch another's rules: "+as(statement["Condition"]))
	}
	return faults
}

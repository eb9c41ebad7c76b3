package templaterules

import (
	"encoding/json"
	"fmt"
	"strings"
)

// retained says whether a resource outlives its stack.
func (t *Template) retained(id string) bool {
	resource := dig(t.expanded, "Resources", id)
	return text(resource, "DeletionPolicy") == "RetainExceptOnCreate" && text(resource, "UpdateReplacePolicy") == "Retain"
}

// tablesAreSafe: on demand, recoverable, encrypted with the own key, expiring by ttl, and kept.
func tablesAreSafe(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::DynamoDB::Table") {
		p := t.properties(id)
		for what, pair := range map[string][2]string{
			"billing":             {text(p, "BillingMode"), "PAY_PER_REQUEST"},
			"recovery":            {as(p["PointInTimeRecoverySpecification"]), `{"PointInTimeRecoveryEnabled":true}`},
			"expiry":              {as(p["TimeToLiveSpecification"]), `{"AttributeName":"ttl","Enabled":true}`},
			"encryption":          {as(p["SSESpecification"]), `{"KMSMasterKeyId":{"Fn::GetAtt":["StorageKey","Arn"]},"SSEEnabled":true,"SSEType":"KMS"}`},
			"deletion protection": {as(p["DeletionProtectionEnabled"]), `{"Fn::If":["IsProtected",true,false]}`},
			"keys":                {as(p["KeySchema"]), `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`},
			"kept":                {fmt.Sprint(t.retained(id)), "true"},
			"fixed name":          {as(p["TableName"]), "null"},
		} {
			if pair[0] != pair[1] {
				faults = append(faults, fmt.Sprintf("%s: %s is %s, not %s", id, what, pair[0], pair[1]))
			}
		}
	}
	want := `{"Fn::Or":[{"Fn::Equals":[{"Ref":"Environment"},"staging"]},{"Fn::Equals":[{"Ref":"Environment"},"production"]}]}`
	if as(dig(t.expanded, "Conditions")["IsProtected"]) != want {
		faults = append(faults, "staging and production are not what is protected")
	}
	return faults
}

// routesSayWhoMayCall: the platform's API takes signed calls only, the rest decides for itself, and nothing else is routed.
func routesSayWhoMayCall(t *Template) (faults []string) {
	want := map[string]string{
		"GET /portal/enter": "NONE", "GET /portal": "NONE", "GET /portal/live": "NONE", "GET /portal/assets/{file}": "NONE",
		"POST /portal/{action}": "NONE", "GET /oauth/callback": "NONE", "POST /webhooks/lever/{hook}": "NONE",
		"ANY /v1/{proxy+}": "AWS_IAM",
	}
	got := map[string]string{}
	for _, id := range t.resources("AWS::ApiGatewayV2::Route") {
		p := t.properties(id)
		got[text(p, "RouteKey")] = text(p, "AuthorizationType")
	}
	if as(got) != as(want) {
		faults = append(faults, fmt.Sprintf("routes are %s, not %s", as(got), as(want)))
	}
	for _, id := range t.resources("AWS::Lambda::Permission") {
		if !strings.Contains(as(t.properties(id)["SourceArn"]), ":${HttpApi}/*/*/") {
			faults = append(faults, id+" lets any API call the function")
		}
	}
	return faults
}

// accessLogIsDiscreet: one JSON line a request, with the route but without path, query string, address or caller's header.
func accessLogIsDiscreet(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::ApiGatewayV2::Stage") {
		p := t.properties(id)
		log := dig(p, "AccessLogSettings")
		format := text(log, "Format")
		if !json.Valid([]byte(format)) || t.kind(refers(log["DestinationArn"])) != "AWS::Logs::LogGroup" {
			faults = append(faults, id+" does not log one JSON line a request")
		}
		for _, word := range []string{"path", "query", "identity", "header", "overrides", "authorizer", "resourcePath", "$context.domain"} {
			if strings.Contains(strings.ToLower(format), strings.ToLower(word)) {
				faults = append(faults, fmt.Sprintf("%s logs %s", id, word))
			}
		}
		limits := dig(p, "DefaultRouteSettings")
		if number(limits, "ThrottlingBurstLimit") < 1 || number(limits, "ThrottlingRateLimit") < 1 {
			faults = append(faults, id+" is not throttled")
		}
	}
	return faults
}

// parametersExplainThemselves: a description each, and what they take.
func parametersExplainThemselves(t *Template) (faults []string) {
	for name, parameter := range dig(t.expanded, "Parameters") {
		p := dig(parameter)
		if len(text(p, "Description")) < 20 || (p["AllowedPattern"] == nil && p["AllowedValues"] == nil) {
			faults = append(faults, name+" has no description, or takes anything")
		}
	}
	for name, output := range dig(t.expanded, "Outputs") {
		if len(text(output, "Description")) < 10 {
			faults = append(faults, "output "+name+" has no description")
		}
	}
	return faults
}

// resourcesExplainThemselves: right above each resource stands what it is for, and what breaks without it.
func resourcesExplainThemselves(t *Template) (faults []string) {
	inside, comment := false, ""
	for i, line := range t.source {
		if strings.HasPrefix(line, "  # ") {
			comment += line
			continue
		}
		if line != "" && line[0] != ' ' && line[0] != '#' {
			inside = strings.HasPrefix(line, "Resources:")
		}
		resource := inside && len(line) > 2 && strings.HasPrefix(line, "  ") && line[2] != ' ' && line[2] != '#'
		if resource && !strings.Contains(comment, "ithout") {
			faults = append(faults, fmt.Sprintf("line %d: %s does not say what it is for, or what breaks without it", i+1, strings.TrimSpace(line)))
		}
		comment = ""
	}
	return faults
}

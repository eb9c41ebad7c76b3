package templaterules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// publicAddress is the address under which browsers and Lever reach the API: of what stands before it, else the name of one's
// own, else the name that AWS gave.
const publicAddress = `{"Fn::If":["HasPublicUrl",{"Ref":"PublicUrl"},{"Fn::If":["HasCustomDomain",{"Fn::Sub":"https://${CustomDomain}"},` +
	`{"Fn::Sub":"https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}]}]}`

// ownNameLeadsToTheAPI: a name of one's own comes with its certificate, takes TLS 1.2 or better, and leads to the stage of the
// API; outputs and functions say it as the public address, and the address that AWS gave goes on to answer.
func ownNameLeadsToTheAPI(t *Template) (faults []string) {
	outputs := dig(t.expanded, "Outputs")
	said := map[string][2]string{
		"names":                    {as(t.resources("AWS::ApiGatewayV2::DomainName")), `["Domain"]`},
		"name":                     {as(t.properties("Domain")["DomainName"]), `{"Ref":"CustomDomain"}`},
		"certificate and TLS":      {as(t.properties("Domain")["DomainNameConfigurations"]), `[{"CertificateArn":{"Ref":"CertificateArn"},"EndpointType":"REGIONAL","SecurityPolicy":"TLS_1_2"}]`},
		"mapping":                  {as(t.properties("DomainMapping")), `{"ApiId":{"Ref":"HttpApi"},"DomainName":{"Ref":"Domain"},"Stage":{"Ref":"HttpApiStage"}}`},
		"API's own address closed": {as(t.properties("HttpApi")["DisableExecuteApiEndpoint"]), "null"},
		"DomainTarget":             {as(dig(outputs, "DomainTarget")["Value"]), `{"Fn::GetAtt":["Domain","RegionalDomainName"]}`},
		"ApiUrl":                   {as(dig(outputs, "ApiUrl")["Value"]), publicAddress},
		"CallbackUrl":              {as(dig(outputs, "CallbackUrl")["Value"]), `{"Fn::Sub":["${Base}/oauth/callback",{"Base":` + publicAddress + `}]}`},
	}
	for _, id := range t.resources("AWS::Lambda::Function") {
		if address, ok := dig(t.properties(id), "Environment", "Variables")["PUBLIC_URL"]; ok {
			said[id+"'s address"] = [2]string{as(address), publicAddress}
		}
	}
	maps.Copy(said, t.whenNameIsGiven())
	for _, what := range slices.Sorted(maps.Keys(said)) {
		if pair := said[what]; pair[0] != pair[1] {
			faults = append(faults, fmt.Sprintf("own name: %s is %s, not %s", what, pair[0], pair[1]))
		}
	}
	return faults
}

// whenNameIsGiven is what depends on the name and on nothing else, as it is and as it should be.
func (t *Template) whenNameIsGiven() map[string][2]string {
	const given = `{"Fn::Not":[{"Fn::Equals":[{"Ref":"%s"},""]}]}`
	conditions, rule := dig(t.expanded, "Conditions"), dig(t.expanded, "Rules", "CustomDomainHasItsCertificate")
	var demands []string
	for _, assertion := range list(rule["Assertions"]) {
		demands = append(demands, as(dig(assertion)["Assert"]))
	}
	said := map[string][2]string{
		"HasPublicUrl":              {as(conditions["HasPublicUrl"]), fmt.Sprintf(given, "PublicUrl")},
		"HasCustomDomain":           {as(conditions["HasCustomDomain"]), fmt.Sprintf(given, "CustomDomain")},
		"certificate wanted":        {as(rule["RuleCondition"]), fmt.Sprintf(given, "CustomDomain")},
		"what is then wanted":       {strings.Join(demands, " "), fmt.Sprintf(given, "CertificateArn")},
		"condition of DomainTarget": {as(dig(t.expanded, "Outputs", "DomainTarget")["Condition"]), `"HasCustomDomain"`},
	}
	for _, id := range []string{"Domain", "DomainMapping"} {
		said["condition of "+id] = [2]string{as(dig(t.expanded, "Resources", id)["Condition"]), `"HasCustomDomain"`}
	}
	return said
}

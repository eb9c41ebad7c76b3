package templaterules

func domainMutations() []mutation {
	const own = "own name leads to the API"
	past := object{"Fn::Sub": "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
	return []mutation{
		{"a name without certificate", own, func(t *Template) {
			delete(dig(t.expanded, "Rules"), "CustomDomainHasItsCertificate")
		}},
		{"a certificate that is not demanded", own, func(t *Template) {
			rule := dig(t.expanded, "Rules", "CustomDomainHasItsCertificate")
			dig(list(rule["Assertions"])[0])["Assert"] = rule["RuleCondition"]
		}},
		{"a name with old TLS", own, func(t *Template) {
			dig(list(t.properties("Domain")["DomainNameConfigurations"])[0])["SecurityPolicy"] = "TLS_1_0"
		}},
		{"a second name", own, func(t *Template) {
			resources := dig(t.expanded, "Resources")
			resources["Another"] = resources["Domain"]
		}},
		{"a name that nobody gave", own, drop("Domain", "Condition")},
		{"a name that leads nowhere", own, remove("DomainMapping")},
		{"a name that leads to another stage", own, set("DomainMapping", "test", "Stage")},
		{"a callback that stays behind", own, func(t *Template) {
			dig(t.expanded, "Outputs", "CallbackUrl")["Value"] = object{"Fn::Sub": "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/oauth/callback"}
		}},
		{"an API that stays behind", own, func(t *Template) { dig(t.expanded, "Outputs", "ApiUrl")["Value"] = past }},
		{"webhooks that stay behind", own, set("FullResyncFunction", past, "Environment", "Variables", "PUBLIC_URL")},
		{"an old address that closes", own, set("HttpApi", true, "DisableExecuteApiEndpoint")},
	}
}

package templaterules

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// operatorRoleKnowsNoTenant: it reaches the operators' routes of this API and nothing else; in particular it opens no key
// and reads no table.
func operatorRoleKnowsNoTenant(t *Template) (faults []string) {
	statements := t.statements("OperatorRole")
	const end = ":${HttpApi}/*/*/v1/operations/*"
	if len(statements) != 1 || as(statements[0]["Action"]) != `["execute-api:Invoke"]` || !strings.HasSuffix(text(statements[0]["Resource"], "Fn::Sub"), end) {
		faults = append(faults, "OperatorRole reaches more than the operators' routes: "+as(statements))
	}
	trust := list(dig(t.properties("OperatorRole"), "AssumeRolePolicyDocument")["Statement"])
	if len(trust) != 1 || as(dig(trust[0])["Principal"]) != `{"AWS":{"Ref":"OperatorPrincipals"}}` {
		faults = append(faults, "OperatorRole can be assumed by others: "+as(trust))
	}
	if t.properties("OperatorRole")["ManagedPolicyArns"] != nil {
		faults = append(faults, "OperatorRole has a managed policy")
	}
	return faults
}

var describedPath = regexp.MustCompile(`(?m)^  (/v1/\S+):$`)

// rolesReachTheirOwnRoutes: matched as IAM does, with the tenant acme, the platform's role reaches every described route of
// acme, none of another tenant and none of operators, not even those about acme; the operators' role reaches theirs only.
func rolesReachTheirOwnRoutes(t *Template) (faults []string) {
	description, err := os.ReadFile(filepath.Join(t.root, "docs", "api", "openapi.yaml"))
	if err != nil {
		return []string{err.Error()}
	}
	paths := describedPath.FindAllStringSubmatch(string(description), -1)
	if len(paths) < 20 {
		return []string{fmt.Sprintf("only %d described routes", len(paths))}
	}
	for _, path := range paths {
		operators := strings.HasPrefix(path[1], "/v1/operations/")
		for _, tenant := range []string{"acme", "other"} {
			target := strings.NewReplacer("{tenant}", tenant, "{id}", "acme").Replace(path[1])
			for role, want := range map[string]bool{"PlatformRole": !operators && tenant == "acme", "OperatorRole": operators} {
				if got := t.reaches(role, target); got != want {
					faults = append(faults, fmt.Sprintf("%s reaches %s: %t", role, target, got))
				}
			}
		}
	}
	return faults
}

// reaches says whether a role may call a path, its session tag tenant being acme.
func (t *Template) reaches(role, path string) bool {
	for _, statement := range t.statements(role) {
		pattern := text(statement["Resource"], "Fn::Sub")
		_, pattern, _ = strings.Cut(strings.ReplaceAll(pattern, "${!aws:PrincipalTag/tenant}", "acme"), "${HttpApi}")
		glob := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		if regexp.MustCompile(glob).MatchString("/$default/GET" + path) {
			return true
		}
	}
	return false
}

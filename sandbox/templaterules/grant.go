package templaterules

import (
	"fmt"
	"strings"
)

// nothingIsGrantedPastTheRoles: every right stands in a role of this template, statement by statement and action by action,
// where the other rules read it: no policy is a resource of its own, none is managed by somebody else, none hangs on a table.
func nothingIsGrantedPastTheRoles(t *Template) (faults []string) {
	for id, resource := range dig(t.expanded, "Resources") {
		kind := text(resource, "Type")
		if strings.HasPrefix(kind, "AWS::IAM::") && kind != "AWS::IAM::Role" || strings.Contains(kind, "Policy") && id != "QueueTlsPolicy" {
			faults = append(faults, fmt.Sprintf("%s is an %s, which grants past the roles", id, kind))
		}
		p := dig(resource, "Properties")
		if len(list(p["ManagedPolicyArns"])) > 0 || p["ResourcePolicy"] != nil {
			faults = append(faults, id+" leans on a managed policy, or has one of its own")
		}
	}
	for _, role := range t.resources("AWS::IAM::Role") {
		for _, policy := range list(t.properties(role)["Policies"]) {
			statements := list(dig(policy, "PolicyDocument")["Statement"])
			if len(statements) == 0 {
				faults = append(faults, role+" has a policy that is not written out: "+as(policy))
			}
			for _, statement := range statements {
				actions := dig(statement)["Action"]
				if text(statement, "Effect") != "Allow" || len(texts(actions)) != len(list(actions)) {
					faults = append(faults, role+" has a statement that is not written out: "+as(statement))
				}
			}
		}
	}
	return faults
}

package templaterules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keyPurposes is which role may open what. Every other role opens nothing.
var keyPurposes = map[string][]string{
	"IntegrationPageRole": {"code"},
	"OauthCallbackRole":   {"code"},
	"WebhookIntakeRole":   {"hook"},
	"HintWorkerRole":      {"token"},
	"DeltaSyncRole":       {"token"},
	"FullResyncRole":      {"token", "hook"},
	"DecisionPushRole":    {"token"},
	"PlatformApiRole":     {"token", "hook", "code"},
}

// purposeKey is the part of the encryption context that roles are limited by.
const purposeKey = "kms:EncryptionContext:purpose"

// keysOpenOnlyForTheirPurpose: in every environment a role uses the sealing key only, and only under the encryption contexts
// of its work; a call without a context is refused, except on the emulator, whose IAM does not see the context.
func keysOpenOnlyForTheirPurpose(t *Template) (faults []string) {
	faults = t.keyFaults()
	for _, name := range slices.Sorted(maps.Keys(t.environments)) {
		for _, fault := range t.environments[name].keyFaults() {
			faults = append(faults, name+": "+fault)
		}
	}
	return faults
}

func (t *Template) keyFaults() (faults []string) {
	if as(dig(t.expanded, "Conditions")["DemandsKeyContext"]) != `{"Fn::Not":[{"Fn::Equals":[{"Ref":"Environment"},"sandbox"]}]}` {
		faults = append(faults, "the encryption context may be waived on the sandbox only")
	}
	for _, role := range t.resources("AWS::IAM::Role") {
		var purposes []string
		for _, statement := range t.statements(role) {
			if !strings.Contains(as(statement["Action"]), "kms:") {
				continue
			}
			found := demandedPurposes(statement)
			if len(found) == 0 {
				faults = append(faults, role+" uses a key without a condition that demands its purpose")
			}
			purposes = append(purposes, found...)
			if len(list(statement["Resource"])) != 1 || refers(list(statement["Resource"])[0]) != "SealingKey" {
				faults = append(faults, role+" uses another key than the sealing key")
			}
			for _, action := range texts(statement["Action"]) {
				if action != "kms:Decrypt" && action != "kms:GenerateDataKey" {
					faults = append(faults, fmt.Sprintf("%s may %s", role, action))
				}
			}
		}
		if !slices.Equal(purposes, keyPurposes[role]) {
			faults = append(faults, fmt.Sprintf("%s opens %v, and should open %v", role, purposes, keyPurposes[role]))
		}
	}
	return faults
}

// demandedPurposes are the purposes without one of which AWS refuses, none when it would let a call pass. SAM leaves the
// choice between AWS and the emulator in the template, so both branches are looked at: they differ in IfExists alone.
func demandedPurposes(statement object) []string {
	choice := list(dig(statement, "Condition")["Fn::If"])
	if len(choice) != 3 || choice[0] != "DemandsKeyContext" {
		return nil
	}
	purposes := dig(choice[1], "StringEquals")[purposeKey]
	named := object{purposeKey: purposes}
	if as(choice[1]) != as(object{"StringEquals": named}) || as(choice[2]) != as(object{"StringEqualsIfExists": named}) {
		return nil
	}
	return texts(purposes)
}

// keysRotateAndStay: keys rotate and outlive the stack; their policies leave it to the roles who may use them, but the storage
// key opens for this account through DynamoDB.
func keysRotateAndStay(t *Template) (faults []string) {
	for _, id := range t.resources("AWS::KMS::Key") {
		if t.properties(id)["EnableKeyRotation"] != true || !t.retained(id) {
			faults = append(faults, id+" does not rotate or dies with the stack")
		}
		faults = append(faults, t.keyPolicyFaults(id)...)
	}
	if !t.retained("MarkerSecret") {
		faults = append(faults, "MarkerSecret dies with the stack")
	}
	return faults
}

func (t *Template) keyPolicyFaults(id string) (faults []string) {
	const roles = `{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},` +
		`"Resource":"*","Sid":"IdentityPoliciesOfThisAccountDecide"}`
	for _, statement := range list(dig(t.properties(id), "KeyPolicy")["Statement"]) {
		if as(statement) == roles {
			continue
		}
		if id != "StorageKey" || text(statement, "Sid") != "OnlyThroughDynamoDB" {
			faults = append(faults, id+" lets others in: "+as(statement))
			continue
		}
		condition := dig(statement, "Condition", "StringEquals")
		if as(condition["kms:ViaService"]) != `{"Fn::Sub":"dynamodb.${AWS::Region}.amazonaws.com"}` || as(condition["kms:CallerAccount"]) != `{"Ref":"AWS::AccountId"}` {
			faults = append(faults, id+" opens otherwise than through DynamoDB for this account")
		}
	}
	return faults
}

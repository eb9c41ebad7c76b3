package templaterules

import (
	"slices"
	"strings"
)

// keyStatement changes the first statement of a role that is about a key.
func keyStatement(role string, change func(object)) func(*Template) {
	return func(t *Template) {
		for _, statement := range t.statements(role) {
			if strings.Contains(as(statement["Action"]), "kms:") {
				change(statement)
				return
			}
		}
	}
}

// demanding is the condition that a statement about a key should have, for one purpose.
func demanding(purpose string) object {
	named := object{purposeKey: []any{purpose}}
	return object{"Fn::If": []any{"DemandsKeyContext", object{"StringEquals": named}, object{"StringEqualsIfExists": named}}}
}

// storageCondition takes one of the conditions out of the policy of the storage key.
func storageCondition(name string) func(*Template) {
	return func(t *Template) {
		for _, statement := range list(dig(t.properties("StorageKey"), "KeyPolicy")["Statement"]) {
			delete(dig(statement, "Condition", "StringEquals"), name)
		}
	}
}

func keyMutations() []mutation {
	const purpose = "keys open only for their purpose"
	return []mutation{
		{"a key without condition", purpose, keyStatement("HintWorkerRole", func(s object) { delete(s, "Condition") })},
		{"a key without condition in production", purpose, inEnvironment("production", keyStatement("HintWorkerRole", func(s object) { delete(s, "Condition") }))},
		{"a key without a context", purpose, keyStatement("HintWorkerRole", func(s object) { s["Condition"] = list(dig(s, "Condition")["Fn::If"])[2] })},
		{"a key without a context on AWS", purpose, keyStatement("HintWorkerRole", func(s object) {
			choice := list(dig(s, "Condition")["Fn::If"])
			choice[1] = choice[2]
		})},
		{"the two branches swapped", purpose, keyStatement("HintWorkerRole", func(s object) { slices.Reverse(list(dig(s, "Condition")["Fn::If"])[1:]) })},
		{"another choice of branches", purpose, keyStatement("HintWorkerRole", func(s object) { list(dig(s, "Condition")["Fn::If"])[0] = "IsProtected" })},
		{"a context waived in dev", purpose, func(t *Template) {
			dig(t.expanded, "Conditions")["DemandsKeyContext"] = object{"Ref": "IsProtected"}
		}},
		{"a key for another purpose", purpose, keyStatement("WebhookIntakeRole", func(s object) {
			s["Condition"] = demanding("token")
		})},
		{"another key", purpose, keyStatement("HintWorkerRole", func(s object) { s["Resource"] = get("StorageKey", "Arn") })},
		{"a key managed by a function", purpose, keyStatement("HintWorkerRole", func(s object) { s["Action"] = []any{"kms:ScheduleKeyDeletion"} })},
		{"a key that never rotates", "keys rotate and stay", set("SealingKey", false, "EnableKeyRotation")},
		{"a key that dies with the stack", "keys rotate and stay", drop("SealingKey", "DeletionPolicy")},
		{"a marker that dies with the stack", "keys rotate and stay", drop("MarkerSecret", "UpdateReplacePolicy")},
		{"a storage key for all services", "keys rotate and stay", storageCondition("kms:ViaService")},
		{"a storage key for all accounts", "keys rotate and stay", storageCondition("kms:CallerAccount")},
		{"a key policy that lets everybody in", "keys rotate and stay", func(t *Template) {
			p := dig(t.properties("SealingKey"), "KeyPolicy")
			p["Statement"] = append(list(p["Statement"]), object{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"})
		}},
		{"a key of another account", "keys rotate and stay", func(t *Template) {
			dig(list(dig(t.properties("SealingKey"), "KeyPolicy")["Statement"])[0])["Principal"] = object{"AWS": "arn:aws:iam::111122223333:root"}
		}},
	}
}

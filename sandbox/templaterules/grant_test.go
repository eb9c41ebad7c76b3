package templaterules

// grantMutations give a right at a place where the rules about roles do not look.
func grantMutations() []mutation {
	const past = "nothing is granted past the roles"
	added := func(kind string) func(*Template) {
		return func(t *Template) {
			dig(t.expanded, "Resources")["Extra"] = object{"Type": kind, "Properties": object{}}
		}
	}
	return []mutation{
		{"a policy beside the roles", past, added("AWS::IAM::Policy")},
		{"a managed policy beside the roles", past, added("AWS::IAM::ManagedPolicy")},
		{"a role's policy as a resource", past, added("AWS::IAM::RolePolicy")},
		{"a user", past, added("AWS::IAM::User")},
		{"another policy of queues", past, added("AWS::SQS::QueuePolicy")},
		{"a policy of the bus beside it", past, added("AWS::Events::EventBusPolicy")},
		{"a policy of a secret", past, added("AWS::SecretsManager::ResourcePolicy")},
		{"a policy of a table", past, set("MirrorTable", object{"PolicyDocument": object{}}, "ResourcePolicy")},
		{"a managed policy", past, set("DeltaSyncRole", []any{"arn:aws:iam::aws:policy/AmazonSQSFullAccess"}, "ManagedPolicyArns")},
		{"a managed policy on some conditions", past, set("DeltaSyncRole", object{"Fn::If": []any{"IsProtected", []any{}, []any{"arn"}}}, "ManagedPolicyArns")},
		{"statements that are chosen", past, func(t *Template) {
			p := t.properties("DeltaSyncRole")
			p["Policies"] = append(list(p["Policies"]), object{"Fn::If": []any{"IsProtected", object{}, object{}}})
		}},
		{"an action that is chosen", past, statement("DeltaSyncRole", "Mirror", func(s object) {
			s["Action"] = []any{"dynamodb:GetItem", object{"Fn::If": []any{"IsProtected", "dynamodb:GetItem", "dynamodb:DeleteItem"}}}
		})},
	}
}

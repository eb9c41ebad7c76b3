package main

// explanation says why the loss of some actions cannot show on the emulator.
type explanation struct {
	role      string // "" = every role
	statement string
	why       string
}

// explained lists what the emulator does with its own hands. That nothing here is needed there is shown by a play of
// each role without all of them; that AWS needs it is in the documentation of the service.
func explained() []explanation {
	return []explanation{
		{"", "Log", "the emulator keeps what a function prints by itself; on AWS Lambda writes the log under the function's role"},
		{"", "TakeMessages", "the emulator reads the queue by itself; on AWS Lambda reads it under the function's role"},
		{"change-publisher", "ReadStreams", "the emulator reads the streams by itself; on AWS Lambda reads them under the function's role"},
		{"change-publisher", "ListStreams", "the emulator reads the streams by itself; on AWS Lambda finds them under the function's role"},
		{"change-publisher", "SetAside", "the emulator sets failed batches aside by itself; on AWS Lambda sends them under the function's role"},
		{"schedule", "Tick", "the emulator's scheduler calls the function by itself; on AWS it calls under this role"},
		{"schedule", "SetAside", "the emulator's scheduler drops failed ticks; on AWS it sends them under this role"},
		{"", "ReadParameter", "the sandbox keeps Lever's client secret in Secrets Manager; where it stands in SSM it is read by this"},
		{"platform", "OwnTenantOnly", "the emulator resolves no session tag in a resource; a test over the template holds this statement"},
	}
}

// notDeployed names the roles of the template that the sandbox does not deploy, and why. Nothing of them is tried here; the
// rules over the template (sandbox/templaterules) hold what they may do.
func notDeployed() map[string]string {
	return map[string]string{
		"operator": "the sandbox gives no OperatorPrincipals; its operator is a user with the same right (sandbox/run/stand-in.yaml)",
		"rollout":  "the sandbox deploys with Rollout=at-once, and the emulator knows no CodeDeploy",
	}
}

// why is the reason for which nothing may notice the loss of a unit, "" when there is none.
func (u unit) why() string {
	for _, e := range explained() {
		if (e.role == "" || e.role == u.role) && e.statement == u.statement {
			return e.why
		}
	}
	return ""
}

package main

import "github.com/evidenced/lever-integration/sandbox/mutation"

// The rules of exactly-once delivery, each taken away once. The simulation of decisions must notice each of them.
func decisionSuite() suite {
	return suite{
		name:      "decision",
		test:      []string{"-run", "^TestSimulatedDecisions$", "./shared/decision", "-decisions", "4000"},
		mutations: decisionMutations(),
	}
}

func decisionMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "a marker counts without its code",
			File: "shared/decision/marker.go",
			Old:  "!hmac.Equal([]byte(found[3]), []byte(m.code(d, version)))",
			New:  "!hmac.Equal([]byte(found[3]), []byte(found[3]))",
		},
		{
			Name: "a marker of another candidate counts",
			File: "shared/decision/marker.go",
			Old:  "d.Tenant(), d.Opportunity, d.ID()",
			New:  "d.Tenant(), d.ID()",
		},
		{
			Name: "an unclear creation is sent again without a look",
			File: "shared/decision/run.go",
			Old:  "return look, now",
			New:  "return create, now",
		},
		{
			Name: "the note that the look finds is not adopted",
			File: "shared/decision/readback.go",
			Old:  "if len(found) == 0 {",
			New:  "if len(found) >= 0 {",
		},
		{
			Name: "the look does not wait until the request can no longer be carried out",
			File: "shared/decision/run.go",
			Old:  "quiet := gaveUp.Add(r.Limits.settle())",
			New:  "quiet := gaveUp",
		},
		{
			Name: "an unclear answer counts as a failure",
			File: "shared/decision/run.go",
			Old:  "case fault.Unclear, fault.Internal:\n\t\treturn true",
			New:  "case fault.Unclear, fault.Internal:\n\t\treturn false",
		},
		{
			Name: "a worker sends although somebody else changed the decision",
			File: "shared/decision/run.go",
			Old:  "return a, r.save(ctx, d)",
			New:  "_ = r.save(ctx, d)\n\treturn a, nil",
		},
		{
			Name: "nobody looks for a second note later",
			File: "shared/decision/readback.go",
			Old:  "d.CheckAt = max(d.CheckAt, d.Attempt.QuietAt+r.Limits.visible().Milliseconds())",
			New:  "d.CheckAt = 0",
		},
		{
			Name: "the later look does not wait until a note is listed",
			File: "shared/decision/readback.go",
			Old:  "d.CheckAt = max(d.CheckAt, d.Attempt.QuietAt+r.Limits.visible().Milliseconds())",
			New:  "d.CheckAt = max(d.CheckAt, d.Attempt.QuietAt)",
		},
		{
			Name: "a removal that was refused is not tried again",
			File: "shared/decision/readback.go",
			Old:  "\t\tr.recheck(d)\n\t\treturn false, nil",
			New:  "\t\treturn false, nil",
		},
		{
			Name: "a note that a person removed is not seen",
			File: "shared/decision/readback.go",
			Old:  "t.root > 0 && !seen[t.id]",
			New:  "t.root > 0 && !seen[t.id] && t.deletedAt == 0",
		},
		{
			Name: "an edit replaces the replies of people",
			File: "shared/decision/send.go",
			Old:  "t.comments > 1 || t.root == 0 || d.Replying",
			New:  "t.root == 0 || d.Replying",
		},
		{
			Name: "a note that is not shown yet counts as removed",
			File: "shared/decision/send.go",
			Old:  "r.Now().Before(shown)",
			New:  "r.Now().Before(time.Time{})",
		},
		{
			Name: "the attempt of a candidate who cannot be read is forgotten",
			File: "shared/decision/send.go",
			Old:  "d.giveUp(OpportunityGone, r.Now())\n\t}",
			New:  "d.giveUp(OpportunityGone, r.Now())\n\t}\n\td.Attempt = nil",
		},
		{
			Name: "a lower version replaces a higher one",
			File: "shared/decision/service.go",
			Old:  "case sub.Version < d.Version:",
			New:  "case sub.Version < 0:",
		},
		{
			Name: "a decision may move to another candidate",
			File: "shared/decision/service.go",
			Old:  "d.Rev > 0 && sub.Opportunity != d.Opportunity",
			New:  "d.Rev < 0",
		},
		{
			Name: "a correction that is accepted while a request is out forgets the request",
			File: "shared/decision/service.go",
			Old:  "if d.Attempt != nil {\n\t\td.State, d.Cause = Uncertain, Unanswered\n\t}",
			New:  "d.Attempt = nil",
		},
	}
}

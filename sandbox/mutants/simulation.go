package main

import (
	"slices"

	"github.com/evidenced/lever-integration/sandbox/mutation"
)

// The rules that hold the mirror, the work and the removals, each taken away once. The seeded worlds must notice each.
func simulationSuite() suite {
	return suite{
		name:      "simulation",
		test:      []string{"./shared/simulation", "-run", "^TestSimulatedSeeds$", "-timeout", "30m", "-seeds", "4000", "-first"},
		mutations: slices.Concat(mirrorMutations(), workMutations(), endMutations()),
	}
}

// playSuite are the plays that are written out, for what a seed meets too seldom.
func playSuite() suite {
	return suite{
		name: "play",
		test: []string{"./shared/mirror", "./shared/simulation", "./shared/connection", "./shared/decision", "-skip", "^TestSimulated(Seed|Refresh|Life|Decisions)"},
		mutations: []mutation.Mutation{
			{
				Name: "the lease of an ended connection can be taken", File: hooksFile,
				Old: "		if f.Rev == 0 {\n			return errNotConnected // it is made with the connection and goes with it\n		}\n", New: "",
			},
			{
				Name: "the end does not wait out a creation that was not answered", File: hooksFile,
				Old: "at > 0 && t.After(until) {", New: "at > 0 && t.After(until) && false {",
			},
			{
				Name: "a connect takes up a connection that is ending", File: adoptFile,
				Old: "if c.State == Disconnecting {", New: "if c.State == Disconnecting && false {",
			},
			{
				Name: "a fence comes back after the end", File: tokensFile,
				Old: "		case f.Rev == 0:\n			return errNotConnected // it is made with the first pair and goes with the last\n", New: "",
			},
			{
				Name: "a keeper does not look for a tombstone", File: hooksFile,
				Old: "if !s.Stands(ctx, a.Connection.ID()) {", New: "if false {",
			},
			{
				Name: "roll: a change of a user leaves the digest of the list", File: rollFile,
				Old: `			kept.Digest = ""` + "\n", New: "",
			},
			{
				Name: "roll: what a list confirmed is forgotten by the looks at single users", File: rollFile,
				Old: "r.Fetched = max(r.Fetched, kept.Fetched)", New: "_ = kept.Fetched",
			},
			{
				Name: "roll: a list that shows nothing new leaves no trace", File: rollFile,
				Old: "kept.Fetched = fetched.UnixMicro()", New: "return nil",
			},
			{
				Name: "confidential objects that an older grant fetched are applied", File: convergeFile,
				Old: "	return c.stands(ctx, a)\n", New: "	return nil\n",
			},
			{
				Name: "what an older grant is refused is removed", File: convergeFile,
				Old: "	err = c.stands(ctx, a)\n", New: "	err = nil\n",
			},
			{
				Name: "re-look: a look that a later fetch contradicts is not repeated", File: hintFile,
				Old: "if seen.Retry || older && !seen.Gone {", New: "if older && !seen.Gone {",
			},
			{
				Name: "a second note is removed by what an old list says of its replies",
				File: "shared/decision/readback.go",
				Old:  "max(now.comments, t.comments) > 1",
				New:  "t.comments > 1",
			},
		},
	}
}

const (
	applyFile     = "shared/mirror/apply.go"
	rollFile      = "shared/mirror/roll.go"
	interviewFile = "shared/converge/interview.go"
	convergeFile  = "shared/converge/converge.go"
	verifyFile    = "shared/resync/verify.go"
	deltaFile     = "shared/delta/delta.go"
	workFile      = "shared/work/work.go"
	hintFile      = "shared/hint/worker.go"
)

func mirrorMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "fetch-start order: an older fetch is applied over a newer one", File: applyFile,
			Old: "if !fresh && fetched <= r.Fetched {", New: "if !fresh && fetched <= r.Fetched && false {",
		},
		{
			Name: "advance on unchanged: a fetch that found nothing new leaves no trace", File: applyFile,
			Old: "return &n, Result{Outcome: Unchanged, Was: r}", New: "return nil, Result{Outcome: Unchanged, Was: r}",
		},
		{
			Name: "tombstone: what was removed is forgotten", File: applyFile,
			Old: "err := table.Save(ctx, s.DB, table.Mirror, next)",
			New: "var err error\n\t\tif o.State != Removed {\n\t\t\terr = table.Save(ctx, s.DB, table.Mirror, next)\n\t\t} else if r.Rev > 0 {\n" +
				"\t\t\terr = s.DB.Write(ctx, table.Remove(table.Mirror, r.Meta))\n\t\t}",
		},
		{
			Name: "connection key: records stand under their kind alone", File: applyFile,
			Old: `return table.Key{PK: connection + "#" + string(kind), SK: id}`, New: `return table.Key{PK: "all#" + string(kind), SK: id}`,
		},
		{
			Name: "verify before remove: a sweep removes what its lists left out", File: verifyFile,
			Old: "err := s.look(ctx, r)", New: "_, err := s.Converger.Remove(ctx, s.access, r.Kind, r.ID, s.Now())",
		},
		{
			Name: "verify before remove: an interview goes because a list left it out", File: interviewFile,
			Old: "o, err := c.absent(ctx, a, r, fetched)",
			New: "o, err := mirror.Observation{Kind: mirror.Interview, ID: r.ID, Parent: opportunity, State: mirror.Removed, Reason: \"deleted\", Fetched: fetched}, error(nil)",
		},
		{
			Name: "window overlap: a window begins where the last one ended", File: deltaFile,
			Old: "overlap = 2 * time.Minute", New: "overlap = 0 * time.Minute",
		},
		{
			Name: "interviews stay when their candidate leaves", File: convergeFile,
			Old: "if err != nil || !found || r.State == mirror.Active {", New: "if err != nil || !found || true {",
		},
	}
}

func workMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "lease: work is claimed although somebody holds it", File: workFile,
			Old: `case i.Rev == 0, i.SetAside, i.Holder != "" && i.HeldUntil > now.UnixMilli(), i.Due > now.Add(grace).UnixMilli():`,
			New: `case i.Rev == 0, i.SetAside, i.Holder == "" && i.Due > now.Add(grace).UnixMilli():`,
		},
		{
			Name: "an ask while somebody works is lost", File: workFile,
			Old: "	i.Seq++\n", New: "",
		},
		{
			Name: "re-look: an older copy than announced is taken for the truth", File: hintFile,
			Old: "if seen.Retry || older && !seen.Gone {", New: "if (seen.Retry || older && !seen.Gone) && false {",
		},
	}
}

func endMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "two keepers of one connection's webhooks work side by side", File: hooksFile,
			Old: `if f.Holder != "" && f.Until > s.Now().UnixMilli() {`, New: "if false {",
		},
		{
			Name: "the end does not wait for whoever holds work of the connection", File: endingFile,
			Old: "if err != nil || busy {", New: "if _ = busy; err != nil {",
		},
		{
			Name: "a write does not depend on what was read",
			File: "shared/decision/run.go",
			Old:  "if err := table.Save(ctx, r.DB, table.Decisions, d); err != nil {",
			New: "err := table.Save(ctx, r.DB, table.Decisions, d)\n\tfor errors.Is(err, table.ErrConflict) {\n" +
				"\t\tstored, _, _ := table.Get[Decision](ctx, r.DB, table.Decisions, d.Key())\n\t\td.Rev = stored.Rev\n" +
				"\t\terr = table.Save(ctx, r.DB, table.Decisions, d)\n\t}\n\tif err != nil {",
		},
	}
}

package main

import "github.com/evidenced/lever-integration/sandbox/mutation"

// The rules of the connection, each taken away once. Its simulations must notice each of them.
func connectionSuite() suite {
	return suite{
		name:      "connection",
		test:      []string{"./shared/connection", "-run", "^TestSimulated(Refresh|Life)$", "-seeds", "3000"},
		mutations: append(refreshMutations(), lifeMutations()...),
	}
}

const (
	tokensFile  = "shared/connection/tokens.go"
	pairFile    = "shared/connection/pair.go"
	hooksFile   = "shared/connection/hooks.go"
	webhookFile = "shared/connection/webhook.go"
	adoptFile   = "shared/connection/adopt.go"
	endingFile  = "shared/connection/ending.go"
	serviceFile = "shared/connection/service.go"
)

func refreshMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "a new pair is written whatever pair is stored", File: pairFile,
			Old: "case stored.Refresh != r.clear.Refresh:", New: "case false:",
		},
		{
			Name: "no lease is taken", File: tokensFile,
			Old: `case f.Holder != "" && f.Until > now, f.Spent > rev:`, New: "case now < 0, f.Spent > rev:",
		},
		{
			Name: "a lease is taken for a pair that was replaced", File: tokensFile,
			Old: `case f.Holder != "" && f.Until > now, f.Spent > rev:`, New: `case f.Holder != "" && f.Until > now:`,
		},
		{
			Name: "the pair is not read again under the lease", File: tokensFile,
			Old: "case now.Rev == seen.Rev && held != nil:\n			return t.spend(ctx, now, *held)",
			New: "case held != nil:\n			return t.spend(ctx, seen, *held)",
		},
		{
			Name: "a request is sent although the lease runs out under it", File: tokensFile,
			Old: "if err == nil && s.Now().Add(refreshCall+clockSkew).UnixMilli() > held.Until {", New: "if false {",
		},
		{
			Name: "invalid_grant is believed at once", File: tokensFile,
			Old: "if t.service.Now().Before(sure) {", New: "if false {",
		},
		{
			Name: "a refusal is not noted", File: tokensFile,
			Old: "func(f *fence) { f.RefusedAt = at }", New: "func(*fence) { _ = at }",
		},
		{
			Name: "no answer counts as a refusal", File: tokensFile,
			Old: "if errors.Is(err, lever.ErrInvalidGrant) {", New: "if _ = lever.ErrInvalidGrant; err != nil {",
		},
		{
			Name: "a verdict is told before it is written", File: tokensFile,
			Old: "return t.buried(ctx, p)", New: `return "", errDead`,
		},
		{
			Name: "the verdict does not look at the stored pair", File: pairFile,
			Old: "if err != nil || !found || p.Rev != rev {", New: "if _ = p.Rev; err != nil || !found {",
		},
		{
			Name: "the verdict is not taken back for a late pair", File: pairFile,
			Old: "if c.State == Revoked {\n		c.State, c.EndedAt", New: "if false {\n		c.State, c.EndedAt",
		},
		{
			Name: "a new pair does not move the state on", File: pairFile,
			Old: "return []table.Change{tokens, state}, err", New: "_ = state\n	return []table.Change{tokens}, err",
		},
	}
}

func lifeMutations() []mutation.Mutation {
	return []mutation.Mutation{
		{
			Name: "a keeper outlives its lease", File: hooksFile,
			Old: "context.WithTimeout(ctx, hookLease-hookLease/20)", New: "context.WithCancel(ctx)",
		},
		{
			Name: "strays are not found by their address", File: hooksFile,
			Old: "address, under := strings.CutPrefix(w.URL, s.PublicURL+hookPath)", New: `address, under := strings.CutPrefix(w.URL, "nowhere")`,
		},
		{
			Name: "a webhook without its token counts as good", File: hooksFile,
			Old: "at.URL == s.PublicURL+hookPath+h.Address && signed {", New: "at.URL == s.PublicURL+hookPath+h.Address && (signed || true) {",
		},
		{
			Name: "the keeper does not look again after a change", File: hooksFile,
			Old: "changed && next.Before(soon) {", New: "changed && next.Before(soon) && false {",
		},
		{
			Name: "a replaced secret is forgotten at once", File: webhookFile,
			Old: "if found && !lives {", New: "if found {",
		},
		{
			Name: "a person's webhook at our address stops the keeper", File: webhookFile,
			Old: "case kind == fault.Forbidden && !made:", New: "case false:",
		},
		{
			Name: "tokens are left behind", File: endingFile,
			Old: `"tokens", "refresh", "hook-lease"`, New: `"refresh", "hook-lease"`,
		},
		{
			Name: "secrets of replaced webhooks are left behind", File: endingFile,
			Old: "for _, f := range append(h.Former, FormerHook{Address: h.Address}) {", New: "for _, f := range []FormerHook{{Address: h.Address}} {",
		},
		{
			Name: "the end does not look whether webhooks are gone", File: endingFile,
			Old: "if len(left) == 0 {\n			return", New: "if len(left) == 0 || true {\n			return",
		},
		{
			Name: "a change of account leaves the old connection alone", File: adoptFile,
			Old: "if ended = before; before != \"\" {", New: "if ended = \"\"; false && before != \"\" {",
		},
		{
			Name: "the tombstone does not come with the work of the end", File: serviceFile,
			Old: "return []table.Change{tombstone, item, line}, err", New: "return []table.Change{tombstone, line}, err",
		},
	}
}

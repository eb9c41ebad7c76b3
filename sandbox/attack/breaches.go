package main

import "github.com/evidenced/lever-integration/sandbox/mutation"

const (
	page     = "integration-page"
	callback = "oauth-callback"
	platform = "platform-api"
	intake   = "webhook-intake"
	hints    = "hint-worker"

	connectGo  = "shared/connection/connect.go"
	confirmGo  = "shared/connection/confirm.go"
	adoptGo    = "shared/connection/adopt.go"
	sessionsGo = "shared/portal/sessions.go"
	pressGo    = "functions/integration-page/press.go"
	envelopeGo = "shared/hint/envelope.go"
	intakeGo   = "shared/hint/intake.go"
	inspectGo  = "shared/strict/inspect.go"
)

// take takes one rule out of a file.
func take(name, file, old, instead string) []mutation.Mutation {
	return []mutation.Mutation{{Name: name, File: file, Old: old, New: instead}}
}

// breaches lists the defences that are taken away. One that would leave the ground unfit for others comes last.
func breaches() []breach {
	var all []breach
	for _, some := range [][]breach{ofConnect(), ofVisit(), ofForm(), ofDelivery(), ofBody(), ofLever(), ofAccount()} {
		all = append(all, some...)
	}
	return all
}

func ofConnect() []breach {
	const back = "303 to Evidenced with an attempt"
	session := take("the state's bond with the visit", connectGo, "	case a.Session != session:", "	case false:")
	return []breach{
		{"fixation: finished in another visit", []string{callback}, session, back, false},
		{"login CSRF: the attacker's answer planted in an admin's browser", []string{callback}, session, back, false},
		{"state: swapped", []string{callback}, session, back, false},
		{"state: replayed", []string{callback}, take("the state works once", connectGo, "a.Stage != begun || a.Expires", "a.Expires"), back, false},
		{"state: expired", []string{callback}, take("the state's ten minutes", connectGo, "a.Stage != begun || a.Expires <= s.Now().UnixMilli()", "a.Stage != begun"), back, false},
		{"mailed page: confirmed for whom it was mailed to, in the sender's organisation", []string{platform}, take("the acting user must be the one of the page", confirmGo, "	case a.User != by.ID:", "	case false:"), "200 connected", true},
		{"mailed page: confirmed in the other organisation", []string{platform}, take("the attempt's bond with the organisation", confirmGo, "!found || a.Tenant != tenant", "!found"), "200 connected", true},
		{"attempt: expired", []string{platform}, take("the attempt's ten minutes", confirmGo, "a.Stage != returned || a.Expires <= s.Now().UnixMilli()", "a.Stage != returned"), "200 connected", true},
		{
			"ciphertext: another connect's code moved into mine",
			[]string{page, callback, platform},
			append(take("the owner in KMS's encryption context and in the cipher's additional data", "shared/seal/kms.go", `"connection": c.Connection,`, `"connection": "any",`),
				take("", "shared/seal/seal.go", `[]byte(string(c.Purpose) + "\x00" + c.Connection) }`, "[]byte(string(c.Purpose)) }")...), "200 connected", true,
		},
	}
}

func ofVisit() []breach {
	return []breach{
		{"entry: used a second time", []string{page}, take("the entry works once", sessionsGo, "e.Rev == 0 || e.Used ||", "e.Rev == 0 ||"), "303 to /portal", false},
		{"entry: after its minute", []string{page}, take("the entry's minute", sessionsGo, "e.Used || e.Expires <= s.Now().UnixMilli()", "e.Used"), "303 to /portal", false},
		{"session: after its hour", []string{page}, take("the session's hour", sessionsGo, "!found || session.Expires <= s.Now().UnixMilli()", "!found"), "200 page", false},
		{"session: a second cookie tossed in", []string{page}, take("two cookies count as none", "shared/page/cookie.go", `found != "" || len(value) > 256`, "len(value) > 256"), "200 page", false},
		{"viewer: opens the pages before a deed", []string{page}, take("only an admin sees them", "functions/integration-page/handler.go", "asks && !session.Admin()", "false && asks"), "200 page", false},
		{"clickjacking", []string{page, callback}, take("frame-ancestors", "shared/page/page.go", "frame-ancestors 'none'; ", ""), "may be framed", false},
		{"open redirect: return address", []string{platform}, take("the list of allowed origins", sessionsGo, `return slices.Contains(s.ReturnOrigins, u.Scheme+"://"+u.Host)`, `return u != nil || slices.Contains(s.ReturnOrigins, "")`), "201 created", false},
	}
}

func ofForm() []breach {
	const done = "303 to /portal?done=resync"
	csrf := take("the anti-forgery token", "shared/portal/session.go", `s.CSRF == "" || !hmac.Equal(`, `false && !hmac.Equal(`)
	return []breach{
		{"form: without its token", []string{page}, csrf, done, true},
		{"form: with the token of another visit", []string{page}, csrf, done, true},
		{"form: of another site", []string{page}, take("the look at where a form comes from", pressGo, `site != "" && site != "same-origin" || origin != ""`, `site == "-" && origin != ""`), done, true},
		{"form: as plain text", []string{page}, take("the form's content type", pressGo, `err != nil || kind != "application/x-www-form-urlencoded"`, `err != nil && kind == ""`), done, true},
		{"form: with a field that it does not have", []string{page}, take("unknown fields are refused", pressGo, `!known && name != "csrf" || len(values) > 1 && !many`, `known && len(values) > 1 && !many`), done, true},
		{"viewer: asks to be an admin", []string{page}, take("only the role admin may press", pressGo, "	if !session.Admin() {", "	if false {"), done, true},
	}
}

func ofDelivery() []breach {
	verify := take("the signature", envelopeGo, `return equal && token != "" && e.Token != ""`, "return equal || true")
	return []breach{
		{"signature: none", []string{intake}, verify, "200 ok", true},
		{"signature: with a guessed key", []string{intake}, verify, "200 ok", true},
		{"signature: with the key of another company", []string{intake}, verify, "200 ok", true},
		{"glued: a captured signature at another company's address", []string{intake}, verify, "200 ok", true},
		{"replay: after a month", []string{intake}, take("thirty days", envelopeGo, "at > arrived.Add(-believedFor).UnixMilli() && ", ""), "200 ok", true},
		{"replay: after a month, with a digit moved from token to time", []string{intake}, take("no delivery of the future", envelopeGo, " && at < arrived.Add(ahead).UnixMilli()", ""), "200 ok", true},
		{"replay: 50 times", []string{hints}, take("a delivery makes us look as often as Lever repeats one", "shared/hint/replay.go", "m.Looks >= most", "m.Looks < 0"), "looks at Lever", false},
		{"glued: another candidate under a captured signature", []string{hints}, take("a delivery makes us look as often as Lever repeats one", "shared/hint/replay.go", "m.Looks >= most", "m.Looks < 0"), "looks at Lever", false},
		{"delivery: unknown address", []string{intake}, take("one answer to unknown and wrong", intakeGo, "	// An unknown address has no token,", "	if !found {\n		return fault.New(fault.NotFound, \"unknown-webhook\", \"\")\n	}\n	//"), "told apart", false},
		{"delivery: the queue refuses it", []string{intake}, take("what is not stored is not answered 2xx", intakeGo, "		return err\n	}\n	return nil\n}", "		return nil\n	}\n	return nil\n}"), "200 ok, then 200 ok", false},
	}
}

func ofBody() []breach {
	twice := take("names that come twice are refused", inspectGo, "if seen[folded] {", "if false {")
	return []breach{
		{"delivery: over 64 KiB", []string{intake}, take("the longest body", envelopeGo, "MaxBody  = 64 << 10", "MaxBody  = 6 << 20"), "200 ok", true},
		{"delivery: nested 500 levels deep", []string{intake}, take("at most 8 levels", envelopeGo, "maxDepth = 8", "maxDepth = 1 << 20"), "200 ok", true},
		{"delivery: a field given twice", []string{intake}, twice, "200 ok", true},
		{"body: a role given twice", []string{platform}, twice, "201", false},
		{"body: a role in other letter case", []string{platform}, take("names are matched exactly", inspectGo, "known && field.name != name || !known", "!known"), "201", false},
	}
}

func ofLever() []breach {
	return []breach{
		{
			"Lever: a read led to another host", []string{hints}, take("redirects only within Lever, the token only to Lever", "shared/lever/redirect.go", `	return sameOrigin(c.hosts.API, to) || (to.Scheme == "https" && ofLever(to))
}

// carriesToken reports whether the token may go to an address: to the configured API host
// itself, or over https to a sibling under lever.co if the configured host is there too.
func (c *Client) carriesToken(to *url.URL) bool {
	return sameOrigin(c.hosts.API, to) ||
`, `	return true
}

func (c *Client) carriesToken(to *url.URL) bool {
	return true ||
`), "elsewhere got the token", false,
		},
		{
			"Lever: the exchange of a code led to another host", []string{platform}, take("a token call follows no redirect", "shared/lever/lever.go",
				"CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },", ""), "elsewhere got the client secret", false,
		},
	}
}

// ofAccount leaves the attacked company's connection in other hands.
func ofAccount() []breach {
	return []breach{{
		"account: of another organisation", []string{platform}, take("one organisation for an account", adoptGo, "if k.Tenant != tenant {", "if false {"), "200 connected", false,
	}}
}

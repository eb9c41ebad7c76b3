package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// need is what a question cannot be asked without.
type need uint

// The needs, besides a token to read with.
const (
	app       need = 1 << iota // the app's id, secret and a refresh token
	writing                    // a posting to write to
	hooking                    // an address that Lever's webhooks reach
	somebody                   // a person who does things in Lever
	secondOne                  // a token of another account
	unseen                     // a confidential opportunity, and a token that must not see it
	spending                   // the grant may be used up
)

// lacks says in words what is missing for a question, or nothing.
func (l *lab) lacks(n need) string {
	var missing []string
	for _, c := range []struct {
		need need
		have bool
		what string
	}{
		{app, l.set.clientID != "" && l.set.clientSecret != "" && l.grant.Refresh != "", "LEVER_CLIENT_ID, LEVER_CLIENT_SECRET and LEVER_REFRESH_TOKEN_FILE"},
		{writing, l.set.posting != "", "LEVER_CONFORMANCE_POSTING"},
		{hooking, l.inbox != nil, "LEVER_CONFORMANCE_HOOK_URL and LEVER_CONFORMANCE_LISTEN"},
		{somebody, l.person != nil, "LEVER_CONFORMANCE_PERSON=yes"},
		{secondOne, l.set.other != "", "LEVER_OTHER_ACCESS_TOKEN"},
		{unseen, l.set.confidentialID != "", "LEVER_CONFORMANCE_CONFIDENTIAL"},
		{spending, l.set.spend, "LEVER_CONFORMANCE_SPEND=yes"},
	} {
		if n&c.need != 0 && !c.have {
			missing = append(missing, c.what)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "needs " + strings.Join(missing, " and ")
}

// question is one point that lever/api.md leaves open.
type question struct {
	name    string
	text    string
	assumed string // as ask words it
	rule    string // the switch of the simulated Lever (a field of levertest.Rules); empty when it has none
	needs   need
	ask     func(context.Context, *lab) (string, error) // what Lever did, in words that hold no data
}

// The verdicts.
const (
	asAssumed = "as assumed"
	otherwise = "otherwise"
	notPut    = "could not be asked"
)

// finding is a line of the table.
type finding struct {
	Name    string `json:"name"`
	Text    string `json:"question"`
	Assumed string `json:"assumed"`
	Found   string `json:"found,omitempty"`
	Verdict string `json:"verdict"`
	Why     string `json:"why,omitempty"`
}

// unasked is why a question could not be asked of this account.
type unasked string

// Error implements error.
func (u unasked) Error() string { return string(u) }

// questions lists all of them in the order in which they are asked: what uses something up comes late.
func questions() []question {
	var all []question
	for _, part := range [][]question{tokenQuestions(), listQuestions(), lookQuestions(), limitQuestions(), noteQuestions(), hookQuestions(), loginQuestions()} {
		all = append(all, part...)
	}
	return append(all, question{
		"codes", "Which codes do refusals carry (those met on the way)?",
		"400 BadRequestError, 403 ForbiddenError, 404 ResourceNotFound, 429 TooManyRequestsError", "PlainErrorCodes", 0, refusalCodes,
	})
}

// askAll asks every question and tidies up. Its error says what could not be tidied up.
func (l *lab) askAll(ctx context.Context) ([]finding, error) {
	before := l.tidyLeftovers(ctx)
	var all []finding
	last := context.WithoutCancel(ctx) // what was written goes away also after Ctrl-C
	for _, q := range questions() {
		if q.needs&spending != 0 && l.lacks(q.needs) == "" {
			before = errors.Join(before, l.tidy(last)) // while the grant still serves
		}
		all = append(all, l.put(ctx, q))
	}
	return all, errors.Join(before, l.tidy(last))
}

// put asks one question.
func (l *lab) put(ctx context.Context, q question) finding {
	f := finding{Name: q.name, Text: q.text, Assumed: q.assumed, Verdict: notPut}
	if f.Why = l.lacks(q.needs); f.Why != "" {
		return f
	}
	err := l.fresh(ctx)
	if err == nil {
		f.Found, err = q.ask(ctx, l)
	}
	switch {
	case err != nil:
		f.Found, f.Why = "", err.Error()
	case within(f.Found, q.assumed):
		f.Verdict = asAssumed
	default:
		f.Verdict = otherwise
	}
	return f
}

// within says whether an answer is what is assumed, or a part of the list that is assumed.
func within(list, other string) bool {
	known := strings.Split(other, ", ")
	return !slices.ContainsFunc(strings.Split(list, ", "), func(item string) bool { return !slices.Contains(known, item) })
}

// refusalCodes lists the codes of all refusals of this run, for the statuses of which something is assumed.
func refusalCodes(_ context.Context, l *lab) (string, error) {
	var said []string
	for _, status := range []int{400, 403, 404, 429} {
		for _, code := range slices.Sorted(maps.Keys(l.codes[status])) {
			said = append(said, fmt.Sprint(status, " ", plain(code)))
		}
	}
	if len(said) == 0 {
		return "", unasked("no refusal was met")
	}
	return strings.Join(said, ", "), nil
}

// plain lets through what looks like a code and nothing else.
func plain(code string) string {
	for _, r := range code {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return "(a text)"
		}
	}
	return code
}

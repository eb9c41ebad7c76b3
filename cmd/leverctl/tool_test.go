package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 4, 12, 0, 0, 0, time.UTC)

// bundle is the tool beside an API that answers what it is told, by "METHOD path".
type bundle struct {
	*tool
	stdout, stderr bytes.Buffer
	answers        map[string][]string // one after the other, the last one for ever
	asked          []string            // "METHOD path body"
	region         string
	credentials    aws.CredentialsProvider
	server         *httptest.Server
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{answers: map[string][]string{}, region: "eu-west-1", credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")}
	b.server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.server.Close)
	b.tool = &tool{
		out: &b.stdout, err: &b.stderr, now: func() time.Time { return noon },
		sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		dial: func(_ context.Context, address string) (*client, error) {
			return &client{address, b.region, b.credentials, b.server.Client(), func() time.Time { return noon }}, nil
		},
	}
	return b
}

func (b *bundle) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.RequestURI(), "/v1/operations/")
	b.asked = append(b.asked, strings.TrimSpace(r.Method+" "+path+" "+string(body)))
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=id/20261104/eu-west-1/execute-api/") {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"Forbidden"}`)
		return
	}
	key := r.Method + " " + path
	list := b.answers[key]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":"unknown-tenant","detail":"No portal session was ever opened for this tenant; create one first.","reference":"req-1"}`)
		return
	}
	if len(list) > 1 {
		b.answers[key] = list[1:]
	}
	fmt.Fprint(w, list[0])
}

// types runs a command line against the API.
func (b *bundle) types(t *testing.T, line string) int {
	t.Helper()
	return b.main(t.Context(), strings.Fields(line), b.server.URL)
}

func TestResealIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers["POST runs"] = []string{`{"id":"r1","kind":"reseal","total":0,"waiting":[]}`}
	b.answers["GET runs/r1"] = []string{
		`{"id":"r1","kind":"reseal","done":0,"total":0,"waiting":[]}`,
		`{"id":"r1","kind":"reseal","done":3,"total":12,"waiting":[{"connectionId":"c1","cause":"refresh-busy"}]}`,
		`{"id":"r1","kind":"reseal","done":12,"total":12,"over":true,"waiting":[]}`,
	}
	if code := b.types(t, "reseal --all"); code != 0 {
		t.Fatalf("exit code %d: %s", code, b.stderr.String())
	}
	want := "[                              ] counting\n" +
		"[#######.......................] 3 of 12, 25 %  c1 waits: refresh-busy\n" +
		"[##############################] 12 of 12, 100 %\n"
	if diff := cmp.Diff(want, b.stderr.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("r1 is over: connections re-sealed, 12 of 12.\n", b.stdout.String()); diff != "" {
		t.Error(diff)
	}
	if b.asked[0] != `POST runs {"all":true,"kind":"reseal"}` {
		t.Errorf("asked %v", b.asked)
	}
}

func TestEndOfEverybodyMustBeMeant(t *testing.T) {
	t.Parallel()
	for line, asked := range map[string]string{
		"end":                  "",
		"end acme --all":       "",
		"end --all":            "",
		"end --all --sure 1":   "",
		"end --all --sure 3":   `{"all":true,"kind":"end"}`,
		"end acme":             "",
		"end acme --sure 2":    "",
		"end acme --sure 1":    `{"all":false,"kind":"end","tenant":"acme"}`,
		"reseal acme other":    "",
		"reseal":               "",
		"reseal ../everything": "",
	} {
		b := setup(t)
		b.answers["GET connections?limit=50"] = []string{`{"data":[{"tenant":"a"},{"tenant":"b"}],"next":"x.y"}`}
		b.answers["GET connections?cursor=x.y&limit=50"] = []string{`{"data":[{"tenant":"c"}]}`}
		b.answers["POST runs"] = []string{`{"id":"r1"}`}
		b.answers["GET runs/r1"] = []string{`{"id":"r1","over":true}`}
		code, posted := b.types(t, line), ""
		for _, a := range b.asked {
			if rest, ok := strings.CutPrefix(a, "POST runs "); ok {
				posted = rest
			}
		}
		if posted != asked || (code == 0) != (asked != "") {
			t.Errorf("%s: exit code %d, sent %q, asked %q; %s", line, code, posted, b.asked, b.stderr.String())
		}
		if (line == "end" || line == "reseal") && code != 2 {
			t.Errorf("%s: exit code %d for a slip in typing", line, code)
		}
		if line == "end --all" && !strings.Contains(b.stderr.String(), "leverctl end --all --sure 3") {
			t.Errorf("%s says %s", line, b.stderr.String())
		}
	}
}

func TestFollowingEndsWithCtrlCAndTheRunGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers["GET runs/r1"] = []string{`{"id":"r1","done":1,"total":2}`}
	ctx, cancel := context.WithCancel(t.Context())
	b.sleep = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if code := b.main(ctx, []string{"follow", "r1"}, b.server.URL); code != 1 || !strings.Contains(b.stderr.String(), "leverctl follow r1") {
		t.Errorf("exit code %d: %s", code, b.stderr.String())
	}
}

func TestResyncIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers["GET tenants/acme"] = []string{
		`{"state":"connected","lastFullCheck":{"at":5,"match":true}}`,
		`{"state":"connected","lastFullCheck":{"at":5,"match":true}}`,
		`{"state":"connected","lastFullCheck":{"at":5,"match":true},"resync":{"done":10,"expected":40}}`,
		`{"state":"connected","lastFullCheck":{"at":9,"match":false}}`,
	}
	b.answers["POST tenants/acme/resyncs"] = []string{`{"of":"all"}`}
	if code := b.types(t, "resync acme"); code != 0 {
		t.Fatalf("exit code %d: %s", code, b.stderr.String())
	}
	if diff := cmp.Diff("[#######.......................] 10 of 40, 25 %\n", b.stderr.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("Everything was compared, and what differed was repaired.\n", b.stdout.String()); diff != "" {
		t.Error(diff)
	}
	b.answers["GET tenants/acme"] = []string{`{"state":"connected"}`, `{"state":"revoked"}`}
	if code := b.types(t, "resync acme"); code != 1 || !strings.Contains(b.stderr.String(), "revoked") {
		t.Errorf("exit code %d: %s", code, b.stderr.String())
	}
	b.stdout.Reset()
	b.answers["GET tenants/acme"] = []string{`{"state":"connected"}`}
	if code := b.types(t, "resync acme --no-wait"); code != 0 || !strings.Contains(b.stdout.String(), "leverctl status acme") {
		t.Errorf("exit code %d: %s", code, b.stdout.String())
	}
}

func TestStatusSaysNoTimeThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers["GET tenants/acme"] = []string{fmt.Sprintf(`{"tenant":"acme","state":"disconnected","connectionId":"c1","connectedAt":%d,
		"findings":[{"code":"confidential-not-granted","level":"note"}]}`, noon.Add(-time.Minute).UnixMilli())}
	if code := b.types(t, "status acme"); code != 0 {
		t.Fatal(b.stderr.String())
	}
	want := "acme is disconnected, connection c1, connected 2026-11-04 11:59:00 (1m0s ago).\n! confidential-not-granted (note)\n" +
		"    Confidential jobs are not synced, as you chose.\n"
	if got := b.stdout.String(); !strings.HasPrefix(got, want) {
		t.Errorf("%s", cmp.Diff(want, got))
	}
}

func TestWhyTellsTheStory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := func(d time.Duration) int64 { return noon.Add(d).UnixMilli() }
	b.answers["GET tenants/acme/candidates/o1"] = []string{fmt.Sprintf(`{"candidate":"o1","connectionId":"c1","state":"connected",
		"record":{"id":"o1","state":"inactive","reason":"archived","version":7,"fetchedAt":%d,"changedAt":%d,"leftAt":%d,"eraseAt":%d},
		"interviews":[{"id":"i1","state":"inactive","reason":"candidate-left","version":0,"fetchedAt":%d}],
		"work":[{"connectionId":"c1","kind":"hint","target":"opportunity/o1","dueAt":%d,"askedAt":%d,"attempts":2,"cause":"unavailable"}],
		"decisions":[{"id":"d1","opportunity":"o1","state":"held","causeText":"No Lever account is connected.","acceptedAt":%d}],
		"deltaAt":%d,"sweptAt":0}`,
		at(-time.Minute), at(-time.Hour), at(-2*time.Hour), at(30*24*time.Hour), at(-3*time.Minute), at(time.Minute), at(-5*time.Second),
		at(-24*time.Hour), at(-30*time.Second))}
	if code := b.types(t, "why acme o1"); code != 0 {
		t.Fatal(b.stderr.String())
	}
	want := `Candidate o1 is inactive, because it was archived in Lever.
  Lever last showed it as it is to a fetch that started 2026-11-04 11:59:00 (1m0s ago).
  Its content last changed here 2026-11-04 11:00:00 (1h0m0s ago); the platform knows that as version 7.
  It left 2026-11-04 10:00:00 (2h0m0s ago).
  Its data is erased 2026-12-04 12:00:00 (in 720h0m0s).
Interview i1 is inactive, because its candidate is no longer active.
  Lever last showed it as it is to a fetch that started 2026-11-04 11:57:00 (3m0s ago).
  The platform never saw it.
A look is asked for: hint opportunity/o1 is due 2026-11-04 12:01:00 (in 1m0s), failed 2 times (unavailable), asked 2026-11-04 11:59:55 (5s ago).
decision d1 for candidate o1 is held, accepted 2026-11-03 12:00:00 (24h0m0s ago). No Lever account is connected.
Lever's changes were last read to their end 2026-11-04 11:59:30 (30s ago); the last complete comparison ended never.
`
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEachCommandAsksItsRoute(t *testing.T) {
	t.Parallel()
	for line, asked := range map[string]string{
		"status acme":                 "GET tenants/acme",
		"why acme o1 --json":          "GET tenants/acme/candidates/o1",
		"replay acme o1":              `POST tenants/acme/resyncs {"candidate":"o1"}`,
		"undelivered acme --limit 20": "GET tenants/acme/decisions?limit=20",
		"connections":                 "GET connections?limit=50",
		"--json connections":          "",
		"quarantine":                  "GET connections?limit=50",
		"overdue --limit 7":           "GET overdue?limit=7",
		"runs":                        "GET runs?limit=50",
		"reseal acme --no-wait":       `POST runs {"all":false,"kind":"reseal","tenant":"acme"}`,
		"status":                      "",
		"status acme other":           "",
		"status acme --all":           "",
		"stauts acme":                 "",
	} {
		b := setup(t)
		if asked != "" {
			method, rest, _ := strings.Cut(asked, " ")
			path, _, _ := strings.Cut(rest, " ")
			b.answers[method+" "+path] = []string{`{"id":"r1","data":[]}`}
		}
		code := b.types(t, line)
		if got := strings.Join(b.asked, "; "); got != asked || asked == "" && code != 2 || asked != "" && code != 0 {
			t.Errorf("%s: exit code %d, asked %q; %s", line, code, got, b.stderr.String())
		}
		if asked == "" && b.stderr.Len() == 0 {
			t.Errorf("%s: nothing was said", line)
		}
		if asked != "" && b.stdout.Len() == 0 {
			t.Errorf("%s: no answer", line)
		}
	}
}

func TestErrorsSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*bundle)
		line   string
		says   string
	}{
		"no address":     {func(b *bundle) { b.server.URL = "" }, "overdue", "LEVERCTL_API"},
		"no region":      {func(b *bundle) { b.region = "" }, "overdue", "AWS_REGION"},
		"not permitted":  {func(b *bundle) { b.credentials = credentials.NewStaticCredentialsProvider("other", "x", "") }, "overdue", "OperatorRoleArn"},
		"no credentials": {func(b *bundle) { b.credentials = credentials.NewStaticCredentialsProvider("", "", "") }, "overdue", "AWS_PROFILE"},
		"unknown tenant": {func(*bundle) {}, "status acme", "leverctl connections"},
		"no such server": {func(b *bundle) { b.server.URL = "http://127.0.0.1:1" }, "overdue", "ApiUrl"},
		"odd answer":     {func(b *bundle) { b.answers["GET overdue?limit=50"] = []string{"<html>"} }, "overdue", "may be another"},
	} {
		b := setup(t)
		c.change(b)
		if code := b.types(t, c.line); code != 1 || !strings.Contains(b.stderr.String(), c.says) {
			t.Errorf("%s: exit code %d, says %q", name, code, b.stderr.String())
		}
	}
	b := setup(t)
	if code := b.types(t, ""); code != 2 || !strings.Contains(b.stdout.String(), "reseal") {
		t.Errorf("without a command: exit code %d, %s", code, b.stdout.String())
	}
}

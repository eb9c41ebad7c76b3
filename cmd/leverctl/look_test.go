package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// paged lets the API tell of 101 connections in three pages.
func (b *bundle) paged() {
	for path, page := range map[string]struct {
		rows int
		next string
	}{
		"limit=50": {50, `,"next":"x"`}, "cursor=x&limit=50": {50, `,"next":"y"`}, "cursor=y&limit=50": {1, ""},
	} {
		rows := strings.Repeat(`,{"tenant":"acme","broken":1}`, page.rows)
		b.answers["GET connections?"+path] = []string{`{"data":[` + rows[1:] + `]` + page.next + `}`}
	}
}

func TestTheWayOverAllConnectionsShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	plain := "50 connections read\n100 connections read\n101 connections read\n"
	for _, line := range []string{"connections", "quarantine", "end --all", "connections --json"} {
		b := setup(t)
		b.paged()
		b.types(t, line)
		if got := b.stderr.String(); !strings.HasPrefix(got, plain) {
			t.Errorf("%s says %q, want first %q", line, got, plain)
		}
		watched := setup(t)
		watched.paged()
		watched.live = true
		watched.types(t, line)
		got := watched.stderr.String()
		first, rest, _ := strings.Cut(got, "\n")
		if strings.Count(first, "\r") != 3 || !strings.Contains(first, "101 connections read") || line == "end --all" && !strings.HasPrefix(rest, "leverctl: this ends") {
			t.Errorf("%s draws %q, want three texts over each other and then a line of its own", line, got)
		}
	}
	b := setup(t)
	b.live = true
	b.answers["GET connections?limit=50"] = []string{`{"data":[{"tenant":"acme"}]}`}
	if b.types(t, "connections"); b.stderr.Len() > 0 {
		t.Errorf("a single page says %q", b.stderr.String())
	}
}

func TestProgressEndsItsLineBeforeAComplaint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.live = true
	b.answers["GET connections?limit=50"] = []string{`{"data":[{"tenant":"acme"}],"next":"x"}`}
	if code := b.types(t, "connections"); code != 1 || !strings.Contains(b.stderr.String(), "\nleverctl: ") {
		t.Errorf("exit code %d, says %q", code, b.stderr.String())
	}
}

// docs/operator.md says that every command takes it; programs get what the API answers, whole.
func TestEveryCommandTakesJSON(t *testing.T) {
	t.Parallel()
	row := `{"connectedAt":1,"connectionId":"c1","of-a-newer-api":true,"setAside":[],"tenant":"acme","broken":1}`
	over := `{"id":"r1","over":true,"total":1,"done":1}`
	lines := map[string]string{ // what to type, by what stands then on standard output
		"status acme": `{"state":"connected"}`, "why acme o1": `{"candidate":"o1"}`, "replay acme o1": `{"of":"o1"}`,
		"resync acme": `{"state":"connected","lastFullCheck":{"at":9}}`, "resync bolt --no-wait": `{"of":"all"}`,
		"undelivered acme": `{"data":[]}`, "connections": `{"data":[` + row + `]}`, "quarantine": `{"data":[` + row + `]}`,
		"overdue": `{"data":[]}`, "reseal --all": over, "reseal --all --no-wait": `{"id":"r1"}`, "end acme --sure 1": over,
		"end --all --sure 1": over, "runs": `{"data":[]}`, "follow r1": over,
	}
	typed := map[string]bool{}
	for line, want := range lines {
		b := setup(t)
		b.answers = map[string][]string{
			"GET tenants/acme": {`{"state":"connected"}`}, "GET tenants/acme/candidates/o1": {`{"candidate":"o1"}`}, "GET tenants/bolt": {`{"state":"connected"}`},
			"POST tenants/acme/resyncs": {`{"of":"o1"}`}, "POST tenants/bolt/resyncs": {`{"of":"all"}`},
			"GET tenants/acme/decisions?limit=50": {`{"data":[]}`}, "GET connections?limit=50": {`{"data":[` + row + `]}`},
			"GET overdue?limit=50": {`{"data":[]}`}, "GET runs?limit=50": {`{"data":[]}`}, "POST runs": {`{"id":"r1"}`}, "GET runs/r1": {over},
		}
		if line == "resync acme" {
			b.answers["GET tenants/acme"] = []string{`{"state":"connected"}`, want}
		}
		typed[strings.Fields(line)[0]] = true
		code := b.types(t, line+" --json")
		if !json.Valid(b.stdout.Bytes()) || code != 0 {
			t.Errorf("%s --json: exit code %d, says %q and %q", line, code, b.stdout.String(), b.stderr.String())
		} else if diff := cmp.Diff(want+"\n", b.stdout.String()); diff != "" {
			t.Errorf("%s --json: %s", line, diff)
		}
	}
	for _, c := range commands() {
		if !typed[c.name] {
			t.Errorf("nobody types %s with --json here", c.name)
		}
	}
}

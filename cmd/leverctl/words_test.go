package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHelpThatIsAskedForIsNoSlip(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"help", "--help", "status --help", "end -h", "status acme --help"} {
		b := setup(t)
		if code := b.types(t, line); code != 0 || !strings.Contains(b.stdout.String(), "leverctl") || b.stderr.Len() > 0 || len(b.asked) > 0 {
			t.Errorf("%s: exit code %d, says %q and %q, asked %q", line, code, b.stdout.String(), b.stderr.String(), b.asked)
		}
	}
	b := setup(t)
	if code := b.types(t, "status acme --nonsense"); code != 2 || b.stdout.Len() > 0 || !strings.Contains(b.stderr.String(), "type: leverctl status TENANT") {
		t.Errorf("a slip: exit code %d, says %q and %q", code, b.stdout.String(), b.stderr.String())
	}
}

func TestStatusAndConnectionsReadLikeEnglish(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers["GET tenants/acme"] = []string{`{"tenant":"acme","state":"connected","connectionId":"c1",
		"records":[{"kind":"job","count":1},{"kind":"user","count":2}],"lastFullCheck":{"at":1793793600000,"match":true}}`}
	b.answers["GET tenants/late"] = []string{`{"tenant":"late","state":"connected","connectionId":"c2",
		"findings":[{"code":"webhooks-off","level":"attention"},{"code":"of-a-newer-api","level":"note"}],"lastFullCheck":{"at":1793793600000}}`}
	b.answers["GET connections?limit=50"] = []string{`{"data":[{"tenant":"acme"}]}`}
	for _, line := range []string{"status acme", "status late", "connections"} {
		if code := b.types(t, line); code != 0 {
			t.Fatal(b.stderr.String())
		}
	}
	for _, says := range []string{
		"1 job, 2 users; 0 could not be read", "; everything matched\n", "; it repaired what differed\n", "\n1 connection.\n",
		"! webhooks-off (attention)\n    One or more webhooks look switched off in Lever.\n! of-a-newer-api (note)\n",
	} {
		if !strings.Contains(b.stdout.String(), says) {
			t.Errorf("it does not say %q:\n%s", says, b.stdout.String())
		}
	}
}

// The alarm on full resyncs that repair much sends people to these two commands.
func TestStatusAndResyncTellWhatTheCheckFoundByKind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	check := `{"tenant":"acme","state":"connected","connectionId":"c1","lastFullCheck":{"at":%d,"match":%t,"drift":[
		{"kind":"job","checked":12,"missing":0,"extra":0,"stale":0},
		{"kind":"candidate","checked":300,"missing":3,"extra":1,"stale":%d,"broken":4},
		{"kind":"interview","checked":1,"missing":0,"extra":0,"stale":0,"broken":1}]}}`
	b.answers["GET tenants/acme"] = []string{fmt.Sprintf(check, 1793793600000, false, 25), `{"state":"connected"}`, fmt.Sprintf(check, 9, false, 0)}
	b.answers["POST tenants/acme/resyncs"] = []string{`{"of":"all"}`}
	says := "; it repaired what differed\n" +
		"          300 candidates: 3 missing, 1 too many, 25 out of date, 4 unreadable\n" +
		"          1 interview: 1 unreadable\n" +
		"  decisions  "
	if code := b.types(t, "status acme"); code != 0 || !strings.Contains(b.stdout.String(), says) {
		t.Errorf("status: exit code %d, it does not say %q:\n%s%s", code, says, b.stdout.String(), b.stderr.String())
	}
	b.stdout.Reset()
	want := "Everything was compared, and what differed was repaired.\n" +
		"          300 candidates: 3 missing, 1 too many, 4 unreadable\n" +
		"          1 interview: 1 unreadable\n"
	if code := b.types(t, "resync acme"); code != 0 || b.stdout.String() != want {
		t.Errorf("resync: exit code %d: %s", code, cmp.Diff(want, b.stdout.String()))
	}
}

// What names a connection names its tenant: every other command takes one.
func TestWhatIsLateOrSetAsideNamesTheTenant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := noon.Add(-5 * time.Minute).UnixMilli()
	answer := fmt.Sprintf(`{"data":[{"tenant":"acme","connectionId":"c1","kind":"hint","target":"opportunity/o1","dueAt":%d,"attempts":2,"cause":"unavailable"},
		{"tenant":"bolt","connectionId":"c2","kind":"hint","target":"opportunity/o2","dueAt":%d,"waitsSince":%d,"attempts":9,"cause":"internal"},
		{"connectionId":"operation#r1","kind":"walk","target":"all","dueAt":%d}]}`, due, noon.Add(time.Minute).UnixMilli(), due, due)
	b.answers["GET overdue?limit=50"] = []string{answer}
	b.answers["GET connections?limit=50"] = []string{`{"data":[{"tenant":"acme","connectionId":"c1","broken":1,
		"setAside":[{"connectionId":"c1","kind":"hint","target":"opportunity/o1","attempts":60,"cause":"invalid","setAside":true}]}]}`}
	for line, want := range map[string]string{
		"overdue": `acme                     c1  hint opportunity/o1 has been due since 2026-11-04 11:55:00 (5m0s ago), failed 2 times (unavailable)
bolt                     c2  hint opportunity/o2 is due 2026-11-04 12:01:00 (in 1m0s), failed 9 times (internal), waits since 2026-11-04 11:55:00 (5m0s ago)
-                        operation#r1  walk all has been due since 2026-11-04 11:55:00 (5m0s ago)
`,
		"overdue --json": answer + "\n",
		"quarantine": `acme: 1 record could not be read in the last complete check; see the log of full-resync.
acme: hint opportunity/o1 was set aside after 60 failures (invalid); look into the log, then replay or resync
`,
	} {
		b.stdout.Reset()
		if code := b.types(t, line); code != 0 {
			t.Fatal(b.stderr.String())
		}
		if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

// What is no longer here, and what never was, is not said to have been deleted or never seen.
func TestWhyTellsWhatIsGoneFromWhatNeverWas(t *testing.T) {
	t.Parallel()
	for state, c := range map[string]struct{ record, want string }{
		"disconnected": {"", "The connection c1 is disconnected: nothing is asked at Lever any more.\nWhat it held is erased, so nothing can be said about candidate o1.\n"},
		"connected": {
			`,"record":{"id":"o1","state":"removed","reason":"deleted","version":0,"fetchedAt":` + fmt.Sprint(noon.Add(-time.Minute).UnixMilli()) + `}`,
			"Candidate o1 is not here, and the platform never saw it: when Lever was asked last, by a fetch that started 2026-11-04 11:59:00 (1m0s ago),\n" +
				"it showed none of this id. Check the id; a confidential one needs that permission.\n",
		},
	} {
		b := setup(t)
		b.answers["GET tenants/acme/candidates/o1"] = []string{`{"candidate":"o1","connectionId":"c1","state":"` + state + `"` + c.record + `,"interviews":[],"work":[],"decisions":[]}`}
		if code := b.types(t, "why acme o1"); code != 0 {
			t.Fatal(b.stderr.String())
		}
		if !strings.HasPrefix(b.stdout.String(), c.want) {
			t.Errorf("%s: %s", state, b.stdout.String())
		}
	}
}

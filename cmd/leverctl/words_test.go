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

package main

import (
	"strings"
	"testing"
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

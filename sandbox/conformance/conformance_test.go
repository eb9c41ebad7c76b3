package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

func setup(t *testing.T, rules levertest.Rules) *stage {
	t.Helper()
	s, end, err := newStage(rules)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return s
}

func TestEachVariantIsNamedExactly(t *testing.T) {
	t.Parallel()
	variants := append([]levertest.Variant{{Name: "default rules", Rules: levertest.DefaultRules()}}, levertest.AllVariants()...)
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			findings, err := askSimulated(t.Context(), v.Rules)
			rule, _, _ := strings.Cut(v.Name, "=")
			r := rehearsal{v.Name, about(rule), findings}
			if v.Name != "default rules" && len(r.Expected) == 0 {
				t.Errorf("no question is about %s", rule)
			}
			if err != nil || r.check() != nil {
				t.Errorf("%v, %v", err, r.check())
			}
		})
	}
}

func TestEachGuessHasAQuestionOrAReason(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, q := range questions() {
		if known[q.name] {
			t.Errorf("two questions are called %s", q.name)
		}
		known[q.name] = true
	}
	if n := len(guesses()); n != marks {
		t.Errorf("%d of %d guesses are listed", n, marks)
	}
	points := map[string]bool{}
	for _, g := range guesses() {
		asked, explained := known[g.Question], g.Reason != "" && g.Hand != ""
		if asked == explained || g.Question != "" && !asked || points[g.Point] {
			t.Errorf("%s: question %q, reason %q, by hand %q", g.Point, g.Question, g.Reason, g.Hand)
		}
		points[g.Point] = true
	}
	rules := reflect.TypeFor[levertest.Rules]()
	for i := range rules.NumField() {
		if len(about(rules.Field(i).Name)) == 0 {
			t.Errorf("no question is about the switch %s", rules.Field(i).Name)
		}
	}
}

func TestWhatItWritesGoesAway(t *testing.T) {
	t.Parallel()
	s := setup(t, levertest.DefaultRules())
	ctx := t.Context()
	if _, _, err := s.lab.write(ctx, nil, ours, false); err != nil { // an earlier run was cut off
		t.Fatal(err)
	}
	if _, err := s.lab.hook(ctx, "candidateHired", false); err != nil {
		t.Fatal(err)
	}
	s.lab.notes, s.lab.hooks = nil, nil
	if err := s.lab.tidyLeftovers(ctx); err != nil || len(s.account.Webhooks()) != 0 {
		t.Errorf("%d webhooks of the earlier run stay, %v", len(s.account.Webhooks()), err)
	}
	before := len(s.account.Opportunities())
	if _, err := s.lab.askAll(ctx); err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, n := range s.account.Notes("") {
		if text := n.Fields[0].Value; strings.HasPrefix(text, ours) || text == byHand {
			if written++; n.DeletedAt == nil {
				t.Errorf("a note stays")
			}
			if n.OpportunityID != s.lab.candidate {
				t.Error("a note was written on somebody else")
			}
		}
	}
	if hooks := s.account.Webhooks(); written < 4 || len(hooks) != 0 || len(s.account.Opportunities()) != before-1 { // one was deleted by hand
		t.Errorf("%d notes written, %d webhooks stay", written, len(hooks))
	}
	if o, _ := s.account.Opportunity(s.lab.candidate); o.Archived != nil || o.Confidentiality != nonConfidential {
		t.Error("the candidate is not as before")
	}
}

func TestWhatCannotBeTidiedIsTold(t *testing.T) {
	t.Parallel()
	s := setup(t, levertest.DefaultRules())
	if _, _, err := s.lab.write(t.Context(), nil, ours, false); err != nil {
		t.Fatal(err)
	}
	if err := s.account.Revoke(); err != nil {
		t.Fatal(err)
	}
	if err := s.lab.tidy(t.Context()); err == nil || !strings.Contains(err.Error(), "1 notes could not be removed") {
		t.Errorf("%v", err)
	}
}

func TestATokenAloneOnlyReads(t *testing.T) {
	t.Parallel()
	s := setup(t, levertest.DefaultRules())
	set := settings{hosts: s.lab.set.hosts, access: s.lab.set.access}
	s.lab.set, s.lab.person, s.lab.inbox, s.lab.grant.Refresh = set, nil, nil, ""
	s.lab.wait = func(_ context.Context, d time.Duration) error { s.pass(d); return nil }
	findings, err := s.lab.askAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.lever.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	asked := named(findings, asAssumed)
	if want := []string{
		"token-form", "token-claims", "limit", "bad-offset", "unknown-names", "filters", "expand-scope", "interview-expand", "posting-id",
		"deleted-window", "retry-after", "codes",
	}; !slices.Equal(want, asked) {
		t.Error(cmp.Diff(want, asked))
	}
	for _, f := range findings {
		if (f.Verdict == notPut) != (f.Why != "") || f.Verdict == otherwise {
			t.Errorf("%+v", f)
		}
	}
}

func TestNothingPrivateIsPrinted(t *testing.T) {
	t.Parallel()
	s := setup(t, levertest.DefaultRules())
	findings, err := s.lab.askAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.account.Revoke(); err != nil { // every answer is now a refusal
		t.Fatal(err)
	}
	refused, _ := s.lab.askAll(t.Context())
	var out bytes.Buffer
	for _, list := range [][]finding{findings, refused} {
		if err := printTables(&out, list); err != nil {
			t.Fatal(err)
		}
		if err := printJSON(&out, list); err != nil {
			t.Fatal(err)
		}
	}
	private := append(s.account.Tokens(), simulatedSecret, s.account.ID(), s.lab.set.posting)
	for _, o := range s.account.Opportunities() {
		private = append(append(private, o.ID, o.Name, o.Contact), o.Emails...)
	}
	for _, text := range private {
		if text != "" && strings.Contains(out.String(), text) {
			t.Errorf("%q is printed", text)
		}
	}
	for _, q := range questions() {
		if !strings.Contains(out.String(), q.text) {
			t.Errorf("%s is not in the table", q.name)
		}
	}
}

func TestSettingsGatherEveryFault(t *testing.T) {
	t.Parallel()
	read := func(env map[string]string) (settings, bool, error) {
		return readSettings(func(name string) string { return env[name] })
	}
	if _, given, err := read(map[string]string{"LEVER_CLIENT_ID": "app"}); given || err != nil {
		t.Errorf("%v, %v", given, err)
	}
	s, given, err := read(map[string]string{"LEVER_API_URL": "https://api.sandbox.lever.co/v1/", "LEVER_ACCESS_TOKEN": "x"})
	if err != nil || !given || s.hosts.Audience != "https://api.sandbox.lever.co/v1/" {
		t.Errorf("%v, %v, %v", s.hosts, given, err)
	}
	_, _, err = read(map[string]string{
		"LEVER_API_URL": "http://elsewhere.example", "LEVER_CONFORMANCE_HOOK_URL": "http://x.example", "LEVER_CONFORMANCE_PATIENCE": "long",
		"LEVER_CONFORMANCE_PERSON": "1", "LEVER_CONFORMANCE_SPEND": "true",
	})
	for _, word := range []string{
		"LEVER_API_URL", "LEVER_ACCESS_TOKEN", "LEVER_CONFORMANCE_LISTEN", "https address", "LEVER_CONFORMANCE_PATIENCE",
		"LEVER_CONFORMANCE_PERSON", "LEVER_CONFORMANCE_SPEND",
	} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not name %s: %v", word, err)
		}
	}
}

func TestFindingsAsJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := printJSON(&out, []finding{{Name: "x", Verdict: asAssumed}}); err != nil {
		t.Fatal(err)
	}
	var back []finding
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[0].Name != "x" {
		t.Errorf("%v %v", back, err)
	}
}

// TestARefreshTokenIsKeptWhenLeverReplacesIt starts the program's own way into an account, over HTTP and by the clock.
func TestARefreshTokenIsKeptWhenLeverReplacesIt(t *testing.T) {
	t.Parallel()
	simulated := levertest.New(levertest.Options{Now: time.Now, Seed: 3, ClientID: simulatedApp, ClientSecret: simulatedSecret, RedirectURIs: []string{simulatedRedirect}})
	server := httptest.NewServer(simulated.Handler())
	defer server.Close()
	pair, err := simulated.Seed(levertest.SmallCompany(1, 4, time.Now())).Connect("offline_access", "stages:read:admin", "opportunities:read:admin")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "refresh-token")
	if err := os.WriteFile(file, []byte(pair.RefreshToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"LEVER_API_URL": server.URL + "/v1", "LEVER_AUTH_URL": server.URL, "LEVER_CLIENT_ID": simulatedApp, "LEVER_CLIENT_SECRET": simulatedSecret,
		"LEVER_REFRESH_TOKEN_FILE": file,
	}
	for range 2 { // a spent token would end the grant
		s, _, err := readSettings(func(name string) string { return env[name] })
		if err != nil {
			t.Fatal(err)
		}
		l, err := newLab(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions() {
			if f := l.put(t.Context(), q); q.name == "limit" && f.Verdict != asAssumed {
				t.Errorf("%+v", f)
			} else if q.name == "limit" {
				break
			}
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil || strings.TrimSpace(string(kept)) == pair.RefreshToken {
		t.Errorf("the spent token is still in the file, %v", err)
	}
}

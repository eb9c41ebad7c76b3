package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

func setup(t *testing.T) *page.Pages {
	t.Helper()
	pages, err := page.New("support@evidenced.app", "https://lever.evidenced.example", pagetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func status(t *testing.T, role portal.Role, fixture string) string {
	t.Helper()
	content, err := setup(t).Status(pagetest.Session(role), pagetest.Facts(fixture).Report(), "")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var tags = regexp.MustCompile(`<[^>]*>`)

// read is what a person reads: no tags, single spaces.
func read(html string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(html, " ")), " ")
}

func TestThePageSays(t *testing.T) {
	t.Parallel()
	for fixture, sentences := range map[string][]string{
		pagetest.NotConnected: {
			"Not connected", "The data goes to the Evidenced organisation Northwind Savings Bank", "What Evidenced reads in Lever",
			"What Evidenced writes to Lever", "Include confidential jobs", "Connect to Lever", "Super Admin", "support@evidenced.app",
		},
		pagetest.Connecting: {"Connecting…"},
		pagetest.FirstSync: {
			"Step 1 of 2 Lever is connected", "Step 2 of 2 Switch on eight webhooks in Lever", "2 of 8 heard from",
			"Settings &gt; Integration &amp; API &gt; Webhooks", "First sync", "214 of about 300", "read for 88 of about 300 candidates", "about 30 seconds left",
			"Application Created", "Candidate Archive State Change",
		},
		pagetest.Good: {
			"Connected", "Connected by Anna Berg", "Up to date, checked 20 seconds ago", "Active candidates", "1,140",
			"Compared with Lever at 03:14", "everything matches (20 jobs, 300 candidates, 120 users and 1,140 interviews)",
			"Receiving", "(last 2 minutes ago", "Resync now", "Reconnect", "Disconnect…", "One candidate looks different from Lever?", "Look at this candidate again", "Who in Lever may see the notes",
			"Times are in Europe/Amsterdam.", "Read from Lever 20 seconds ago", "All read again 4 minutes ago", "a round takes 5 minutes",
			"It took 3 minutes. The next comes by itself within a day", "Every record could be read.",
		},
		pagetest.Refused: {
			"Not connected", "Lever granted less than needed: Interviews and Notes with interview decisions", "Interviews : without it, interviews do not sync",
			"the last try to connect changed nothing", "Connect again", "Help: support@evidenced.app , reference C2D8-1B07",
		},
		pagetest.SwitchedOn: {"Waiting for the next event", "These are said to be switched on", "Ready, tested 20 seconds ago"},
		pagetest.Ended:      {"Evidenced ended the connection to Lever 20 minutes ago", "not somebody of your organisation", "quote the reference 9F3C-77D0"},
		pagetest.Resyncing:  {"Counts as of 40 seconds ago", "Full resync", "240 of about 740", "You can use this page and Evidenced meanwhile."},
		pagetest.StoodStill: {
			"Lever ends a connection that stood still for 90 days: on 13 November 2026", "Nothing could be read from Lever since 15 Aug, 11:14",
			"longer ago than it should be", "The next should have come by itself", "Jane Doe, who is no longer Super Admin", "Webhooks are missing in Lever", "The last try to connect did not work",
		},
		pagetest.Taken: {"This Lever account is connected to another Evidenced organisation", "contact support", "quote the reference C2D8-1B07"},
		pagetest.NeedsAttention: {
			"Connected, needs attention (3)", "Reconnect with access", "Lever ties the connection to Jane Doe, who was deactivated", "It can stop at any time.",
			"4 changes since 09:10", "came without their webhook", "Sync still works, but changes arrive about a minute late, those of interviews some minutes.", "Looks switched off",
			"I have switched it on", "Check again", "One decision could not be delivered to Lever", "The candidate no longer exists in Lever",
			"Try again", "Dismiss", "Waiting for the next event", "Confidential jobs are not synced, as you chose", "2 missing, 1 out of date",
		},
		pagetest.EachFinding: {
			"Lever has not answered since 09:49", "Nothing is lost.", "The connection must be renewed once a year: by 13 November 2026",
			"Interviews : without it, interviews do not sync", "Help: support@evidenced.app , reference 9F3C-77D0",
			"Lever granted less than needed: Interviews, Pipeline stages, Archive reasons, Notes and Notes with interview decisions",
			"Lever did not grant webhooks", "2 webhooks look switched off", "2 candidates could not be read", "quote the reference 9F3C-77D0",
			"120 of 300 candidates are gone in Lever since the full check before", "One task was given up", "We put them back at 09:14",
		},
		pagetest.Revoked:       {"Access revoked in Lever", "Access was revoked in Lever on 3 Nov, 10:04", "Nothing syncs since.", "Reconnect"},
		pagetest.Disconnecting: {"Anna Berg pressed Disconnect 6 seconds ago", "Disconnecting…"},
		pagetest.Disconnected:  {"Anna Berg disconnected Lever 3 minutes ago", "Not connected", "Revoke Access", "2 webhooks may remain in Lever", "Connect to Lever"},
	} {
		text := read(status(t, portal.Admin, fixture))
		for _, sentence := range sentences {
			if !strings.Contains(text, sentence) {
				t.Errorf("%s does not say %q:\n%s", fixture, sentence, text)
			}
		}
	}
}

func TestEveryFindingStandsInAFixture(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("english_findings.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, fixture := range pagetest.Names() {
		for _, f := range pagetest.Facts(fixture).Report().Findings {
			shown[f.Code] = true
		}
	}
	for _, match := range regexp.MustCompile(`"finding\.([a-z-]+)\.means"`).FindAllStringSubmatch(string(source), -1) {
		if !shown[match[1]] {
			t.Errorf("no fixture has the finding %q", match[1])
		}
	}
}

func TestEveryFindingHasWordsForOperators(t *testing.T) {
	t.Parallel()
	for _, fixture := range pagetest.Names() {
		for _, f := range pagetest.Facts(fixture).Report().Findings {
			if brief := page.Brief(f.Code); brief == "" || strings.ContainsAny(brief, "{*") {
				t.Errorf("the brief of %q is %q", f.Code, brief)
			}
		}
	}
	if brief := page.Brief("of-another-version"); brief != "" {
		t.Errorf("an unknown finding is called %q", brief)
	}
}

func TestEveryWordIsUsed(t *testing.T) {
	t.Parallel()
	var tables, uses strings.Builder
	for pattern, into := range map[string]*strings.Builder{"english*.go": &tables, "[^e]*.go": &uses, "templates/*.html": &uses} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			into.Write(content)
		}
	}
	made := regexp.MustCompile(`^(state|finding|problem|done|scope|kind|kinds|hook|outcome|decision|cause|activity|fresh|resync|ago|span)\.`)
	for _, match := range regexp.MustCompile(`"([a-z][a-z.0-9:_-]*)": `).FindAllStringSubmatch(tables.String(), -1) {
		key := strings.TrimSuffix(strings.TrimSuffix(match[1], ".one"), ".other")
		if !made.MatchString(key) && !strings.Contains(uses.String(), `"`+key+`"`) {
			t.Errorf("nobody says %q", match[1])
		}
	}
}

func TestNoPageLacksWords(t *testing.T) {
	t.Parallel()
	for _, fixture := range pagetest.Names() {
		for _, role := range []portal.Role{portal.Admin, portal.Viewer} {
			html := status(t, role, fixture)
			for _, mark := range []string{"⟦", "{0}", "{1}", "{2}", "{3}", "%!", "ZgotmplZ", "&lt;nil&gt;"} {
				if strings.Contains(html, mark) {
					t.Errorf("%s as %s shows %q", fixture, role, mark)
				}
			}
		}
	}
}

func TestThePageShowsNoIDs(t *testing.T) {
	t.Parallel()
	for _, fixture := range pagetest.Names() {
		text := read(status(t, portal.Admin, fixture))
		for _, id := range []string{"9f3c77d0", "d-9", "user-1", "lever-user", "candidateStageChange"} {
			if strings.Contains(text, id) {
				t.Errorf("%s shows %q", fixture, id)
			}
		}
	}
}

func TestEveryFormCarriesTheTokenAndEveryIDIsUnique(t *testing.T) {
	t.Parallel()
	ids := regexp.MustCompile(` id="([^"]*)"`)
	forms := regexp.MustCompile(`(?s)<form[^>]*action="/portal/([a-z]+)".*?</form>`)
	for _, fixture := range pagetest.Names() {
		html := status(t, portal.Admin, fixture)
		if all := forms.FindAllString(html, -1); len(all) != strings.Count(html, "<form") {
			t.Errorf("%s has a form without a deed", fixture)
		}
		for _, form := range forms.FindAllStringSubmatch(html, -1) {
			if token := pagetest.Session(portal.Admin).Form(form[1]); !strings.Contains(form[0], `name="csrf" value="`+token+`"`) {
				t.Errorf("%s: the form for %s has not the token of its deed", fixture, form[1])
			}
		}
		seen := map[string]bool{}
		for _, match := range ids.FindAllStringSubmatch(html, -1) {
			if seen[match[1]] {
				t.Errorf("%s has id %q twice", fixture, match[1])
			}
			seen[match[1]] = true
		}
	}
}

func TestNamesCannotWriteHTML(t *testing.T) {
	t.Parallel()
	attack := `<script>alert(1)</script>"'{0}*`
	session := pagetest.Session(portal.Admin)
	session.TenantName, session.UserName, session.ReturnURL, session.CSRF = attack, attack, "javascript:alert(1)", attack
	for _, fixture := range pagetest.Names() {
		f := pagetest.Facts(fixture)
		f.Connection.By.Name = attack
		if f.Authoriser != nil {
			f.Authoriser.Name, f.Authoriser.Email = attack, "a@"+attack
		}
		f.Connection.Scopes = append(f.Connection.Scopes, attack)
		for i := range f.Activity {
			f.Activity[i].Args = []string{attack, attack}
		}
		f.Activity = append(f.Activity, connection.Activity{Code: attack})
		for i := range f.Hooks {
			f.Hooks[i].Event = attack
		}
		for i := range f.Decisions.Recent {
			f.Decisions.Recent[i].Link, f.Decisions.Recent[i].ID = "javascript:alert(1)", attack
		}
		html, err := setup(t).Status(session, f.Report(), attack)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script>alert", "javascript:", `value="<`} {
			if strings.Contains(string(html), bad) {
				t.Errorf("%s lets %q through", fixture, bad)
			}
		}
	}
}

func TestOtherPages(t *testing.T) {
	t.Parallel()
	pages, admin := setup(t), pagetest.Session(portal.Admin)
	render := func(content []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return read(string(content))
	}
	for name, test := range map[string]struct {
		text  string
		words []string
	}{
		"confirm":     {render(pages.Confirm(admin)), []string{"Disconnect Lever from Northwind Savings Bank?", "removed from Lever", "integration store", "stay in Lever", "Revoke Access"}},
		"reconnect":   {render(pages.Consent(admin, true)), []string{"Reconnect Lever to Northwind Savings Bank", "Syncing goes on while you reconnect"}},
		"super admin": {render(pages.Problem(page.Problem{Code: "not-super-admin", Reference: "7K2M-41QX", Session: &admin})), []string{"Lever lets only Super Admins connect apps", "Text to forward", "Open as an e-mail", "Try again", "7K2M-41QX", "support@evidenced.app"}},
		"too late":    {render(pages.Problem(page.Problem{Code: "connect-expired", Reference: "7K2M-41QX", Session: &admin})), []string{"This step was done already, or took too long", "Nothing was changed just now", "Start again", "quote the reference 7K2M-41QX"}},
		"taken":       {render(pages.Problem(page.Problem{Code: "account-taken", Reference: "7K2M-41QX", Session: &admin})), []string{"connected to another Evidenced organisation", "contact support", "quote the reference 7K2M-41QX"}},
		"unknown":     {render(pages.Problem(page.Problem{Code: "never-heard-of"})), []string{"Something went wrong", "Open it from Evidenced", "support@evidenced.app"}},
		"nobody":      {render(pages.Problem(page.Problem{Code: "no-session"})), []string{"This page opens from Evidenced", "Open it from Evidenced"}},
		"part":        {render(pages.ProblemPart(page.Problem{Code: "session-ended"})), []string{"This page was open too long"}},
	} {
		for _, words := range append(test.words, "") {
			if !strings.Contains(test.text, words) || strings.Contains(test.text, "⟦") {
				t.Errorf("%s does not say %q:\n%s", name, words, test.text)
			}
		}
	}
}

func TestAViewerGetsNoToken(t *testing.T) {
	t.Parallel()
	for _, fixture := range pagetest.Names() {
		if html := status(t, portal.Viewer, fixture); strings.Contains(html, "csrf") || strings.Contains(html, "<form") {
			t.Errorf("%s has a form for a viewer", fixture)
		}
	}
}

func TestTemplatesHoldNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	actions := regexp.MustCompile(`(?s){{.*?}}`)
	for _, name := range []string{"frame", "consent", "status"} {
		content, err := os.ReadFile("templates/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		text := tags.ReplaceAllString(actions.ReplaceAllString(string(content), " "), " ")
		for _, word := range regexp.MustCompile(`[A-Za-z]{2,}`).FindAllString(text, -1) {
			if word != "Evidenced" && word != "doctype" {
				t.Errorf("%s.html holds the word %q", name, word)
			}
		}
	}
}

package acceptance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/evidenced/lever-integration/sandbox/chrome"
	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

func TestTheStoryInARealBrowser(t *testing.T) {
	account, _ := spare(t, 2)
	evidenced, lever := world.Endpoints.Evidenced, world.Endpoints.Lever
	admin := world.Visitor("northwind", "u-northwind-admin", "admin") // whom the stand-in's login offers
	if err := account.Revoke(t.Context()); err != nil {               // so that Lever asks for consent again
		t.Fatal(err)
	}
	super, err := account.SuperAdmins(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	b := newTab(t)
	b.visit(t, "evidenced-login", evidenced+"/login", "button.row")
	b.press(t, `button[value="u-northwind-admin"]`, "evidenced-overview", "header.top")
	b.visit(t, "evidenced-integrations", evidenced+"/integrations", ".lever button")
	b.press(t, ".lever button", "page-before-consent", "#connect")
	b.press(t, "#connect", "lever-login", `input[name="user"][value="`+super[0].ID+`"] ~ button`)
	b.press(t, `input[name="user"][value="`+super[0].ID+`"] ~ button`, "lever-consent", `button[value="accept"]`)
	b.press(t, `button[value="accept"]`, "evidenced-connected", ".flash.good")
	b.press(t, ".lever button", "page-set-up", "a#disconnect")
	b.visit(t, "lever-webhooks", lever+"/settings/webhooks", "main")
	if err := account.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Synced(t.Context(), firstResync); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"candidates", "jobs", "interviews", "users"} {
		b.visit(t, "evidenced-"+name, evidenced+"/"+name, "tbody tr")
	}
	b.visit(t, "evidenced-candidates-again", evidenced+"/candidates", "tbody a")
	b.press(t, "tbody tr:first-child a", "evidenced-candidate", "form.decide")
	b.do(t, "choose an outcome", chromedp.SendKeys(`form.decide select[name="outcome"]`, "advance"))
	b.do(t, "decide", chromedp.SendKeys(`form.decide input[name="reason"]`, "Clear thinking under time pressure"))
	b.press(t, "form.decide button", "evidenced-decided", ".flash.good")
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	candidate := at[strings.LastIndex(at, "/")+1:]
	eventually(t, soon, "the decision as a note", func(ctx context.Context) (bool, string, error) {
		notes, err := account.Notes(ctx, candidate)
		return len(notes) > 0, "no note", err
	})
	b.visit(t, "lever-candidate", lever+"/candidates/"+candidate, "main")
	b.visit(t, "lever-candidates", lever+"/candidates", "main")
	b.visit(t, "evidenced-decisions", evidenced+"/decisions", "tbody tr")
	b.visit(t, "evidenced-events", evidenced+"/events", "#events li time")
	b.visit(t, "evidenced-integrations-connected", evidenced+"/integrations", ".lever button")
	b.press(t, ".lever button", "page-connected", "a#disconnect")
	b.mended(t, account, admin, super[0].ID)
	b.visit(t, "page-reconnect", world.Endpoints.API+"/portal?reconnect=yes", "button#connect")
	b.visit(t, "page-confirm-disconnect", world.Endpoints.API+"/portal?confirm=disconnect", "button#disconnect")
	b.visit(t, "page-connected-again", world.Endpoints.API+"/portal", "a#disconnect")
	for _, look := range []chrome.Look{chrome.Phone, chrome.PhoneDark, chrome.DeskDark, chrome.Desk} {
		b.do(t, "look as "+look.Name, chrome.See(look))
		b.picture(t, "page-connected-"+look.Name)
	}
	b.withoutScript(t, candidate)
	if _, err := admin.Disconnected(t.Context(), nextMinute); err != nil {
		t.Fatal(err)
	}
	b.visit(t, "evidenced-integrations-after", evidenced+"/integrations", ".lever button")
	b.press(t, ".lever button", "page-disconnected", "#connect")
	b.quiet(t)
	if b.pages < 10 {
		t.Errorf("only %d pages of the integration were read with axe-core", b.pages)
	}
}

// mended takes the role from the Super Admin who accepted and gives it back, while the page stays open: the trouble comes and
// goes by itself, and goes within a minute.
func (b *tab) mended(t *testing.T, account *story.Account, admin *story.Visitor, super string) {
	t.Helper()
	role := func(role string) {
		t.Helper()
		if _, err := account.Deed(t.Context(), "users/"+super+"/role", map[string]any{"role": role}); err != nil {
			t.Fatal(err)
		}
	}
	const card = "#finding-authoriser-demoted"
	role("admin")
	eventually(t, nextMinute, "the finding", func(ctx context.Context) (bool, string, error) {
		c, err := world.Platform.Connection(ctx, admin.Tenant)
		return slices.ContainsFunc(c.Findings, func(f platform.Finding) bool { return f.Code == "authoriser-demoted" }), "none", err
	})
	b.do(t, "see the trouble come", chromedp.WaitVisible(card))
	b.picture(t, "page-needs-attention")
	role("super admin")
	start := time.Now()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitNotPresent(card)); err != nil {
		t.Errorf("the trouble was mended a minute ago and still stands on the page: %v", err)
	}
	t.Logf("the finding went %s after it was mended", time.Since(start).Round(time.Second))
}

// withoutScript does what an admin can do, with the keyboard and with JavaScript switched off, up to the disconnect.
func (b *tab) withoutScript(t *testing.T, candidate string) {
	t.Helper()
	b.do(t, "switch scripts off", chrome.Scripts(false), chromedp.Reload())
	b.enter(t, "#see-secret", "", "")
	b.enter(t, "#save", "plain-settings-saved", "#flash")
	if secret, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.getElementById("see-secret").checked`)); err != nil || !secret {
		t.Errorf("the settings were not saved: %v", err)
	}
	b.enter(t, "#resync-now", "plain-resync-asked", "#flash")
	b.do(t, "paste a candidate's address", chromedp.SendKeys("#candidate", "https://hire.lever.co/candidates/"+candidate))
	b.enter(t, "#look-again", "plain-candidate-asked", "#flash")
	b.enter(t, "#reconnect", "plain-reconnect", "button#connect")
	b.enter(t, ".decide a", "plain-connected-again", "a#disconnect")
	b.enter(t, "a#disconnect", "plain-confirm-disconnect", "button#disconnect")
	b.enter(t, "button#disconnect", "plain-disconnecting", "#flash")
	b.do(t, "switch scripts on", chrome.Scripts(true))
}

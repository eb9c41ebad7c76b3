package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/evidenced/lever-integration/sandbox/chrome"
	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/health"
	"github.com/evidenced/lever-integration/shared/page"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

// open starts a browser before the gallery.
func open(t *testing.T) (h *hall, tab context.Context, address string) {
	t.Helper()
	h, err := newHall()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	tab, stop, err := chrome.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return h, tab, server.URL + "/"
}

func do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatal(err)
	}
}

func evaluate[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// unfold opens everything that can be opened, so that what is inside is looked at too.
const unfold = `document.querySelectorAll("details").forEach((d) => { d.open = true })`

func TestEveryPageCanBeReadByEverybody(t *testing.T) {
	t.Parallel()
	h, tab, address := open(t)
	pages := 0
	for _, look := range chrome.Looks() {
		do(t, tab, chrome.See(look))
		for _, e := range h.exhibits {
			do(t, tab, chromedp.Navigate(address+e.name), chrome.Loaded(), chromedp.Evaluate[chromedp.Void](unfold))
			found, err := chrome.Axe(tab)
			if err != nil {
				t.Fatal(err)
			}
			for _, violation := range found {
				t.Errorf("%s as %s: %s", e.name, look.Name, violation)
			}
			outside, err := chrome.Overflow(tab)
			if err != nil {
				t.Fatal(err)
			}
			if len(outside) > 0 {
				t.Errorf("%s as %s must be scrolled sideways: %s", e.name, look.Name, strings.Join(outside, "; "))
			}
			pages++
		}
	}
	t.Logf("looked at %d pages", pages)
}

func TestTheKeyboardReachesEverythingInOrderAndShowsWhereItIs(t *testing.T) {
	t.Parallel()
	h, tab, address := open(t)
	for _, look := range []chrome.Look{chrome.Desk, chrome.Phone} {
		do(t, tab, chrome.See(look))
		for _, e := range h.exhibits {
			do(t, tab, chromedp.Navigate(address+e.name), chrome.Loaded())
			stops, all, err := chrome.Walk(tab)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i, stop := range stops {
				names = append(names, stop.Name)
				if !stop.Visible {
					t.Errorf("%s as %s: the focus on %q cannot be seen", e.name, look.Name, stop.Name)
				}
				if i > 1 && stop.Y < stops[i-1].Y-60 {
					t.Errorf("%s as %s: from %q the keyboard jumps up to %q", e.name, look.Name, stops[i-1].Name, stop.Name)
				}
			}
			for _, name := range all {
				if !slices.Contains(names, name) {
					t.Errorf("%s as %s: the keyboard does not reach %q, only %q", e.name, look.Name, name, names)
				}
			}
		}
	}
}

// Without a script the browser's own elements must do everything: a button needs a form with an address, a link a target.
func TestEveryPageWorksWithoutScript(t *testing.T) {
	t.Parallel()
	h, tab, address := open(t)
	do(t, tab, chrome.Scripts(false))
	for _, e := range h.exhibits {
		do(t, tab, chromedp.Navigate(address+e.name), chrome.Loaded())
		idle := evaluate[[]string](t, tab, `[...document.querySelectorAll("button, a, summary")].filter((e) => {
			if (e.nodeName === "BUTTON") return !e.form || e.form.method !== "post" || !e.form.getAttribute("action") || e.type !== "submit";
			return e.nodeName === "A" ? !e.getAttribute("href") : e.parentElement.nodeName !== "DETAILS";
		}).map((e) => e.textContent)`)
		if len(idle) > 0 {
			t.Errorf("%s: %q do nothing without a script", e.name, idle)
		}
		busy := evaluate[bool](t, tab, `!!document.querySelector("progress, .state.busy")`)
		reloads := evaluate[bool](t, tab, `!!document.querySelector("noscript meta[http-equiv=refresh]")`)
		if busy != reloads && e.live != nil {
			t.Errorf("%s: work under way %v, reloads itself %v", e.name, busy, reloads)
		}
	}
}

func TestTheScriptKeepsThePageFreshAndLeavesTheReaderAlone(t *testing.T) {
	t.Parallel()
	h, tab, address := open(t)
	named := func(name string) exhibit {
		for _, e := range h.exhibits {
			if e.name == name {
				return e
			}
		}
		t.Fatalf("no exhibit %q", name)
		return exhibit{}
	}
	// A reader stands on a button, has opened the details and ticked a box when the trouble goes away.
	do(t, tab, chromedp.Navigate(address+"needs-attention"), chrome.Loaded(), chromedp.WaitVisible("#finding-authoriser-deactivated"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("granted").open = true`), chromedp.Click("#notify"), chromedp.Focus("#resync-now"))
	pages, err := page.New("support@evidenced.app", "https://lever.evidenced.example", pagetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	mended := pagetest.Facts(pagetest.Good)
	mended.Tenant.Settings.SecretNotes = true // a colleague saved other settings meanwhile
	h.show(exhibit{live: func() ([]byte, error) { return pages.Live(pagetest.Session(portal.Admin), mended.Report()) }})
	refresh(t, tab, `!document.getElementById("finding-authoriser-deactivated")`)
	for what, holds := range map[string]string{
		"the focus stays":            `document.activeElement.id === "resync-now"`,
		"details stay open":          `document.getElementById("granted").open`,
		"a half-filled form stays":   `document.getElementById("notify").checked && document.getElementById("see-everyone").checked`,
		"the title says the state":   `document.title === "Lever: Connected"`,
		"a screen reader is told":    `document.getElementById("announce").textContent.startsWith("Connected")`,
		"the new state stands there": `document.getElementById("state").textContent.includes("Connected")`,
	} {
		if !evaluate[bool](t, tab, holds) {
			t.Errorf("not so: %s", what)
		}
	}
	// A reader who stands on a button that goes away goes on from the top of the page.
	h.show(named("needs-attention"))
	refresh(t, tab, `!!document.getElementById("check-webhooks-off")`)
	do(t, tab, chromedp.Focus("#check-webhooks-off"))
	h.show(named("connected"))
	refresh(t, tab, `!document.getElementById("check-webhooks-off")`)
	if at := evaluate[string](t, tab, `document.activeElement.id`); at != "main" {
		t.Errorf("the focus is on %q", at)
	}
}

func TestTheWordAboutAResyncGoesWithIt(t *testing.T) {
	t.Parallel()
	h, tab, address := open(t)
	pages, err := page.New("support@evidenced.app", "https://lever.evidenced.example", pagetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	live := func(facts health.Facts, done string) exhibit {
		return exhibit{
			render: func() ([]byte, error) { return pages.Status(pagetest.Session(portal.Admin), facts.Report(), done) },
			live:   func() ([]byte, error) { return pages.Live(pagetest.Session(portal.Admin), facts.Report()) },
		}
	}
	asked := pagetest.Facts(pagetest.Good)
	asked.Activity = append([]connection.Activity{{At: pagetest.Now().UnixMilli(), Code: "resync-asked"}}, asked.Activity...)
	first := live(asked, "resync")
	first.name = "asked"
	h.exhibits = append(h.exhibits, first)
	do(t, tab, chromedp.Navigate(address+"asked"), chrome.Loaded(), chromedp.WaitVisible("#flash"))
	longer := asked
	longer.Tenant.Settings.SecretNotes = true // so that the refresh shows
	h.show(live(longer, ""))
	refresh(t, tab, `document.getElementById("see-secret").checked && !!document.getElementById("flash")`)
	h.show(live(pagetest.Facts(pagetest.Resyncing), ""))
	refresh(t, tab, `!!document.getElementById("resync") && !document.getElementById("flash")`)
}

// refresh makes the script ask at once, as it does when a reader comes back to the tab, and waits for what it shows.
func refresh(t *testing.T, tab context.Context, shows string) {
	t.Helper()
	do(t, tab, chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new Event("visibilitychange"))`))
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](shows)); err != nil {
		t.Fatal(fmt.Errorf("the page does not come to %s: %w", shows, err))
	}
}

package page_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/page/pagetest"
	"github.com/evidenced/lever-integration/shared/portal"
)

func TestAPageThatIsStillDoneByHandRefreshesItself(t *testing.T) {
	t.Parallel()
	refresh := `<noscript><meta http-equiv="refresh"`
	for fixture, want := range map[string]bool{pagetest.FirstSync: true, pagetest.Disconnecting: true, pagetest.Good: false, pagetest.NotConnected: false} {
		if got := strings.Contains(status(t, portal.Admin, fixture), refresh); got != want {
			t.Errorf("%s: %v", fixture, got)
		}
	}
}

func TestTheWordAboutDisconnectingEndsWithIt(t *testing.T) {
	t.Parallel()
	for fixture, want := range map[string]bool{pagetest.Disconnecting: true, pagetest.Disconnected: false} {
		content, err := setup(t).Status(pagetest.Session(portal.Admin), pagetest.Facts(fixture).Report(), "disconnect")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(content), `id="flash"`); got != want {
			t.Errorf("%s: %v", fixture, got)
		}
	}
}

func TestTheWordAboutAResyncEndsWithIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fixture  string
		happened string
		ago      time.Duration
		says     string
	}{
		"asked":          {pagetest.Good, "resync-asked", 2 * time.Second, "It starts within a minute."},
		"asked long ago": {pagetest.Good, "resync-asked", 3 * time.Minute, ""},
		"running":        {pagetest.Resyncing, "resync-started", 2 * time.Second, "A full resync is running."},
		"ended":          {pagetest.Good, "resync-finished", time.Second, "The full resync has ended."},
		"ended before":   {pagetest.Good, "resync-finished", time.Minute, ""},
		"never asked":    {pagetest.NotConnected, "connected", time.Second, ""},
	} {
		facts := pagetest.Facts(test.fixture)
		happened := connection.Activity{At: pagetest.Now().Add(-test.ago).UnixMilli(), Code: test.happened, Args: []string{"1580", "0"}}
		facts.Activity = append([]connection.Activity{happened}, facts.Activity...)
		content, err := setup(t).Status(pagetest.Session(portal.Admin), facts.Report(), "resync")
		if err != nil {
			t.Fatal(err)
		}
		_, flash, _ := strings.Cut(string(content), `id="flash"`)
		if flash, _, _ = strings.Cut(flash, "</p>"); (flash == "") != (test.says == "") || !strings.Contains(flash, test.says) {
			t.Errorf("%s: the page says %q", name, flash)
		}
	}
}

package acceptance

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/evidenced/lever-integration/sandbox/chrome"
)

// step is how long one step in the browser may take.
const step = time.Minute

// tab is a person's browser tab, which takes a picture of each page and keeps what the pages complain about.
type tab struct {
	ctx        context.Context
	folder     string
	count      int // pictures
	pages      int // pages read with axe-core
	complaints chan string
}

// newTab starts Chromium. Pictures go to the folder that the variable SCREENSHOTS names, else to .sandbox/screenshots.
func newTab(t *testing.T) *tab {
	t.Helper()
	folder := cmp.Or(os.Getenv("SCREENSHOTS"), filepath.Join("..", ".sandbox", "screenshots"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, stop, err := chrome.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	b := &tab{ctx: ctx, folder: folder, complaints: make(chan string, 100)}
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			if message.IsException() || message.Type == "error" {
				select {
				case b.complaints <- message.String():
				default:
				}
			}
		}
	}()
	return b
}

// do takes steps, each within its time.
func (b *tab) do(t *testing.T, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, step)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.picture(t, "failed")
		at, _ := chromedp.Run(b.ctx, chromedp.Location())
		t.Fatalf("%s at %s: %v", what, strings.SplitN(at, "?", 2)[0], err)
	}
}

// picture saves the whole page, numbered in the order of the story. A page of the integration (its name begins with
// "page-") is also read with axe-core.
func (b *tab) picture(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, step)
	defer cancel()
	err := chromedp.Do(ctx, chrome.Loaded())
	if err == nil && strings.HasPrefix(name, "page-") {
		b.read(t, ctx, name)
	}
	var image []byte
	if err == nil {
		image, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
	}
	if err != nil {
		t.Errorf("picture %s: %v", name, err)
		return
	}
	b.count++
	if err := os.WriteFile(filepath.Join(b.folder, fmt.Sprintf("%02d-%s.png", b.count, name)), image, 0o644); err != nil {
		t.Error(err)
	}
}

// read wants that nothing on the page stands in the way of somebody with a screen reader, a keyboard or a small window.
func (b *tab) read(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	found, err := chrome.Axe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	outside, err := chrome.Overflow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range append(found, outside...) {
		t.Errorf("%s: %s", name, violation)
	}
	b.pages++
}

// visit opens a page and takes its picture.
func (b *tab) visit(t *testing.T, name, address, shows string) {
	t.Helper()
	b.do(t, "open "+name, chromedp.Navigate(address), chromedp.WaitVisible(shows))
	b.picture(t, name)
}

// press clicks and takes the picture of where that led.
func (b *tab) press(t *testing.T, button, name, shows string) {
	t.Helper()
	b.do(t, "press for "+name, chromedp.Click(button), chromedp.WaitVisible(shows))
	b.picture(t, name)
}

// enter presses a key on an element: the space bar chooses, the enter key goes on to another page.
func (b *tab) enter(t *testing.T, element, name, shows string) {
	t.Helper()
	if name == "" {
		b.do(t, "choose "+element, chromedp.Focus(element), chromedp.KeyEvent(" "))
		return
	}
	b.do(t, "enter for "+name, chromedp.Focus(element), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(shows))
	b.picture(t, name)
}

// quiet wants that no page complained, for example of its own content security policy.
func (b *tab) quiet(t *testing.T) {
	t.Helper()
	for {
		select {
		case complaint := <-b.complaints:
			t.Errorf("a page complained: %s", complaint)
		default:
			return
		}
	}
}

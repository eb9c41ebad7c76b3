// Package chrome drives a real Chromium over the pages, for the browser tests and for the pictures in docs/screens: it
// sees a page as a person with a desk or a phone does, in light or dark, and asks axe-core what stands in the way of
// somebody who reads it with a screen reader or a keyboard. A tab is one goroutine's at a time.
package chrome

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Find names the browser by the names that sandbox/tools/chromium accepts; the variable CHROMIUM names another.
func Find() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return "chromium"
}

// Start starts a browser with one tab, which lives until stop is called. It may reach this machine alone.
func Start(ctx context.Context) (tab context.Context, stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], //nolint:gocritic // a new list is wanted
		chromedp.ExecPath(Find()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(Desk.Width, Desk.Height),
	)
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	tab, leave := chromedp.NewContext(allocator)
	stop = func() {
		leave()
		end()
	}
	if err := chromedp.Do(tab); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start Chromium (make browser installs it): %w", err)
	}
	return tab, stop, nil
}

// Look is a way to see a page: the size of the window in CSS pixels, and whether the reader prefers dark.
type Look struct {
	Name          string
	Width, Height int
	Dark          bool
}

// The looks in which every page must stand. 360 pixels is a small phone of today.
var (
	Desk      = Look{Name: "desk", Width: 1180, Height: 900}
	DeskDark  = Look{Name: "desk-dark", Width: 1180, Height: 900, Dark: true}
	Phone     = Look{Name: "phone", Width: 360, Height: 780}
	PhoneDark = Look{Name: "phone-dark", Width: 360, Height: 780, Dark: true}
)

// Looks lists them.
func Looks() []Look { return []Look{Desk, DeskDark, Phone, PhoneDark} }

// See makes the tab show pages in the look from now on.
func See(l Look) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	return chromedp.Steps(
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
			return err
		}),
		chromedp.EmulateViewport(int64(l.Width), int64(l.Height)),
	)
}

// Scripts allows or forbids the pages of the tab to run scripts, from the next page on.
func Scripts(allowed bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !allowed})
		return err
	})
}

// Loaded waits until the page stands with its style sheet. It asks from outside, because chromedp's own Poll waits inside
// the page, where nothing goes on while scripts are forbidden.
func Loaded() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for {
			done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete"`))
			if err != nil || done {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

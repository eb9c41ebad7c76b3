package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/evidenced/lever-integration/sandbox/chrome"
)

// shootFor bounds the time for all pictures.
const shootFor = 10 * time.Minute

// pictured lists the looks of which there are pictures.
func pictured() []chrome.Look { return []chrome.Look{chrome.Desk, chrome.DeskDark, chrome.Phone} }

// shoot takes a picture of the whole of each exhibit in each look, and one of each finding alone.
func shoot(ctx context.Context, folder, only string) (int, error) {
	h, err := newHall()
	if err != nil {
		return 0, err
	}
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, shootFor)
	defer cancel()
	tab, stop, err := chrome.Start(ctx)
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := empty(folder, only); err != nil {
		return 0, err
	}
	count := 0
	for _, look := range pictured() {
		if err := chromedp.Do(tab, chrome.See(look)); err != nil {
			return count, fmt.Errorf("look as %s: %w", look.Name, err)
		}
		for _, e := range h.exhibits {
			if e.hidden || !strings.Contains(e.name, only) {
				continue
			}
			if err := chromedp.Do(tab, chromedp.Navigate(server.URL+"/"+e.name), chrome.Loaded()); err != nil {
				return count, fmt.Errorf("open %s: %w", e.name, err)
			}
			n, err := pictures(tab, folder, e.name, look)
			if count += n; err != nil {
				return count, fmt.Errorf("picture of %s as %s: %w", e.name, look.Name, err)
			}
		}
	}
	return count, nil
}

// pictures takes those of the page that stands in the tab.
func pictures(tab context.Context, folder, name string, look chrome.Look) (int, error) {
	image, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		return 0, err
	}
	if err := save(filepath.Join(folder, name+"-"+look.Name+".png"), image); err != nil || look != chrome.Desk {
		return 1, err
	}
	findings, err := chromedp.Run(tab, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".finding")].map((f) => f.id)`))
	if err != nil {
		return 1, err
	}
	count := 1
	for _, id := range findings {
		path := filepath.Join(folder, "findings", strings.TrimPrefix(id, "finding-")+".png")
		image, err := chromedp.Run(tab, chromedp.Screenshot("#"+id))
		if err == nil {
			err = save(path, image)
		}
		if err != nil {
			return count, fmt.Errorf("finding %s: %w", id, err)
		}
		count++
	}
	return count, nil
}

// empty makes the folder and, when all pictures are taken anew, takes away those of pages that are no more.
func empty(folder, only string) error {
	if err := os.MkdirAll(filepath.Join(folder, "findings"), 0o755); err != nil || only != "" {
		return err
	}
	for _, pattern := range []string{"*.png", "findings/*.png"} {
		old, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return err
		}
		for _, path := range old {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func save(path string, image []byte) error {
	small, err := reduce(image)
	if err != nil {
		return err
	}
	return os.WriteFile(path, small, 0o644)
}

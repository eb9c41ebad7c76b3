package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeFile is where sandbox/tools/axe puts axe-core, below the checkout.
const axeFile = ".sandbox/axe/axe.min.js"

// axe reads axe-core once; it is some 650 kB of JavaScript.
var axe = sync.OnceValues(func() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for !strings.HasSuffix(folder, string(filepath.Separator)) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			content, err := os.ReadFile(filepath.Join(folder, axeFile))
			if err != nil {
				return "", fmt.Errorf("read axe-core (make browser installs it): %w", err)
			}
			return string(content), nil
		}
		folder = filepath.Dir(folder)
	}
	return "", errors.New("read axe-core: not inside the checkout")
})

// axeRun asks for every rule of WCAG 2.0 to 2.2, levels A and AA, and for axe's own good practices.
const axeRun = `axe.run(document, {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})
  .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + " (" + v.impact + ") at " + n.target.join(" ") + ": " + n.failureSummary)))`

// Axe gives the violations of WCAG 2.2 AA that axe-core finds on the page which stands in the tab. The script comes by
// the debugger, so the page's content security policy stays in force.
func Axe(ctx context.Context) ([]string, error) {
	script, err := axe()
	if err != nil {
		return nil, err
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		return nil, fmt.Errorf("load axe-core: %w", err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](axeRun, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run axe-core: %w", err)
	}
	return found, nil
}

// Overflow names what sticks out of the window to the right, so that a reader had to scroll sideways.
func Overflow(ctx context.Context) ([]string, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](`(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 0.5)
			.map((e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + "." + e.className + " ends at " + Math.round(e.getBoundingClientRect().right) + " of " + width);
	})()`))
}

// Stop is a place where the keyboard stops on its way through a page.
type Stop struct {
	Name    string  `json:"name"`    // id, or what it says
	Y       float64 `json:"y"`       // how far down the page, in CSS pixels
	Visible bool    `json:"visible"` // it is in sight and its focus can be seen
}

// reachable lists what a mouse could press: everything that the keyboard must reach, too.
const reachable = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, [tabindex='0']")]
	.filter((e) => e.checkVisibility() && !(e.type === "radio" && !e.checked)).map(name)`

// name gives an element a name of its own on the page.
const name = `const name = (e) => e.id || [...document.querySelectorAll("a[href], button, input, summary")].indexOf(e) + " " + e.textContent.trim();`

const here = `(() => { ` + name + `
	const e = document.activeElement;
	if (!e || e === document.body) return null;
	const box = e.getBoundingClientRect(), style = getComputedStyle(e);
	const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0 && box.right <= innerWidth + 1;
	return {name: name(e), y: box.top + scrollY, visible: inside && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
})()`

// Walk presses the tab key from the top of the page to its end. It returns the stops in their order and the names of all
// that can be pressed with a mouse.
func Walk(ctx context.Context) (stops []Stop, all []string, err error) {
	if all, err = chromedp.Run(ctx, chromedp.Evaluate[[]string](`(() => { `+name+` return `+reachable+`; })()`)); err != nil {
		return nil, nil, fmt.Errorf("list what can be pressed: %w", err)
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.activeElement?.blur(); scrollTo(0, 0)`)); err != nil {
		return nil, nil, err
	}
	for range len(all) + 5 {
		if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
			return nil, nil, fmt.Errorf("press tab: %w", err)
		}
		stop, err := chromedp.Run(ctx, chromedp.Evaluate[*Stop](here))
		if err != nil {
			return nil, nil, fmt.Errorf("see where the focus is: %w", err)
		}
		if stop == nil || len(stops) > 0 && stop.Name == stops[0].Name {
			break
		}
		stops = append(stops, *stop)
	}
	return stops, all, nil
}

package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Level is one measured number beside its bound and what would be possible at best.
type Level struct {
	Name     string
	Measured float64
	Bound    float64 // the most that is promised; NaN for numbers that are only printed
	Limit    string  // what physics, or Lever's limit, would allow
	Unit     string
}

// OK says whether the bound is kept.
func (l Level) OK() bool { return math.IsNaN(l.Bound) || l.Measured <= l.Bound }

// Free is the bound of a number that is only printed.
func Free() float64 { return math.NaN() }

func (l Level) bound() string {
	if math.IsNaN(l.Bound) {
		return ""
	}
	return "≤ " + number(l.Bound)
}

// number prints at most two decimals.
func number(n float64) string {
	text := fmt.Sprintf("%.2f", n)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Table prints levels in Markdown.
func Table(levels []Level) string {
	var b strings.Builder
	b.WriteString("| What | Measured | Bound | At best | Unit |\n|---|---:|---:|---:|---|\n")
	for _, l := range levels {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", l.Name, number(l.Measured), l.bound(), l.Limit, l.Unit)
	}
	return b.String()
}

// quantile is the nearest-rank quantile of durations, in seconds; 0 of none.
func quantile(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)].Seconds()
}

package bench

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/lever/levertest"
)

var (
	full = flag.Bool("full", false, "measure everything, not only what is fast, and print the table")
	page = flag.String("page", "", "write the table into this page, between its marks")
	also = flag.String("also", "", "files with rows of the same form that other tests printed, with commas between; they stand at the end of the table")
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(&counting{}))
	flag.Parse()
	m.Run()
}

// failures counts the work that failed, as the logs tell it.
var (
	failures    atomic.Int64
	lastFailure atomic.Value
)

// counting is a log handler that only counts.
type counting struct{ slog.Handler }

func (counting) Enabled(context.Context, slog.Level) bool { return true }

func (counting) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "work failed" || r.Message == "work set aside" {
		failures.Add(1)
		r.Attrs(func(a slog.Attr) bool { lastFailure.Store(a.String()); return true }) // the error stands last
	}
	return nil
}

// measurement gives some levels; the fast ones run with every test of the package.
type measurement struct {
	name string
	fast bool
	run  func(t *testing.T) []Level
}

func measurements() []measurement {
	ms := time.Millisecond
	all := []measurement{
		{"a vast tenant", false, func(t *testing.T) []Level { return vastLevels(t, 200_000) }},
		{"a large tenant", true, func(t *testing.T) []Level { return vastLevels(t, 5_000) }},
		{"cold sweep", true, func(t *testing.T) []Level {
			return sweepLevels(t, "cold sweep, 1,000 opportunities, 300 active", Options{Latency: 100 * ms}, company, 312)
		}},
		{"cold sweep with jitter", true, func(t *testing.T) []Level {
			return sweepLevels(t, "the same, Lever answers in 100 to 300 ms", Options{Latency: 100 * ms, Jitter: 200 * ms}, company, 312)
		}},
		{"cold sweep, slow Lever", true, func(t *testing.T) []Level {
			return sweepLevels(t, "the same, Lever answers in 600 ms", Options{Latency: 600 * ms}, company, 312)
		}},
		{"warm sweep", true, warmLevels},
		{"a killed sweep", true, killedLevels},
		{"a burst", true, func(t *testing.T) []Level {
			return burstLevels(t, "50 hints about one candidate at 50 workers", false)
		}},
		{"a burst and a death", true, func(t *testing.T) []Level {
			return burstLevels(t, "the same, and the first worker dies", true)
		}},
		{"leaving", true, leavingLevels},
		{"lanes", true, laneLevels},
		{"another program", true, eatenLevels},
		{"a small flood", true, func(t *testing.T) []Level { return noisyLevels(t, 20, 3_000) }},
		{"a small rush", true, func(t *testing.T) []Level { return intakeLevels(t, 10, 50, 20*time.Second) }},
		{"a rush", false, func(t *testing.T) []Level { return intakeLevels(t, 200, 1000, time.Minute) }},
		{"a flood", false, func(t *testing.T) []Level { return noisyLevels(t, 200, 100_000) }},
		{"large cold sweep", false, func(t *testing.T) []Level {
			n := levertest.Numbers{Opportunities: 15_000, Active: 10_000, Postings: 100, Users: 400}
			return sweepLevels(t, "cold sweep, 10,000 active", Options{Latency: 100 * ms}, n, Free())
		}},
		{"a month", false, func(t *testing.T) []Level { return monthLevels(t, 100, 100) }},
		{"growth", true, growthLevels},
		{"a tenant's month", false, costLevels},
		{"starts", false, startLevels},
		{"a month of few", true, func(t *testing.T) []Level { return monthLevels(t, 2, 10) }},
	}
	for _, event := range connection.Events() {
		all = append(all, measurement{event + " off", true, func(t *testing.T) []Level { return toggleLevel(t, event, false) }})
	}
	return append(all, measurement{"interviewUpdated off, second day", false, func(t *testing.T) []Level {
		return toggleLevel(t, lever.EventInterviewUpdated, true)
	}})
}

func TestServiceLevels(t *testing.T) {
	published, err := os.ReadFile("../../docs/service-levels.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []Level
	for _, m := range measurements() {
		if !m.fast && !*full {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			levels := m.run(t)
			for _, l := range levels {
				if *page == "" && !strings.Contains(string(published), "| "+l.Name+" |") {
					t.Errorf("docs/service-levels.md does not know %q: make bench PAGE=docs/service-levels.md", l.Name)
				}
				kept(t, l)
			}
			all = append(all, levels...)
		})
	}
	for file := range strings.FieldsFuncSeq(*also, func(r rune) bool { return r == ',' }) {
		rows, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range rows {
			kept(t, l)
		}
		all = append(all, rows...)
	}
	if *full || testing.Verbose() {
		fmt.Print("\n" + Table(all) + "\n")
	}
	if *page != "" && !t.Failed() {
		if err := publish(*page, Table(all)); err != nil {
			t.Error(err)
		}
	}
}

// kept fails unless a level keeps its bound.
func kept(t *testing.T, l Level) {
	t.Helper()
	if !l.OK() {
		t.Errorf("%s: %s %s, promised %s", l.Name, number(l.Measured), l.Unit, l.bound())
	}
}

// row is a line of the table as other tests print it: what, measured, bound, at best, unit.
var row = regexp.MustCompile(`(?m)^\s*\| (.+) \| ([0-9.]+) \| ≤ ([0-9.]+) \| (.*)\| (\S+) \|$`)

// read reads the rows of other tests; a file without any is an error.
func read(path string) (levels []Level, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, m := range row.FindAllStringSubmatch(string(content), -1) {
		l := Level{Name: m[1], Limit: strings.TrimSpace(m[4]), Unit: m[5]}
		if l.Measured, err = strconv.ParseFloat(m[2], 64); err != nil {
			return nil, err
		}
		if l.Bound, err = strconv.ParseFloat(m[3], 64); err != nil {
			return nil, err
		}
		levels = append(levels, l)
	}
	if len(levels) == 0 {
		return nil, fmt.Errorf("%s has no row of a table", path)
	}
	return levels, nil
}

// marks stand around the table in a page.
const markBegin, markEnd = "<!-- measured -->\n", "<!-- /measured -->\n"

// publish replaces the table in a page.
func publish(path, table string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(content), markBegin)
	_, after, ended := strings.Cut(rest, markEnd)
	if !begun || !ended {
		return fmt.Errorf("%s has no marks for the table", path)
	}
	return os.WriteFile(path, []byte(before+markBegin+table+markEnd+after), 0o644)
}

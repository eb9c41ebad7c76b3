package work_test

import (
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/table"
	"github.com/evidenced/lever-integration/shared/work"
)

func TestLateIsWhatShouldHaveBeenDone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ago := func(minutes float64) int64 {
		return now.Add(-time.Duration(minutes * float64(time.Minute))).UnixMilli()
	}
	for name, c := range map[string]struct {
		kind        work.Kind
		asked, find float64 // minutes ago
		attempts    int
		aside       bool
		want        bool
	}{
		"not due":                               {work.Hint, -1, -1, 0, false, false},
		"due a minute ago":                      {work.Hint, 1, 1, 0, false, false},
		"nobody took it up":                     {work.Delta, 3, 3, 0, false, true},
		"a clock of somebody else was ahead":    {work.Delta, -1, 3, 0, false, true},
		"failed a moment ago":                   {work.Hint, 1, -1, 1, false, false},
		"fails again and again":                 {work.Hint, 3, -4, 7, false, true},
		"a delta that fails since a moment":     {work.Delta, -2, -1, 5, false, false},
		"a delta that fails for two minutes":    {work.Delta, -1, -2, 6, false, true},
		"looks a second time":                   {work.Hint, 1.2, -0.2, 0, false, false},
		"put off by Lever's limit":              {work.Hint, 4, -1, 0, false, false},
		"put off until its alarm rings":         {work.Hint, 6, -1, 0, false, true},
		"a decision that is put off":            {work.Decision, 9, -1, 0, false, false},
		"a decision put off until it rings":     {work.Decision, 11, -1, 0, false, true},
		"a sweep that goes on":                  {work.Resync, 300, -1, 0, false, false},
		"a sweep that goes on all night":        {work.Resync, 481, -1, 0, false, true},
		"a kind without an alarm":               {work.Hooks, 1000, -1, 0, false, false},
		"a kind without an alarm, not taken up": {work.Hooks, 3, 3, 0, false, true},
		"set aside":                             {work.Hint, 600, 600, 60, true, false},
	} {
		i := work.Item{
			Meta: table.Meta{PK: "c1", SK: string(c.kind) + "#all"}, FirstAsked: ago(c.asked), FindAt: ago(c.find), Attempts: c.attempts, SetAside: c.aside,
		}
		if got := i.Late(now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

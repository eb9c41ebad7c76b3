package silence_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/evidenced/lever-integration/shared/connection"
	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/lever"
	"github.com/evidenced/lever-integration/shared/mirror"
	"github.com/evidenced/lever-integration/shared/silence"
	"github.com/evidenced/lever-integration/shared/table"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(back time.Duration) *lever.Millis {
	m := lever.Millis(now.Add(-back).UnixMilli())
	return &m
}

// applied is an opportunity whose application came some time ago.
func applied(back time.Duration) lever.Opportunity {
	a := lever.Application{ID: "a", CreatedAt: at(back)}
	return lever.Opportunity{ID: "o", Applications: []lever.ApplicationRef{{Application: &a}}}
}

func TestWhatShouldHaveAnnouncedAChange(t *testing.T) {
	t.Parallel()
	stored := mirror.Record{Meta: table.Meta{Rev: 3}, State: mirror.Inactive}
	archived := lever.Opportunity{Archived: &lever.Archived{ArchivedAt: at(time.Minute)}}
	for name, c := range map[string]struct {
		o      lever.Opportunity
		result mirror.Result
		want   []string
	}{
		"somebody applied":            {applied(time.Minute), mirror.Result{Outcome: mirror.Created}, []string{"applicationCreated"}},
		"an old one became visible":   {applied(48 * time.Hour), mirror.Result{Outcome: mirror.Created}, nil},
		"somebody was sourced":        {lever.Opportunity{}, mirror.Result{Outcome: mirror.Created}, nil},
		"unarchived":                  {lever.Opportunity{UpdatedAt: at(0)}, mirror.Result{Outcome: mirror.Returned, Was: stored}, []string{"candidateArchiveChange"}},
		"could not be read meanwhile": {lever.Opportunity{}, mirror.Result{Outcome: mirror.Returned, Was: mirror.Record{State: mirror.Removed}}, nil},
		"archived":                    {archived, mirror.Result{Outcome: mirror.Left}, []string{"candidateArchiveChange"}},
		"hired":                       {archived, mirror.Result{Outcome: mirror.Left, Now: mirror.Record{Reason: "hired"}}, []string{"candidateArchiveChange", "candidateHired"}},
		"moved":                       {lever.Opportunity{LastAdvancedAt: at(0)}, mirror.Result{Outcome: mirror.Updated, Was: mirror.Record{Doc: `{"stageId":"offer"}`}}, []string{"candidateStageChange"}},
		"renamed":                     {lever.Opportunity{}, mirror.Result{Outcome: mirror.Updated, Was: mirror.Record{Doc: `{"name":"A"}`}}, nil},
		"confirmed":                   {applied(time.Minute), mirror.Result{Outcome: mirror.Unchanged}, nil},
	} {
		var got []string
		for _, m := range silence.Candidate(c.o, c.result, now) {
			got = append(got, m.Event)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// counter notes what it is told.
type counter struct{ events []string }

func (c *counter) Missed(_ context.Context, _, event string, _ time.Time) error {
	c.events = append(c.events, event)
	return nil
}

func TestNothingCountsBeforeThereWereWebhooks(t *testing.T) {
	t.Parallel()
	misses := silence.Interviews(converge.Compared{Missing: 2, Extra: 1})
	for age, want := range map[time.Duration]int{30 * time.Second: 0, time.Hour: 2} {
		c := &counter{}
		if err := silence.Tell(t.Context(), c, connection.Connection{ConnectedAt: now.Add(-age).UnixMilli()}, misses, now); err != nil || len(c.events) != want {
			t.Errorf("after %s: %v, %v", age, c.events, err)
		}
	}
}

package health

import (
	"context"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/shared/mirror"
)

// slow counts for a while, on a clock of its own.
type slow struct {
	*store
	now   time.Time
	takes time.Duration
	reads int
}

func (s *slow) Counts(context.Context, string) (map[mirror.Kind]mirror.Count, error) {
	s.reads++
	s.now = s.now.Add(s.takes)
	return map[mirror.Kind]mirror.Count{mirror.Job: {Active: s.reads}}, nil
}

func TestALargeMirrorIsCountedASmallPartOfTheTime(t *testing.T) {
	t.Parallel()
	for takes, most := range map[time.Duration]int{0: 360, 10 * time.Millisecond: 360, 2 * time.Second: 60} {
		s := &slow{store: &store{f: healthy()}, now: now, takes: takes}
		r := reporter(s.store)
		r.Records, r.Now = s, func() time.Time { return s.now }
		for began := now; s.now.Before(began.Add(time.Hour)); s.now = s.now.Add(10 * time.Second) {
			before := s.reads
			report, err := r.Report(t.Context(), "t")
			if err != nil {
				t.Fatal(err)
			}
			if age := s.now.Sub(time.UnixMilli(report.CountedAt)); age < 0 || age > share*takes+takes || s.reads > before && age != takes {
				t.Fatalf("counts of %s ago, %d times counted", age, s.reads)
			}
		}
		if s.reads > most || s.reads < most*9/10-10 {
			t.Errorf("a mirror that takes %s to count was counted %d times in an hour, want about %d", takes, s.reads, most)
		}
	}
}

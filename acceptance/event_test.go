package acceptance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// problemOf is the API's problem in an error, nil when it is none.
func problemOf(err error) *platform.Problem {
	var problem *platform.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return nil
}

// deed does something at Lever that a person does on its pages.
func (o *organisation) deed(t *testing.T, route string, fields map[string]any) string {
	t.Helper()
	id, err := o.account.Deed(t.Context(), route, fields)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

type candidate = platform.Record[platform.Candidate]

func TestAnApplicationInLeverMakesACandidate(t *testing.T) {
	o := join(t)
	id, err := o.account.Apply(t.Context(), "Applicant Sample")
	if err != nil {
		t.Fatal(err)
	}
	o.shows(t, id, "the new candidate", func(c candidate) bool {
		return c.State == "active" && c.Data != nil && c.Data.Name == "Applicant Sample" && len(c.Data.JobIDs) == 1
	})
}

func TestAStageChangeInLeverMovesTheCandidate(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	o.moved(t, one.ID)
}

// moved moves a candidate in Lever and waits until the platform API shows it.
func (o *organisation) moved(t *testing.T, id string) string {
	t.Helper()
	stage, err := o.account.NextStage(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.account.Move(t.Context(), id, stage); err != nil {
		t.Fatal(err)
	}
	o.shows(t, id, "the stage change", func(c candidate) bool { return c.Data != nil && c.Data.StageID == stage })
	return stage
}

func TestArchivingInLeverMakesACandidateInactiveAndReactivatingBringsThemBack(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	o.deed(t, "opportunities/"+one.ID+"/archive", nil)
	o.shows(t, one.ID, "the archived candidate", func(c candidate) bool { return c.State == "inactive" && c.Reason == "archived" })
	o.deed(t, "opportunities/"+one.ID+"/unarchive", nil)
	o.shows(t, one.ID, "the candidate who is back", func(c candidate) bool { return c.State == "active" && c.Data != nil && !c.Data.Archived })
}

func TestAHireInLeverEndsTheCandidateAsHired(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	o.deed(t, "opportunities/"+one.ID+"/hire", nil)
	o.shows(t, one.ID, "the hired candidate", func(c candidate) bool { return c.State == "inactive" && c.Reason == "hired" })
}

func TestADeletionInLeverErasesTheCandidate(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	o.deed(t, "opportunities/"+one.ID+"/delete", nil)
	o.shows(t, one.ID, "the tombstone", func(c candidate) bool { return c.State == "removed" && c.Data == nil })
}

func TestAnInterviewIsScheduledMovedAndDeletedAsInLever(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	at := time.Now().Add(48 * time.Hour).Truncate(time.Minute).UnixMilli()
	id := o.deed(t, "opportunities/"+one.ID+"/schedule", map[string]any{"at": at, "minutes": 45, "subject": "System design"})
	o.showsInterview(t, id, "the new interview", func(i platform.Record[platform.Interview]) bool {
		return i.State == "active" && i.CandidateID == one.ID && i.Data != nil && i.Data.StartsAt == at
	})
	later := at + time.Hour.Milliseconds()
	o.deed(t, "interviews/"+id+"/move", map[string]any{"at": later})
	o.showsInterview(t, id, "the interview at its new time", func(i platform.Record[platform.Interview]) bool {
		return i.Data != nil && i.Data.StartsAt == later
	})
	o.deed(t, "interviews/"+id+"/delete", nil)
	o.showsInterview(t, id, "the tombstone of the interview", func(i platform.Record[platform.Interview]) bool {
		return i.State == "removed" && i.Data == nil
	})
}

// The delta and the patrol go by themselves, with the rights that the template gives them.
func TestDeltaAndPatrolGoRound(t *testing.T) {
	o := join(t)
	begun := time.Now().UnixMilli()
	eventually(t, 3*time.Minute, "another delta, and a round over the interviews", func(ctx context.Context) (bool, string, error) {
		c, err := world.Platform.Connection(ctx, o.tenant)
		return c.DeltaAt > begun && c.PatrolAt > 0, fmt.Sprintf("delta at %d of %d, round at %d", c.DeltaAt, begun, c.PatrolAt), err
	})
}

func (o *organisation) showsInterview(t *testing.T, id, what string, want func(platform.Record[platform.Interview]) bool) {
	t.Helper()
	eventually(t, soon, what, func(ctx context.Context) (bool, string, error) {
		record, err := world.Platform.Interview(ctx, o.tenant, id)
		if problem := problemOf(err); problem != nil && problem.Status == 404 {
			return false, "no such interview", nil
		}
		return err == nil && want(record), fmt.Sprintf("state %s, data %+v", record.State, record.Data), err
	})
}

func TestAnEventTwiceOrTwoSwappedEndInTheSameMirror(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	first := o.moved(t, one.ID)
	last := o.moved(t, one.ID)
	if first == last {
		t.Fatal("the candidate did not move twice")
	}
	deliveries, err := o.account.Deliveries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before, err := world.Platform.Candidate(t.Context(), o.tenant, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	// The list is newest first, so posting it in its order swaps the two; the second round repeats both.
	sent := 0
	for range 2 {
		for _, delivery := range deliveries {
			if contains(string(delivery.Body), one.ID) {
				sent++
				if status, answer := post(t, delivery.URL, delivery.Body); status != 200 {
					t.Fatalf("a repeated delivery was answered with status %d %s", status, answer)
				}
			}
		}
	}
	if sent < 4 {
		t.Fatalf("only %d deliveries to repeat", sent)
	}
	o.deliverAboutAnother(t, o.hook(t, "candidateStageChange"))
	after, err := world.Platform.Candidate(t.Context(), o.tenant, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if after.Version != before.Version || after.Data == nil || after.Data.StageID != last {
		t.Errorf("the mirror changed: version %d to %d, stage %+v, want %s", before.Version, after.Version, after.Data, last)
	}
}

func TestTheMirrorEqualsLeverAfterAFullResync(t *testing.T) {
	o := join(t)
	// Other tests change things meanwhile, so the two counts are compared until they agree.
	eventually(t, nextMinute, "a mirror that equals Lever", func(ctx context.Context) (bool, string, error) {
		want, err := o.account.Counts(ctx)
		if err != nil {
			return false, "", err
		}
		got, err := world.Mirrored(ctx, o.tenant)
		return got == want, fmt.Sprintf("here %s; at Lever %s", got, want), err
	})
}

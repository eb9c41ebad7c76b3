package acceptance

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// patience is how long a deed may take when Lever fails a few times on the way: three growing waits, or the minute after
// which a lost answer is looked up.
const patience = 150 * time.Second

func TestAMoveArrivesAlthoughLeverFailsOnTheWay(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	for _, fault := range []story.Fault{
		{Effect: "status", Status: http.StatusServiceUnavailable}, {Effect: "html"}, {Effect: "reset"},
	} {
		fault.Method, fault.Path, fault.Count = http.MethodGet, "/v1/opportunities/"+one.ID, 1
		if err := world.Lever.Inject(t.Context(), fault); err != nil {
			t.Fatal(err)
		}
	}
	stage, err := o.account.NextStage(t.Context(), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.account.Move(t.Context(), one.ID, stage); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the move", func(ctx context.Context) (bool, string, error) {
		r, err := world.Platform.Candidate(ctx, o.tenant, one.ID)
		return r.Data != nil && r.Data.StageID == stage, fmt.Sprintf("%+v", r.Data), err
	})
}

func TestADecisionWhoseAnswerWasLostStandsOnce(t *testing.T) {
	o := join(t)
	one := o.anyCandidate(t)
	if err := world.Lever.Inject(t.Context(), story.Fault{
		Method: http.MethodPost, Path: "/v1/opportunities/" + one.ID + "/notes", Count: 1, Effect: "lost-reply",
	}); err != nil {
		t.Fatal(err)
	}
	id := "d-" + uuid.NewString()
	if _, err := world.Platform.PutDecision(t.Context(), o.tenant, id, platform.Decision{
		Opportunity: one.ID, Outcome: "advance", By: platform.Decider{Name: "Morgan Sample", Email: "morgan.sample@northwind.example"},
		DecidedAt: time.Now().UnixMilli(), Version: 1,
	}); err != nil {
		t.Fatal(err)
	}
	uncertain := false
	eventually(t, patience, "the delivery after a lost answer", func(ctx context.Context) (bool, string, error) {
		status, err := world.Platform.Decision(ctx, o.tenant, id)
		uncertain = uncertain || status.State == "uncertain"
		return status.State == "delivered", fmt.Sprintf("%+v", status), err
	})
	notes, err := o.account.Notes(t.Context(), one.ID)
	if err != nil || len(notes) != 1 {
		t.Errorf("%d notes, %v", len(notes), err)
	}
	if !uncertain {
		t.Error("the lost answer went unnoticed, so this test showed nothing")
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/sandbox/platform"
	"github.com/evidenced/lever-integration/sandbox/story"
)

// move moves a candidate in Lever's own page and measures until the platform API shows the new stage.
func (p *play) move(ctx context.Context) (string, error) {
	list, err := p.world.Platform.Candidates(ctx, tenant, platform.Query{Limit: 1})
	if err != nil {
		return "", err
	}
	if len(list.Data) == 0 {
		return "", errors.New("there is no candidate to move")
	}
	p.candidate = list.Data[0].ID
	stage, err := p.account.NextStage(ctx, p.candidate)
	if err != nil {
		return "", err
	}
	pressed := time.Now()
	if err := p.account.Move(ctx, p.candidate, stage); err != nil {
		return "", err
	}
	_, err = story.Eventually(ctx, visibleWithin, "the stage change in the platform API", func(ctx context.Context) (bool, string, error) {
		record, err := p.world.Platform.Candidate(ctx, tenant, p.candidate)
		if err != nil || record.Data == nil {
			return false, "no data", err
		}
		return record.Data.StageID == stage, "stage " + record.Data.StageName, nil
	})
	return fmt.Sprintf("visible after %.2f s", time.Since(pressed).Seconds()), err
}

// decide decides in the stand-in's page and measures until exactly one note stands on the candidate in Lever.
func (p *play) decide(ctx context.Context) (string, error) {
	before, err := p.account.Notes(ctx, p.candidate)
	if err != nil {
		return "", err
	}
	page, err := p.admin.Browser.Get(ctx, p.world.Endpoints.Evidenced+"/candidates/"+p.candidate)
	if err != nil {
		return "", err
	}
	pressed := time.Now()
	page, err = p.admin.PressOn(ctx, page, "Send decision", "outcome", "advance", "rating", "4",
		"reason", "Clear thinking under time pressure", "summary", "Took the problem apart and named the risks first.")
	if err != nil {
		return "", err
	}
	if !page.Says("Decision handed over") {
		return "", fmt.Errorf("not handed over: %s", page.Text())
	}
	_, err = story.Eventually(ctx, visibleWithin, "the decision as a note in Lever", func(ctx context.Context) (bool, string, error) {
		notes, err := p.account.Notes(ctx, p.candidate)
		return len(notes) > len(before), fmt.Sprintf("%d new notes", len(notes)-len(before)), err
	})
	if err != nil {
		return "", err
	}
	took := time.Since(pressed)
	notes, err := p.account.Notes(ctx, p.candidate)
	if err == nil && len(notes) != len(before)+1 {
		err = fmt.Errorf("%d notes for one decision", len(notes)-len(before))
	}
	return fmt.Sprintf("one note after %.2f s", took.Seconds()), err
}

func (p *play) disconnect(ctx context.Context) (string, error) {
	if _, err := p.admin.DisconnectOnPage(ctx); err != nil {
		return "", err
	}
	took, err := p.admin.Disconnected(ctx, removedWithin)
	return fmt.Sprintf("finished %.1f s later", took.Seconds()), err
}

func (p *play) nothingLeft(ctx context.Context) (string, error) {
	made, err := p.world.OwnWebhooks(ctx, p.account)
	if err != nil {
		return "", err
	}
	left, err := p.world.Left(ctx, p.connection)
	if err != nil {
		return "", err
	}
	if len(made) != 0 || !left.None() {
		return "", fmt.Errorf("%d webhooks at Lever; here %s", len(made), left)
	}
	return "0 webhooks at Lever; here " + left.String(), nil
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// drifted changes every candidate and interview of the large company at Lever while nobody hears of it, and lets a full
// resync find that.
func (d *drill) drifted(ctx context.Context) error {
	c := d.large
	if _, err := c.visitor.Synced(ctx, synced); err != nil {
		return err
	}
	// No delta may find it first.
	later := map[string]any{"dueAt": time.Now().Add(time.Hour).UnixMilli()}
	for _, item := range []string{"delta#all", "patrol#all"} {
		if err := d.cloud.changes(ctx, c.connection, item, later); err != nil {
			return err
		}
	}
	changed, err := c.renameAll(ctx)
	if err != nil {
		return err
	}
	if least := d.alarms["FullResyncDrift"].threshold; float64(changed) <= least {
		return fmt.Errorf("only %d changes could be made, and the alarm wants more than %g", changed, least)
	}
	before, err := c.checkedAt(ctx)
	if err != nil {
		return err
	}
	if err := c.world.Platform.Resync(ctx, c.tenant, ""); err != nil {
		return err
	}
	return c.checked(ctx, before)
}

// renameAll renames every candidate and moves every interview, and says how many that were.
func (c *customer) renameAll(ctx context.Context) (int, error) {
	changed := 0
	for i, one := range c.candidates {
		if _, err := c.account.Deed(ctx, "opportunities/"+one.ID+"/rename", map[string]any{"name": fmt.Sprintf("Drifted Sample %d", i)}); err != nil {
			return changed, err
		}
		changed++
	}
	interviews, err := c.account.Interviews(ctx)
	if err != nil {
		return changed, err
	}
	for _, id := range interviews {
		at := time.Now().Add(100 * time.Hour).Truncate(time.Minute).UnixMilli()
		if _, err := c.account.Deed(ctx, "interviews/"+id+"/move", map[string]any{"at": at}); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// enough is how long is tried to reach a threshold.
const enough = 2 * time.Minute

// insist asks for looks at many candidates of a customer over and over until an alarm would stand. The pauses between
// tries, which spread them over many minutes, are taken out by hand.
func (c *customer) insist(ctx context.Context, alarm string, most int) error {
	_, err := story.Eventually(ctx, enough, "alarm "+alarm, func(ctx context.Context) (bool, string, error) {
		for _, one := range c.candidates[:min(most, len(c.candidates))] {
			if err := c.cloud.forgetPause(ctx, c.connection); err != nil {
				return false, "", err
			}
			if err := c.look(ctx, one.ID); err != nil {
				return false, "", err
			}
		}
		v, err := c.verdict(ctx, alarm)
		return v.breaches, fmt.Sprint(v.value), err
	})
	return err
}

// throttled has Lever answer 429 to everything of the large company.
func (d *drill) throttled(ctx context.Context) error {
	if err := d.large.sick(ctx, "/v1/...", 429); err != nil {
		return err
	}
	return d.large.insist(ctx, "DeltaSyncLeverThrottles", 40)
}

// unrenewed ends the access tokens of the large company while Lever's login answers 503.
func (d *drill) unrenewed(ctx context.Context) error {
	if err := d.large.sick(ctx, "/oauth/token", 503); err != nil {
		return err
	}
	if err := d.large.account.Expire(ctx); err != nil {
		return err
	}
	return d.large.insist(ctx, "DeltaSyncRefreshFailures", 3)
}

// revoked revokes the access of the small company, and waits until the second refusal makes it certain.
func (d *drill) revoked(ctx context.Context) error {
	if err := d.small.account.Revoke(ctx); err != nil {
		return err
	}
	if err := d.small.look(ctx, d.small.candidates[0].ID); err != nil {
		return err
	}
	_, err := story.Eventually(ctx, enough, "the end of the connection", func(ctx context.Context) (bool, string, error) {
		connection, err := d.world.Platform.Connection(ctx, d.small.tenant)
		if err != nil || connection.State == "revoked" {
			return connection.State == "revoked", connection.State, err
		}
		time.Sleep(2 * time.Second)
		return false, connection.State, d.cloud.again(ctx, "Hint", d.small.connection, hint(d.small.candidates[0].ID))
	})
	return err
}

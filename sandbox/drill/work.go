package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// hours is how far work is moved back by hand: longer than any alarm waits.
const hours = 9 * time.Hour

// leverDown lets a small company's Lever fail, at first in the middle of a full resync, then altogether; asks for a look,
// a delta and a decision; and has all of them wait since hours ago. One run of sync-dispatch measures that.
func (d *drill) leverDown(ctx context.Context) (err error) {
	if d.large, err = d.join(ctx, 0); err != nil { // its first full resync goes on meanwhile
		return err
	}
	if d.small, err = d.join(ctx, 1); err != nil {
		return err
	}
	c := d.small
	if _, err := c.visitor.Synced(ctx, synced); err != nil {
		return err
	}
	if err := c.sick(ctx, "/v1/opportunities/{id}/interviews", 503); err != nil {
		return err
	}
	if err := c.world.Platform.Resync(ctx, c.tenant, ""); err != nil {
		return err
	}
	if err := c.failed(ctx, "resync#all"); err != nil {
		return err
	}
	if err := c.sick(ctx, "", 503); err != nil {
		return err
	}
	decision, err := c.decide(ctx)
	if err != nil {
		return err
	}
	if err := c.look(ctx, c.candidates[0].ID); err != nil {
		return err
	}
	if err := d.cloud.again(ctx, "Delta", c.connection, "delta#all"); err != nil {
		return err
	}
	for _, item := range []string{hint(c.candidates[0].ID), "delta#all", "resync#all", "decision#" + decision} {
		if err := c.failed(ctx, item); err != nil {
			return err
		}
		now := time.Now()
		err := d.cloud.changes(ctx, c.connection, item, map[string]any{
			"firstAsked": now.Add(-hours).UnixMilli(), "dueAt": now.UnixMilli(), "findAt": now.UnixMilli(),
		})
		if err != nil {
			return err
		}
	}
	well, err := d.cloud.invoke(ctx, d.cloud.function("sync-dispatch"))
	if err == nil && !well {
		err = errors.New("sync-dispatch failed")
	}
	return err
}

// failed waits until an item was tried in vain.
func (c *customer) failed(ctx context.Context, item string) error {
	_, err := story.Eventually(ctx, soon, "a failure of "+item, func(ctx context.Context) (bool, string, error) {
		found, there, err := c.cloud.item(ctx, c.connection, item)
		return there && !found.held && found.attempts > 0, fmt.Sprintf("there %t, %d failures", there, found.attempts), err
	})
	return err
}

// slowSweep lets the full resync that failed come to its end, as if it had begun seven hours ago.
func (d *drill) slowSweep(ctx context.Context) error {
	c := d.small
	before, err := c.checkedAt(ctx)
	if err != nil {
		return err
	}
	_, err = story.Eventually(ctx, soon, "a checkpoint of the full resync that can be moved back", func(ctx context.Context) (bool, string, error) {
		item, there, err := c.cloud.item(ctx, c.connection, "resync#all")
		if err != nil || !there || item.held {
			return false, fmt.Sprintf("there %t, held %t", there, item.held), err
		}
		point := map[string]any{}
		if err := json.Unmarshal([]byte(item.note), &point); err != nil || point["started"] == nil {
			return false, "the note " + item.note, nil
		}
		point["started"] = time.Now().Add(-7 * time.Hour).UnixMicro()
		note, err := json.Marshal(point)
		if err != nil {
			return false, "", err
		}
		ok, err := c.cloud.change(ctx, c.connection, "resync#all", map[string]any{"note": string(note), "dueAt": time.Now().UnixMilli()})
		return ok, "held", err
	})
	if err != nil {
		return err
	}
	if err := d.cloud.nudge(ctx, "Resync", c.connection, "resync#all"); err != nil {
		return err
	}
	return c.checked(ctx, before)
}

// checkedAt is when the last full resync came to its end.
func (c *customer) checkedAt(ctx context.Context) (int64, error) {
	connection, err := c.world.Platform.Connection(ctx, c.tenant)
	if err != nil || connection.Check == nil {
		return 0, err
	}
	return connection.Check.At, nil
}

// checked waits for the end of a full resync after the given one.
func (c *customer) checked(ctx context.Context, before int64) error {
	_, err := story.Eventually(ctx, synced, "the end of the full resync", func(ctx context.Context) (bool, string, error) {
		at, err := c.checkedAt(ctx)
		return at > before, "no new result", err
	})
	return err
}

// quiet stops the schedule of sync-dispatch, which has the function's name, closes two queues, and sends a message to each.
func (d *drill) quiet(ctx context.Context) error {
	resume, err := d.cloud.halt(ctx, d.cloud.function("sync-dispatch"))
	if d.quieted.add(resume); err != nil {
		return err
	}
	for name, folder := range map[string]string{"Delta": "delta-sync", "Decision": "decision-push"} {
		function := d.cloud.function(folder)
		d.quieted.add(func(ctx context.Context) error { return d.cloud.shut(ctx, function, false) })
		if err := d.cloud.shut(ctx, function, true); err != nil {
			return err
		}
		if err := d.cloud.nudge(ctx, name, "c-nobody", strings.ToLower(name)+"#all"); err != nil {
			return err
		}
	}
	d.quietSince = time.Now()
	return nil
}

// fiveMinutes waits for the rest of the longest of the alarms that quiet raises.
func (d *drill) fiveMinutes(ctx context.Context) error {
	return d.until(ctx, d.quietSince.Add(305*time.Second))
}

func (d *drill) hintsWait(ctx context.Context) error {
	if err := d.cloud.shut(ctx, d.cloud.function("hint-worker"), true); err != nil {
		return err
	}
	if err := d.cloud.nudge(ctx, "Hint", "c-nobody", hint("none")); err != nil {
		return err
	}
	return d.until(ctx, time.Now().Add(122*time.Second))
}

func (d *drill) hintsRead(ctx context.Context) error {
	return d.cloud.shut(ctx, d.cloud.function("hint-worker"), false)
}

// until waits.
func (d *drill) until(ctx context.Context, then time.Time) error {
	if left := time.Until(then); left > time.Second {
		fmt.Fprintf(d.out, "   %4.0f s  waiting for %.0f s\n", time.Since(d.begun).Seconds(), left.Seconds())
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(then)):
		return nil
	}
}

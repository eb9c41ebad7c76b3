package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/evidenced/lever-integration/sandbox/story"
)

type ctx = context.Context

// repairs are what mends an exercise.
type repairs struct{ todo []func(ctx) error }

func (r *repairs) add(mend func(ctx) error) {
	if mend != nil {
		r.todo = append(r.todo, mend)
	}
}

// all does them; a second call does nothing.
func (r *repairs) all(ctx ctx) error {
	var faults []error
	for _, mend := range r.todo {
		faults = append(faults, mend(ctx))
	}
	r.todo = nil
	return errors.Join(faults...)
}

// unsettleAll takes the settings from every function, calls each often enough for its alarm, calls the API, and sends each
// worker a message, which its queue hides for a second instead of minutes after a failure.
func (d *drill) unsettleAll(ctx ctx, r *repairs) error {
	for _, name := range []string{"Hint", "Delta", "Resync", "Decision"} {
		mend, err := d.hurry(ctx, name)
		if r.add(mend); err != nil {
			return err
		}
	}
	for _, folder := range folders() {
		mend, err := d.cloud.unsettle(ctx, d.cloud.function(folder))
		if r.add(mend); err != nil {
			return err
		}
	}
	for name, item := range map[string]string{"Hint": "hint#opportunity/none", "Delta": "delta#all", "Resync": "resync#all", "Decision": "decision#none"} {
		if err := d.cloud.nudge(ctx, name, "c-nobody", item); err != nil {
			return err
		}
	}
	for i, folder := range folders() {
		for n := 0.0; n <= d.alarms[each("Errors")[i]].threshold; n++ {
			if well, err := d.cloud.invoke(ctx, d.cloud.function(folder)); err != nil || well {
				return errors.Join(err, fmt.Errorf("%s without settings ended well: %t", folder, well))
			}
		}
	}
	return d.knock(ctx)
}

// knock calls the API until its alarm on 5xx would stand, and notes how often that was the answer.
func (d *drill) knock(ctx ctx) error {
	for n := 0.0; n <= d.alarms["PlatformApiFaults"].threshold; n++ {
		reply, err := d.world.Platform.Send(ctx, http.MethodGet, "/v1/tenants/nobody/connection", nil)
		if err != nil {
			return fmt.Errorf("call the API: %w", err)
		}
		if reply.Status > 499 {
			d.own["PlatformApiFaults"] = append(d.own["PlatformApiFaults"], sample{time.Now(), 1})
		}
	}
	return nil
}

// hurry lets a queue hide a message for a second only, and returns what makes it patient again.
func (d *drill) hurry(ctx ctx, name string) (func(ctx) error, error) {
	address := d.cloud.places.Queues[name]
	out, err := d.cloud.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &address, AttributeNames: []queue.QueueAttributeName{queue.QueueAttributeNameVisibilityTimeout},
	})
	if err != nil {
		return nil, fmt.Errorf("read attributes of queue %s: %w", name, err)
	}
	patient := out.Attributes["VisibilityTimeout"]
	return func(ctx context.Context) error { return d.cloud.hide(ctx, name, patient) }, d.cloud.hide(ctx, name, "1")
}

// starveAll takes the concurrency from every function and calls each.
func (d *drill) starveAll(ctx ctx, r *repairs) error {
	for _, folder := range folders() {
		feed, err := d.cloud.starve(ctx, d.cloud.function(folder))
		if r.add(feed); err != nil {
			return err
		}
		if _, err := d.cloud.invoke(ctx, d.cloud.function(folder)); err != nil {
			return err
		}
	}
	return nil
}

// unpublished takes the settings from change-publisher, has something change, and waits until the stream gives up on it
// after a minute, as it does on AWS after nine tries. The lag is what has passed by then.
func (d *drill) unpublished(ctx ctx) (err error) {
	publisher := d.cloud.function("change-publisher")
	if err := d.cloud.impatient(ctx, publisher, 60); err != nil {
		return err
	}
	mend, err := d.cloud.unsettle(ctx, publisher)
	defer func() {
		late := context.WithoutCancel(ctx)
		if mend != nil {
			err = errors.Join(err, mend(late))
		}
		err = errors.Join(err, d.cloud.impatient(late, publisher, -1))
	}()
	if err != nil {
		return err
	}
	if err := d.small.changes(ctx); err != nil {
		return err
	}
	changed := time.Now()
	_, err = story.Eventually(ctx, 2*time.Minute, "a batch that is set aside", func(ctx context.Context) (bool, string, error) {
		v, err := d.verdict(ctx, "ChangePublisherDeadLetters")
		return v.breaches, "none", err
	})
	if err == nil {
		err = d.until(ctx, changed.Add(61*time.Second))
	}
	d.own["ChangePublisherLag"] = []sample{{time.Now(), float64(time.Since(changed).Milliseconds())}}
	return err
}

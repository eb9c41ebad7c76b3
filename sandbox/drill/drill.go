package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evidenced/lever-integration/sandbox/story"
)

// soon is how long is waited for what follows within moments.
const soon = 30 * time.Second

// drill is the stack with its alarms, and what came of them.
type drill struct {
	out    io.Writer
	world  *story.World
	cloud  *cloud
	alarms map[string]alarm
	begun  time.Time
	own    map[string][]sample // by alarm: what an exercise observed itself, where nothing on the emulator measures
	raised map[string]bool
	failed []string

	small, large *customer
	quietSince   time.Time
	quieted      repairs // what is off from the middle of the drill to its end
}

// exercise is one thing that goes wrong, with the alarms that must stand then.
type exercise struct {
	name   string
	alarms []string // none for a condition that a later exercise looks at
	raise  func(context.Context) error
	mend   func(context.Context) error // nil when raise leaves nothing broken
	vital  bool                        // the others rest on it
}

func open(ctx context.Context, out io.Writer, path string) (*drill, error) {
	world, err := story.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	d := &drill{out: out, world: world, begun: time.Now(), own: map[string][]sample{}, raised: map[string]bool{}}
	if d.cloud, err = newCloud(ctx, world.Endpoints); err != nil {
		return nil, err
	}
	d.alarms, err = d.cloud.alarms(ctx)
	return d, err
}

// covered wants an exercise or a reason for every alarm, and no more than there are.
func (d *drill) covered() error {
	known := map[string]bool{}
	for id := range unraised() {
		known[id] = true
	}
	for _, e := range d.exercises(false) {
		for _, id := range e.alarms {
			known[id] = true
		}
	}
	var faults []error
	for id := range known {
		if _, ok := d.alarms[id]; !ok {
			faults = append(faults, fmt.Errorf("there is no alarm %s any more", id))
		}
	}
	for id := range d.alarms {
		if !known[id] {
			faults = append(faults, fmt.Errorf("alarm %s has neither an exercise nor a reason why not", id))
		}
	}
	return errors.Join(faults...)
}

// calm wants that no alarm stands before anything is wrong.
func (d *drill) calm(ctx context.Context) error {
	if _, err := d.cloud.invoke(ctx, d.cloud.function("sync-dispatch")); err != nil { // the stack may be younger than a minute
		return err
	}
	_, err := story.Eventually(ctx, soon, "a stack whose alarms are all calm", func(ctx context.Context) (bool, string, error) {
		var standing []string
		for _, id := range ids(d.alarms) {
			v, err := d.verdict(ctx, id)
			if err != nil {
				return false, "", err
			}
			if v.breaches {
				standing = append(standing, id)
			}
		}
		return len(standing) == 0, strings.Join(standing, ", "), nil
	})
	if err == nil {
		fmt.Fprintf(d.out, "%d alarms are deployed, and none would stand before anything is wrong.\n\n"+form, len(d.alarms), "alarm", "metric", "stands", "seen", "alarm?", "lasting", "runbook")
	}
	return err
}

func (d *drill) verdict(ctx context.Context, id string) (verdict, error) {
	samples, err := d.measured(ctx, d.alarms[id])
	if err != nil {
		return verdict{}, err
	}
	return d.alarms[id].judge(samples, time.Now())
}

// play raises one condition, looks at its alarms and mends.
func (d *drill) play(ctx context.Context, e exercise) (err error) {
	fmt.Fprintf(d.out, "-- %4.0f s  %s\n", time.Since(d.begun).Seconds(), e.name)
	if e.mend != nil {
		defer func() { err = errors.Join(err, e.mend(context.WithoutCancel(ctx))) }()
	}
	if err := e.raise(ctx); err != nil {
		if e.vital || ctx.Err() != nil {
			return err
		}
		fmt.Fprintln(d.out, "   not raised: "+err.Error())
	}
	for _, id := range e.alarms {
		last := verdict{value: math.NaN()}
		_, err := story.Eventually(ctx, soon, "alarm "+id, func(ctx context.Context) (bool, string, error) {
			v, err := d.verdict(ctx, id)
			if err == nil {
				last = v
			}
			return v.breaches, fmt.Sprint(v.value), err
		})
		if ctx.Err() != nil {
			return err
		}
		if d.raised[id] = err == nil; err != nil {
			d.failed = append(d.failed, err.Error())
		}
		d.row(d.alarms[id], last)
	}
	return nil
}

// form is a line of the table.
const form = "%-30s %-34s %-10s %-7s %-6s %-7s %s\n"

func (d *drill) row(a alarm, v verdict) {
	seen, stands := "nothing", "NO"
	if !math.IsNaN(v.value) {
		seen = strconv.FormatFloat(math.Round(v.value), 'f', -1, 64)
	}
	if v.breaches {
		stands = "yes"
	}
	metric := strings.TrimPrefix(a.namespace, "AWS/") + " " + strings.TrimPrefix(a.metric, "Approximate")
	fmt.Fprintf(d.out, form, a.id, metric, fmt.Sprintf("%s %g", a.sign(), a.threshold), seen, stands, strings.TrimSuffix(a.lasts().String(), "0s"), a.runbook)
}

// close says what could not be raised here, and fails for what should have been.
func (d *drill) close(quick bool) error {
	var planned []string
	for _, e := range d.exercises(quick) {
		planned = append(planned, e.alarms...)
	}
	left := 0
	for _, id := range ids(d.alarms) {
		why := cmp.Or(unraised()[id], "left out by -quick")
		if !slices.Contains(planned, id) {
			left++
			fmt.Fprintf(d.out, "%-30s not raised here: %s  %s\n", id, why, d.alarms[id].runbook)
		}
	}
	count := 0
	for _, yes := range d.raised {
		if yes {
			count++
		}
	}
	fmt.Fprintf(d.out, "\n%d of %d alarms raised, %d not raised here with a reason, %d missed; %.1f minutes\n",
		count, len(d.alarms), left, len(d.failed), time.Since(d.begun).Minutes())
	if len(d.failed) > 0 {
		return errors.New("these should have been raised:\n" + strings.Join(d.failed, "\n"))
	}
	return nil
}

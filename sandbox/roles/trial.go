package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// play is what a role is for, as seen from outside: what is prepared under whole roles, and the steps that are wanted to
// fail when something is missing.
type play struct {
	prepare func(context.Context) error
	steps   []step
	awake   bool // the steps need the minute's dispatch
}

// step is a part of a play. Its error says what did not happen.
type step struct {
	name string
	do   func(context.Context) error
}

// missed is a step that failed.
type missed struct {
	step string
	err  error
}

// trial takes actions away and reports who noticed.
type trial struct {
	*lab
	roles  []role
	out    io.Writer
	result result
}

// result is what came of the units so far.
type result struct {
	noticed, explained int
	unnoticed          []string
	untried            []string // with the reason; a play that could not be prepared says nothing about its role
}

// run takes away the chosen actions in turn. Whatever happens, all roles are whole at its end.
func (t *trial) run(ctx context.Context, only string, sample int) (err error) {
	defer func() {
		err = errors.Join(err, t.heal(context.WithoutCancel(ctx)))
	}()
	if err := t.hush(ctx, true); err != nil {
		return err
	}
	begun := time.Now()
	fmt.Fprintf(t.out, form, "role", "action taken away", "statement", "time", "noticed at")
	for _, r := range t.roles {
		chosen := t.chosen(r, only, sample)
		if len(chosen) == 0 {
			continue
		}
		if err := t.role(ctx, r, chosen); err != nil {
			return err
		}
	}
	fmt.Fprintf(t.out, "\n%d noticed, %d explained, %d not noticed, %d not tried; %.1f minutes\n",
		t.result.noticed, t.result.explained, len(t.result.unnoticed), len(t.result.untried), time.Since(begun).Minutes())
	t.sayNotDeployed()
	return t.result.verdict()
}

// sayNotDeployed lists the roles of the template that this stack does not have.
func (t *trial) sayNotDeployed() {
	absent := notDeployed()
	for _, r := range t.roles {
		delete(absent, r.name)
	}
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		fmt.Fprintf(t.out, "not deployed here, so not tried: the role %s: %s\n", name, absent[name])
	}
}

// verdict is an error that lists what nobody noticed and what could not be tried, nil when there is neither.
func (r result) verdict() error {
	var faults []error
	if len(r.unnoticed) > 0 {
		faults = append(faults, fmt.Errorf("nothing notices the loss of these, so they are not needed, or no play needs them:\n%s", strings.Join(r.unnoticed, "\n")))
	}
	if len(r.untried) > 0 {
		faults = append(faults, fmt.Errorf("these could not be tried; try them again with -only:\n%s", strings.Join(r.untried, "\n")))
	}
	return errors.Join(faults...)
}

// chosen are the units of a role among those that are chosen of all. A sample holds only what can be noticed.
func (t *trial) chosen(r role, only string, sample int) []unit {
	var all []unit
	for _, other := range t.roles {
		for _, u := range other.document.units(other.name) {
			if sample == 0 || u.why() == "" {
				all = append(all, u)
			}
		}
	}
	var mine []unit
	for _, u := range choose(all, only, sample) {
		if u.role == r.name {
			mine = append(mine, u)
		}
	}
	return mine
}

// role takes away, first, all that is explained together, and then each other action. What cannot be tried does not end
// the run.
func (t *trial) role(ctx context.Context, r role, chosen []unit) error {
	var harmless []unit
	for _, u := range r.document.units(r.name) {
		if u.why() != "" {
			harmless = append(harmless, u)
		}
	}
	if _, played := plays()[r.name]; played {
		t.harmless(ctx, r, harmless)
	}
	for _, u := range chosen {
		if why := u.why(); why != "" {
			t.result.explained++
			t.line(u, "explained: "+why, 0)
			continue
		}
		t.unit(ctx, r, u)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// harmless takes away all that is explained, which nothing may notice.
func (t *trial) harmless(ctx context.Context, r role, units []unit) {
	start := time.Now()
	all := unit{r.name, "", "what is explained"}
	m, err := t.try(ctx, r, units)
	switch {
	case err != nil:
		t.untried(ctx, r, all, err)
	case m != nil:
		t.untried(ctx, r, all, fmt.Errorf("the play fails at %q without it: %w", m.step, m.err))
	default:
		t.line(all, "nothing, as explained", time.Since(start))
	}
}

// unit takes one action away.
func (t *trial) unit(ctx context.Context, r role, u unit) {
	start := time.Now()
	m, err := t.try(ctx, r, []unit{u})
	switch {
	case err != nil:
		t.untried(ctx, r, u, err)
	case m == nil:
		t.result.unnoticed = append(t.result.unnoticed, u.String())
		t.line(u, "NOT NOTICED", time.Since(start))
	default:
		t.result.noticed++
		t.line(u, fmt.Sprintf("%s (%s)", m.step, brief(m.err)), time.Since(start))
	}
}

// untried notes that nothing was learnt of a unit, and makes its role and the dispatcher's whole again for the next.
func (t *trial) untried(ctx context.Context, r role, u unit, why error) {
	late := context.WithoutCancel(ctx)
	why = errors.Join(why, t.cloud.put(late, r, r.document), t.hush(late, true))
	t.result.untried = append(t.result.untried, u.String()+": "+brief(why))
	t.line(u, "NOT TRIED: "+brief(why), 0)
}

// form is a line of the table.
const form = "%-17s %-30s %-16s %5s  %s\n"

func (t *trial) line(u unit, result string, took time.Duration) {
	seconds := ""
	if took > 0 {
		seconds = fmt.Sprintf("%.0f s", took.Seconds())
	}
	fmt.Fprintf(t.out, form, u.role, u.action, u.statement, seconds, result)
}

// brief cuts an error to what fits into a line.
func brief(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if runes := []rune(text); len(runes) > 110 {
		text = string(runes[:110]) + "…"
	}
	return text
}

// try prepares the role's play under whole roles, takes the units away, plays, and gives them back. It returns the step
// that failed, nil when all passed.
func (t *trial) try(ctx context.Context, r role, gone []unit) (*missed, error) {
	about, ok := plays()[r.name]
	if !ok {
		return nil, nil // nothing to play: all of it is explained
	}
	s, p, err := t.prepared(ctx, about)
	if err != nil {
		return nil, fmt.Errorf("prepare the play of %s: %w", r.name, err)
	}
	defer s.end(context.WithoutCancel(ctx))
	if p.awake {
		if err := t.hush(ctx, false); err != nil {
			return nil, err
		}
	}
	if err := t.cloud.put(ctx, r, r.document.without(gone...)); err != nil {
		return nil, err
	}
	for _, u := range gone {
		if remembered(u) {
			if err := t.cloud.restart(ctx, r.name); err != nil {
				return nil, err
			}
		}
	}
	var m *missed
	for _, step := range p.steps {
		if err := step.do(ctx); err != nil {
			m = &missed{step.name, err}
			break
		}
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("play of %s: %w", r.name, ctx.Err())
	}
	return m, errors.Join(t.cloud.put(ctx, r, r.document), t.hush(ctx, true))
}

// prepared prepares a play, a second time on the next account when the first did not come about.
func (t *trial) prepared(ctx context.Context, about func(*subject) play) (*subject, play, error) {
	var faults error
	for range 2 {
		s, err := t.subject(ctx)
		if err != nil {
			return nil, play{}, err
		}
		p := about(s)
		if err = p.prepare(ctx); err == nil {
			return s, p, nil
		}
		s.end(context.WithoutCancel(ctx))
		faults = errors.Join(faults, err)
	}
	return nil, play{}, faults
}

// remembered says whether a function keeps what the action gave it, so that it must start anew before it asks again.
func remembered(u unit) bool {
	return u.action == "kms:Decrypt" || u.action == "secretsmanager:GetSecretValue"
}

// hush keeps the dispatcher of the minute from nudging, so that a nudge which was not sent stays unsent. Its reading of
// what is due goes on.
func (t *trial) hush(ctx context.Context, quiet bool) error {
	for _, r := range t.roles {
		if r.name != "sync-dispatch" {
			continue
		}
		if !quiet {
			return t.cloud.put(ctx, r, r.document)
		}
		return t.cloud.put(ctx, r, r.document.without(unit{r.name, "Nudge", "sqs:SendMessage"}))
	}
	return errors.New("the stack has no role of sync-dispatch")
}

// heal gives every role its own policy back.
func (t *trial) heal(ctx context.Context) error {
	var faults error
	for _, r := range t.roles {
		faults = errors.Join(faults, t.cloud.put(ctx, r, r.document))
	}
	return faults
}

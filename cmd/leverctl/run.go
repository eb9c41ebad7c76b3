package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// runReply is an operation over connections as the API shows it.
type runReply struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Tenant    string `json:"tenant"`
	StartedBy string `json:"startedBy"`
	StartedAt int64  `json:"startedAt"`
	Over      bool   `json:"over"`
	Done      int    `json:"done"`
	Total     int    `json:"total"`
	Waiting   []task `json:"waiting"`
}

func reseal(ctx context.Context, t *tool, args []string) error { return t.start(ctx, "reseal", args) }

// end ends connections. The number must be typed, so that nobody ends the connection of a customer, or of all, by a slip.
func end(ctx context.Context, t *tool, args []string) error {
	if !t.opts.all && len(args) == 1 && t.opts.sure != 1 {
		return fmt.Errorf("this ends the connection of %s: webhooks, tokens and mirror go, and the customer must connect again.\n"+
			"If you mean it, type: leverctl end %s --sure 1", args[0], args[0])
	}
	if t.opts.all {
		count := 0
		err := t.roster(ctx, func(row) { count++ })
		if err != nil {
			return err
		}
		if count == 0 {
			return errors.New("there is no connection to end")
		}
		if t.opts.sure != count {
			return fmt.Errorf("this ends %s: webhooks, tokens and mirror go, and each customer must connect again.\n"+
				"If you mean it, type: leverctl end --all --sure %d", plural(count, "connection"), count)
		}
	}
	return t.start(ctx, "end", args)
}

// start starts a run and follows it.
func (t *tool) start(ctx context.Context, kind string, args []string) error {
	if t.opts.all == (len(args) > 0) {
		fmt.Fprintf(t.err, "leverctl: say which: leverctl %s TENANT, or leverctl %s --all\n", kind, kind)
		return errUsage
	}
	body := map[string]any{"kind": kind, "all": t.opts.all}
	if !t.opts.all {
		body["tenant"] = args[0]
	}
	answer, err := t.api.call(ctx, http.MethodPost, "runs", body)
	if err != nil {
		return err
	}
	var r runReply
	if err := decode(answer, &r); err != nil {
		return err
	}
	if t.opts.noWait {
		if t.json {
			_, err := fmt.Fprintln(t.out, strings.TrimSpace(string(answer)))
			return err
		}
		_, err := fmt.Fprintf(t.out, "%s started. Follow it with: leverctl follow %s\n", r.ID, r.ID)
		return err
	}
	return follow(ctx, t, []string{r.ID})
}

const followEvery = 2 * time.Second

// follow shows the progress of a run until it is over. Ctrl-C only ends the looking.
func follow(ctx context.Context, t *tool, args []string) error {
	last := ""
	for {
		answer, err := t.api.call(ctx, http.MethodGet, "runs/"+args[0], nil)
		if ctx.Err() != nil {
			return t.left(args[0])
		}
		if err != nil {
			return err
		}
		var r runReply
		if err := decode(answer, &r); err != nil {
			return err
		}
		last = t.draw(r, last)
		if r.Over {
			return t.finished(r, answer)
		}
		if t.sleep(ctx, followEvery) != nil {
			return t.left(args[0])
		}
	}
}

func (t *tool) left(id string) error {
	return errors.New("it goes on by itself. Look again with: leverctl follow " + id)
}

func (t *tool) finished(r runReply, answer []byte) error {
	if t.live {
		fmt.Fprintln(t.err)
	}
	if t.json {
		_, err := fmt.Fprintln(t.out, strings.TrimSpace(string(answer)))
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s is over: %s, %d of %d.\n", r.ID, deedOf(r), r.Done, r.Total)
	return err
}

func deedOf(r runReply) string {
	if r.Kind == "end" {
		return "connections ended"
	}
	return "connections re-sealed"
}

// draw shows the progress of a run: over the line before where somebody watches, else a line for each change.
func (t *tool) draw(r runReply, last string) string {
	text := bar(r.Done, r.Total)
	if r.Over && r.Total == 0 {
		text = "there is no connection"
	}
	for _, w := range r.Waiting {
		if w.Cause != "" {
			text += fmt.Sprintf("  %s waits: %s", w.Connection, w.Cause)
			break
		}
	}
	return t.line(text, last)
}

// line shows a text on the error stream in place of the last one.
func (t *tool) line(text, last string) string {
	switch {
	case t.live:
		fmt.Fprintf(t.err, "\r%-100s", text)
	case text != last:
		fmt.Fprintln(t.err, text)
	}
	return text
}

const barWidth = 30

// bar draws how much of a whole is done.
func bar(done, total int) string {
	if total == 0 {
		return "[" + strings.Repeat(" ", barWidth) + "] counting"
	}
	full := min(done, total) * barWidth / total
	return fmt.Sprintf("[%s%s] %d of %d, %d %%", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, total, done*100/total)
}

func runs(ctx context.Context, t *tool, _ []string) error {
	list, done, err := ask[struct {
		Data []runReply `json:"data"`
	}](ctx, t, fmt.Sprintf("runs?limit=%d", t.opts.limit))
	if err != nil || done {
		return err
	}
	if len(list.Data) == 0 {
		fmt.Fprintln(t.out, "No re-seal and no end in the last 90 days.")
	}
	for _, r := range list.Data {
		of, state := r.Tenant, "over"
		if of == "" {
			of = "all"
		}
		if !r.Over {
			state = "going on"
		}
		fmt.Fprintf(t.out, "%s  %-6s %-20s %s  %s  %s\n", r.ID, r.Kind, of, state, bar(r.Done, r.Total), r.StartedBy)
	}
	return nil
}

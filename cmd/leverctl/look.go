package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// task is a work item as the API shows it.
type task struct {
	Connection string `json:"connectionId"`
	Kind       string `json:"kind"`
	Target     string `json:"target"`
	DueAt      int64  `json:"dueAt"`
	AskedAt    int64  `json:"askedAt"`
	HeldUntil  int64  `json:"heldUntil"`
	Attempts   int    `json:"attempts"`
	Cause      string `json:"cause"`
	SetAside   bool   `json:"setAside"`
}

// late is a work item that should have been done by now.
type late struct {
	Tenant string `json:"tenant"` // "" when it is of no tenant, or an older API does not say
	Since  int64  `json:"waitsSince"`
	task
}

// row is a connection of the roster.
type row struct {
	Connection string `json:"connectionId"`
	Tenant     string `json:"tenant"`
	State      string `json:"state"`
	DeltaAt    int64  `json:"deltaAt"`
	Broken     int    `json:"broken"`
	SetAside   []task `json:"setAside"`
	raw        json.RawMessage
}

// roster visits every connection that has not ended, page by page, and shows how far it is when there is more than one.
func (t *tool) roster(ctx context.Context, visit func(row)) error {
	read, last := 0, ""
	defer func() {
		if t.live && last != "" {
			fmt.Fprintln(t.err)
		}
	}()
	for cursor := ""; ; {
		rows, next, err := t.page(ctx, cursor)
		if err != nil {
			return err
		}
		for _, r := range rows {
			visit(r)
		}
		if read += len(rows); next != "" || last != "" {
			last = t.line(plural(read, "connection")+" read", last)
		}
		if next == "" {
			return nil
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
}

func (t *tool) page(ctx context.Context, cursor string) (rows []row, next string, err error) {
	body, err := t.api.call(ctx, http.MethodGet, "connections?limit=50"+cursor, nil)
	if err != nil {
		return nil, "", err
	}
	var page struct {
		Data []json.RawMessage `json:"data"`
		Next string            `json:"next"`
	}
	if err := decode(body, &page); err != nil {
		return nil, "", err
	}
	for _, raw := range page.Data {
		r := row{raw: raw}
		if err := decode(raw, &r); err != nil {
			return nil, "", err
		}
		rows = append(rows, r)
	}
	return rows, page.Next, nil
}

// asTold prints rows as the API told of them.
func (t *tool) asTold(rows []row) error {
	data := []json.RawMessage{}
	for _, r := range rows {
		data = append(data, r.raw)
	}
	return t.encode(map[string]any{"data": data})
}

func connections(ctx context.Context, t *tool, _ []string) error {
	rows := []row{}
	if err := t.roster(ctx, func(r row) { rows = append(rows, r) }); err != nil {
		return err
	}
	if t.json {
		return t.asTold(rows)
	}
	for _, r := range rows {
		fmt.Fprintf(t.out, "%-24s %-14s %s  last delta %s\n", r.Tenant, r.State, r.Connection, t.ago(r.DeltaAt))
	}
	if len(rows) == 0 {
		fmt.Fprintln(t.out, "There is no connection that has not ended.")
		return nil
	}
	fmt.Fprintf(t.out, "%s.\n", plural(len(rows), "connection"))
	return nil
}

// quarantine lists what stopped: work set aside, and how many records of a connection cannot be read.
func quarantine(ctx context.Context, t *tool, _ []string) error {
	rows := []row{}
	err := t.roster(ctx, func(r row) {
		if r.Broken > 0 || len(r.SetAside) > 0 {
			rows = append(rows, r)
		}
	})
	if err != nil {
		return err
	}
	if t.json {
		return t.asTold(rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(t.out, "Nothing is set aside, and no connection's last complete check found a record that it could not read.")
	}
	for _, r := range rows {
		if r.Broken > 0 {
			fmt.Fprintf(t.out, "%s: %s could not be read in the last complete check; see the log of full-resync.\n", r.Tenant, plural(r.Broken, "record"))
		}
		for _, w := range r.SetAside {
			fmt.Fprintf(t.out, "%s: %s\n", r.Tenant, t.task(w))
		}
	}
	return nil
}

func overdue(ctx context.Context, t *tool, _ []string) error {
	list, done, err := ask[struct {
		Data []late `json:"data"`
	}](ctx, t, fmt.Sprintf("overdue?limit=%d", t.opts.limit))
	if err != nil || done {
		return err
	}
	if len(list.Data) == 0 {
		fmt.Fprintln(t.out, "Nothing is overdue.")
	}
	for _, w := range list.Data {
		text := t.task(w.task)
		if now := t.now().UnixMilli(); w.Since < now-1000 && (w.DueAt > now || w.HeldUntil > now) {
			text += ", waits since " + t.ago(w.Since)
		}
		fmt.Fprintf(t.out, "%-24s %s  %s\n", cmp.Or(w.Tenant, "-"), w.Connection, text)
	}
	return nil
}

// verdict is a decision as the API shows it.
type verdict struct {
	ID          string `json:"id"`
	Opportunity string `json:"opportunity"`
	State       string `json:"state"`
	Cause       string `json:"cause"`
	CauseText   string `json:"causeText"`
	AcceptedAt  int64  `json:"acceptedAt"`
}

func (t *tool) verdict(d verdict) string {
	text := fmt.Sprintf("decision %s for candidate %s is %s, accepted %s", d.ID, d.Opportunity, d.State, t.ago(d.AcceptedAt))
	if d.CauseText != "" {
		text += ". " + d.CauseText
	}
	return text
}

func undelivered(ctx context.Context, t *tool, args []string) error {
	list, done, err := ask[struct {
		Data []verdict `json:"data"`
	}](ctx, t, fmt.Sprintf("tenants/%s/decisions?limit=%d", args[0], t.opts.limit))
	if err != nil || done {
		return err
	}
	if len(list.Data) == 0 {
		fmt.Fprintln(t.out, "Every decision is delivered or dismissed.")
	}
	for _, d := range list.Data {
		fmt.Fprintln(t.out, t.verdict(d))
	}
	return nil
}

func replay(ctx context.Context, t *tool, args []string) error {
	return t.look(ctx, args[0], map[string]any{"candidate": args[1]},
		"Lever will be asked in the next seconds. Then: leverctl why "+args[0]+" "+args[1])
}

func (t *tool) look(ctx context.Context, tenant string, body any, says string) error {
	answer, err := t.api.call(ctx, http.MethodPost, "tenants/"+tenant+"/resyncs", body)
	if err != nil {
		return err
	}
	if t.json {
		says = strings.TrimSpace(string(answer))
	}
	_, err = fmt.Fprintln(t.out, says)
	return err
}

// task says what a work item is waiting for.
func (t *tool) task(w task) string {
	text := fmt.Sprintf("%s %s", w.Kind, w.Target)
	switch now := t.now().UnixMilli(); {
	case w.SetAside:
		text += fmt.Sprintf(" was set aside after %s (%s); look into the log, then replay or resync", plural(w.Attempts, "failure"), w.Cause)
	case w.HeldUntil > now:
		text += " is being worked on"
	case w.DueAt > now:
		text += " is due " + t.ago(w.DueAt)
	default:
		text += " has been due since " + t.ago(w.DueAt)
	}
	if !w.SetAside && w.Attempts > 0 {
		text += fmt.Sprintf(", failed %s (%s)", plural(w.Attempts, "time"), w.Cause)
	}
	return text
}

// since says since when something is so; what is so by choice has no such time.
func (t *tool) since(millis int64) string {
	if millis == 0 {
		return ""
	}
	return ", since " + t.ago(millis)
}

// ago says a time and how far it is from now.
func (t *tool) ago(millis int64) string {
	if millis == 0 {
		return "never"
	}
	at := time.UnixMilli(millis).UTC()
	text, d := at.Format("2006-01-02 15:04:05"), t.now().Sub(at).Round(time.Second)
	if d < 0 {
		return fmt.Sprintf("%s (in %s)", text, -d)
	}
	return fmt.Sprintf("%s (%s ago)", text, d)
}
